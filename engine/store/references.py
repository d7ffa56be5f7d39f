"""
References whose parent has not come: parked in ``open_ref``, linked when it does.

A reference resolves in the insert's join where the crosswalk knows the parent. Writers hold an
advisory lock on the streams concerned, so that child and parent cannot miss each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from engine.records.shapes import EntityShape, FieldShape
from engine.store import holders, pins, shapes
from engine.store.database import Connection
from engine.store.entities import canonical, contribution, quoted
from engine.store.kept import anew, counted, says, words
from engine.store.numbering import mapping_id, stream_ids, streams_of
from engine.store.planner import INDEXED, PROBING
from engine.store.refold import refold
from engine.store.statements import Statements

_PARENTS = 0x73796E63
"""Advisory locks, first key: of a stream whose records others refer to."""


def hold_streams(connection: Connection, own: int, parents: Iterable[int]) -> None:
    """Nobody parks a reference into ``own`` unseen, no record of ``parents`` comes unseen; in one order."""
    for stream in sorted({own, *parents}):
        lock = "pg_advisory_xact_lock" if stream == own else "pg_advisory_xact_lock_shared"
        connection.execute(f"SELECT {lock}(%s::int, %s::int)", [_PARENTS, stream])


def park(connection: Connection, texts: Statements, *, entity: int, all_new: bool) -> None:
    """Remember the batch's references that point at nobody yet, and all that are by identity values."""
    if not all_new:
        own = texts.ids[texts.feed.stream][1]
        for step in ("unpark", "forget"):
            text = texts.fill(step, "references", anew=anew(texts.shape, texts.feed))
            connection.execute(text, {"entity": entity, "by_stream": own})
    holders.keep(connection, texts, entity=entity)
    for n, (field, parent) in enumerate(texts.references):
        source, stream = texts.ids[parent]
        names = {"entity": entity, "field": field.name, "source": source, "stream": stream}
        text = texts.fill(
            "park",
            "references",
            column=quoted(field.columns[0][0]),
            parents_here=texts.parents_here,
            parent=texts.parent(n),
            says=says(texts.shape, texts.feed),
        )
        connection.execute(text, names)


def link(connection: Connection, texts: Statements) -> None:
    """Complete what was waiting for the records of this batch; their entities are folded anew."""
    source, stream = texts.ids[texts.feed.stream]
    here = {"source": source, "stream": stream}
    waiting = connection.execute(
        "SELECT 1 FROM syncline.open_ref WHERE source = %(source)s AND stream = %(stream)s LIMIT 1", here
    ).fetchone()
    if waiting is None:
        return
    connection.execute(INDEXED)
    if connection.execute(texts.fill("linked", "references"), here).rowcount == 0:
        return
    groups = connection.execute(
        "SELECT DISTINCT e.id, e.shape, l.field FROM _linked l JOIN syncline.entity e ON e.id = l.entity"
        " ORDER BY e.id, l.field"
    ).fetchall()
    for entity, stored, name in groups:
        child = shapes.loads(stored)
        field = next(each for each in child.fields if each.name == name)
        if field.refers_to == texts.shape.name:
            _link(connection, child, field, entity=entity, wide=shapes.stored_wide(stored))


def _link(
    connection: Connection,
    child: EntityShape,
    field: FieldShape,
    *,
    entity: int,
    wide: bool,
) -> None:
    ids = stream_ids(connection, streams_of(child))
    its = Statements(shape=child, feed=child.feeds[0], ids=ids, wide=wide)
    names: dict[str, Any] = {"entity": entity, "field": field.name}
    bits = 1 << field.bit
    for group in child.groups:
        bits |= group if group & bits else 0
    parts = {"column": quoted(field.columns[0][0]), "bit": f"{bits}::int8"}
    connection.execute(INDEXED)
    if wide:
        connection.execute("DELETE FROM _touched")
        connection.execute(its.fill("touch_linked", "references"), names)
        link = its.fill("link_contributions", "references", **parts)
        refold(connection, its, before=(link, names), planned=INDEXED)
    else:
        connection.execute(its.fill("link_sole", "references", **parts), names)
    connection.execute(PROBING)
    connection.execute(its.fill("unpark_linked", "references"), names)


def follow(connection: Connection, entity: str, *, old: UUID, new: UUID) -> None:
    """Everything that pointed at a merged entity points at the one that it became."""
    rows = connection.execute(
        "SELECT shape FROM syncline.entity WHERE shape IS NOT NULL ORDER BY id"
    ).fetchall()
    for (stored,) in rows:
        child = shapes.loads(stored)
        tables = [canonical(child.name), *([contribution(child.name)] if shapes.stored_wide(stored) else [])]
        for field in child.fields:
            if field.refers_to == entity:
                column = quoted(field.columns[0][0])
                for table in tables:
                    connection.execute(f"UPDATE {table} SET {column} = %s WHERE {column} = %s", [new, old])
                if any(field.name in each.fields for each in child.unique):
                    _weigh(connection, child, column, new)
    pins.repoint(connection, entity, [new])


def _weigh(connection: Connection, child: EntityShape, column: str, parent: UUID) -> None:
    """What refers to an entity that two became may say the same now; leaves no entity touched."""
    its = Statements(
        shape=child, feed=child.feeds[0], ids=stream_ids(connection, streams_of(child)), wide=True
    )
    connection.execute(
        "INSERT INTO _touched SELECT DISTINCT c._entity_id, true, false, 0"
        f" FROM {contribution(child.name)} c WHERE c.{column} = %s ORDER BY 1",
        [parent],
    )
    refold(connection, its, remember=True)
    connection.execute("DELETE FROM _touched")
    connection.execute(f"DELETE FROM {its.names['fresh']}")


def look_again(connection: Connection, texts: Statements) -> None:
    """
    Make records pending again that refer to a former entity of ``_apart`` by keys of this stream.

    Rows hold the entity and not the key: only their responses know whether they mean the record that left.
    """
    rows = connection.execute(
        "SELECT shape FROM syncline.entity WHERE shape IS NOT NULL ORDER BY id"
    ).fetchall()
    for (stored,) in rows:
        child = shapes.loads(stored)
        table = contribution(child.name)
        wide = shapes.stored_wide(stored)
        row = "c" if wide else "o"  # not the canonical row where contributions know: a withheld one has none
        for feed in child.feeds:
            columns = [
                quoted(field.columns[0][0])
                for field in child.fields
                if field.refers_to == texts.shape.name and feed.refs.get(field.name) == texts.feed.stream
            ]
            if columns:
                points = " OR ".join(f"{row}.{column} IN (SELECT former FROM _apart)" for column in columns)
                source, stream = stream_ids(connection, [feed.stream])[feed.stream]
                text = texts.fill(
                    "look_again",
                    "references",
                    child=table,
                    beside="" if wide else f" FROM {canonical(child.name)} o",
                    points=f"({points})" if wide else f"o.id = c._entity_id AND ({points})",
                    counted=counted(child, "c"),
                    raw_id=words(child, "c", "raw_id"),
                )
                names = {"source": source, "stream": stream, "mapping": mapping_id(connection, feed.mapping)}
                connection.execute(text, names)
