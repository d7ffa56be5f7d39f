"""
Deletes by enumeration: what a complete run did not hold is gone.

Each response's ledger row keeps 8-byte hashes of its records' keys. What lives in the stream and is in
none of them is absent; a share of absentees above the declared one ends nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import StoreError
from engine.records.shapes import EntityShape, Feed
from engine.store import holders
from engine.store.batch import prepared
from engine.store.database import Connection, commit
from engine.store.graves import spellings
from engine.store.kept import keeps
from engine.store.leases import Lease, fence
from engine.store.numbering import entity_id, mapping_id
from engine.store.refold import refold
from engine.store.seen import stage_seen, unseen
from engine.store.statements import Statements
from engine.store.versions import writing

TOMBSTONE = 2
"""Cause of a history row: the run that found the entity's record absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What an enumeration found."""

    known: int
    """Records of the stream that live."""
    came: int
    """Records that the run held."""
    absent: Sequence[str]
    """Keys of those that live and were not held."""


def absentees(connection: Connection, *, shapes: Sequence[tuple[EntityShape, Feed]], run: int) -> Counted:
    """Compare the records of a stream, as its mappings know them, with those that a run held.

    Raises ``StoreError`` (``enumeration-unloaded``) while a response of the run is not loaded yet.
    """
    known, came = 0, 0
    absent: set[str] = set()
    for shape, feed in shapes:
        if feed.keyed and not feed.opens:
            continue
        texts = prepared(connection, shape, feed)
        names = _names(connection, texts, run)
        seen = stage_seen(connection, names)
        if seen.unloaded is not None:
            connection.rollback()
            raise StoreError(
                f"response {seen.unloaded} of run {run} is not loaded yet: what is absent is not known",
                code="enumeration-unloaded",
            )
        came = max(came, seen.came)
        live, keys = _absent(connection, texts, names)
        known = max(known, live)
        absent.update(keys)
        connection.rollback()
    return Counted(known=known, came=came, absent=sorted(absent))


def bury(
    connection: Connection,
    lease: Lease,
    *,
    shapes: Sequence[tuple[EntityShape, Feed]],
    run: int,
    position: int,
    keys: Sequence[str],
) -> None:
    """End these records of a stream, and commit.

    ``position`` is the stream's at the start of the run: what is requested after it opens a record's
    next incarnation, whatever its version.
    """
    prepare = [prepared(connection, shape, feed) for shape, feed in shapes if feed.opens or not feed.keyed]
    fence(connection, lease)
    writing(connection)
    for texts in sorted(prepare, key=lambda each: entity_id(connection, each.shape.name)):
        if holders.referring(connection, texts.shape.name):
            holders.hold_entities(connection, entity_id(connection, texts.shape.name), ())
    for texts in prepare:
        _end(connection, texts, _names(connection, texts, run) | {"start": position}, list(keys))
    commit(connection, "rows")


def positions(connection: Connection, stream: int) -> dict[str, tuple[int, ...]]:
    """Where the records of a stream ended by enumeration: key → positions, ascending."""
    rows = connection.execute(
        "SELECT key, array_agg(position ORDER BY position) FROM syncline.tombstone"
        " WHERE stream = %s AND raw_id IS NULL GROUP BY key",
        [stream],
    )
    return {key: tuple(found) for key, found in rows}


def _names(connection: Connection, texts: Statements, run: int) -> dict[str, int]:
    source, stream = texts.ids[texts.feed.stream]
    return {
        "source": source,
        "stream": stream,
        "mapping": mapping_id(connection, texts.feed.mapping),
        "entity": entity_id(connection, texts.shape.name),
        "run": run,
        "fate": 3 if texts.feed.opens else 0,
    }


def _absent(connection: Connection, texts: Statements, names: dict[str, int]) -> tuple[int, list[str]]:
    """How many live, and the keys of those that were not seen."""
    keys = spellings("left(c._key, -1)") if texts.feed.opens else ["c._key"]
    alive = "c._source = %(source)s AND c._stream = %(stream)s AND c._fate = %(fate)s AND c._dead_run IS NULL"
    contribution = texts.names["contribution"]
    row = connection.execute(f"SELECT count(*) FROM {contribution} c WHERE {alive}", names).fetchone()
    absent = connection.execute(
        f"""
        SELECT {keys[0]} FROM {contribution} c
        WHERE {alive} AND {unseen(*keys)} AND NOT EXISTS (
            SELECT 1 FROM syncline.dead_letter d JOIN syncline.response r ON r.id = d.raw_id
            WHERE d.mapping = %(mapping)s AND d.source = %(source)s AND d.stream = %(stream)s
              AND d.subject = {keys[0]} AND r.run = %(run)s)
        ORDER BY 1
        """,
        names,
    ).fetchall()
    return int(row[0]) if row else 0, [key for (key,) in absent]


def _end(connection: Connection, texts: Statements, names: dict[str, int], absent: list[str]) -> None:
    execute = connection.execute
    contribution = texts.names["contribution"]
    chosen = "c._key = ANY (%(keys)s::text[])"
    if texts.feed.opens:
        chosen = "(c._record = ANY (%(keys)s::text[]) OR c._key = ANY (%(records)s::text[]))"
    here = f"c._source = %(source)s AND c._stream = %(stream)s AND c._dead_run IS NULL AND {chosen}"
    prefixes = absent
    if texts.feed.opens:
        prefixes = [*absent, *(key.replace("~", "~0").replace("/", "~1") for key in absent)]
    columns = {
        **names,
        "tombstones": absent,
        "keys": prefixes,
        "records": [f"{key}/" for key in prefixes],
        "after": True,
    }
    execute(
        "INSERT INTO syncline.tombstone (source, stream, key, run, position)"
        " SELECT %(source)s, %(stream)s, x, %(run)s, %(start)s"
        " FROM unnest(%(tombstones)s::text[]) x ORDER BY x"
        " ON CONFLICT DO NOTHING",
        columns,
    )
    end_records(
        connection,
        texts,
        columns,
        here=here,
        update=f"UPDATE {contribution} c SET _dead_run = %(run)s WHERE {here}",
        cause=TOMBSTONE,
        cause_id=names["run"],
    )


def end_records(
    connection: Connection,
    texts: Statements,
    columns: Mapping[str, Any],
    *,
    here: str,
    update: str,
    because: str = "0",
    cause: int,
    cause_id: int | None,
) -> None:
    """
    End contributions ``c`` that live and of which ``here`` holds, with all that follows for their entities.

    ``update`` ends them, once the entities are locked; ``because``: the response that says so. Both read
    ``columns``. The caller holds the fence and commits.
    """
    execute = connection.execute
    contribution = texts.names["contribution"]
    for table in ("_touched", "_released"):
        execute(f"DELETE FROM {table}")
    execute(
        f"INSERT INTO _touched SELECT c._entity_id, true, false, max({because}) FROM {contribution} c"
        f" WHERE {here} AND c._entity_id IS NOT NULL GROUP BY 1 ORDER BY 1",
        columns,
    )
    # Who says nothing refers to nobody; whose words are kept still does.
    for table in () if keeps(texts.shape, texts.feed) else ("open_ref", "identity_ref"):
        execute(
            f"DELETE FROM syncline.{table} r WHERE r.entity = %(entity)s AND r.by_stream = %(stream)s"
            f" AND r.by_key = ANY (ARRAY(SELECT c._key FROM {contribution} c WHERE {here}))",
            columns,
        )
    if texts.shape.kinds:
        execute(
            "INSERT INTO _released SELECT c._key, c._entity_id, (old.ordinal - 1)::int2, old.value"
            f" FROM {contribution} c"
            " CROSS JOIN LATERAL unnest(c._identity) WITH ORDINALITY old(value, ordinal)"
            f" WHERE {here} AND c._fate = 0 AND old.value IS NOT NULL",
            columns,
        )
    refold(connection, texts, before=(update, dict(columns)), cause=cause, cause_id=cause_id, remember=True)
    if texts.shape.kinds:
        execute(texts.fill("release", "identity"), columns)
        execute("DELETE FROM _claim")
        holders.rehold(connection, texts, holders.referring(connection, texts.shape.name))
