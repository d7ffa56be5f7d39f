"""
The projection made anew from raw and the primary state.

Cleared are contributions (save the crosswalk), patches, canonical rows, dead letters, the ledger, parked
references, identity and unique values. Kept are ids, tombstones, disabled values, redirects and decisions,
and history, to which a rebuild adds nothing. Then every response is loaded with ``rebuild=True``, in any
order.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from engine.records.identity import Arrival, GuardValue, IdentityValue, Resolver, StreamId
from engine.records.shapes import EntityShape
from engine.store import holders, newcomers
from engine.store.batch import prepared
from engine.store.database import Connection
from engine.store.entities import canonical, contribution
from engine.store.joins import Joins
from engine.store.merging import kept_apart
from engine.store.numbering import entity_id, mapping_id, stream_ids
from engine.store.refold import refold
from engine.store.statements import Statements
from engine.store.versions import flip, repend


def clear(connection: Connection, shape: EntityShape) -> None:
    """Empty an entity's projection, and commit; waits for writers and holds off new ones meanwhile."""
    flip(connection)
    table = contribution(shape.name)
    names: dict[str, Any] = {
        "entity": entity_id(connection, shape.name),
        "mappings": [feed.mapping for feed in shape.feeds],
    }
    execute = connection.execute
    execute(
        f"CREATE TEMPORARY TABLE _crosswalk ON COMMIT DROP AS"
        f" SELECT _source, _stream, _key, _entity_id FROM {table} WHERE _entity_id IS NOT NULL"
    )
    crosswalk = execute("SELECT 1 FROM _crosswalk LIMIT 1").fetchone() is not None
    newcomers.begin(connection, names["entity"], crosswalk=crosswalk)
    execute(f"TRUNCATE {table}, {canonical(shape.name)}")
    execute(
        f"INSERT INTO {table} (_version, _position, _hash, _raw_id, _said, _entity_id, _place, _activation,"
        " _stream, _source, _incarnation, _fate, _key)"
        " SELECT (-9223372036854775808)::int8, 0, 0, 0, 0, _entity_id, 0, 0, _stream, _source, -1, 2, _key"
        " FROM _crosswalk ORDER BY _source, _stream, _key"
    )
    mappings = "(SELECT id FROM syncline.mapping WHERE name = ANY (%(mappings)s::text[]))"
    execute(f"DELETE FROM syncline.ledger WHERE mapping IN {mappings}", names)
    execute(f"DELETE FROM syncline.dead_letter WHERE mapping IN {mappings}", names)
    execute(f"DELETE FROM syncline.patch WHERE mapping IN {mappings}", names)
    execute("DELETE FROM syncline.open_ref WHERE entity = %(entity)s", names)
    execute("DELETE FROM syncline.identity_ref WHERE entity = %(entity)s", names)
    execute("DELETE FROM syncline.unique_value WHERE entity = %(entity)s", names)
    execute("DELETE FROM syncline.broken WHERE entity = %(entity)s", names)
    execute("DELETE FROM syncline.identity_key WHERE entity = %(entity)s AND NOT disabled", names)
    # Whoever comes after a kill finds out what was going on, and everything that is still to be loaded.
    execute("UPDATE syncline.entity SET rebuilding = true WHERE id = %(entity)s", names)
    for feed in shape.feeds:
        streams = [feed.stream] if feed.listed_by is None else [feed.stream, feed.listed_by]
        numbers = [number for _, number in stream_ids(connection, streams).values()]
        repend(connection, mapping=mapping_id(connection, feed.mapping), streams=numbers)
    connection.commit()


def unfinished(connection: Connection) -> frozenset[str]:
    """Entities whose rebuild was cut off."""
    rows = connection.execute("SELECT name FROM syncline.entity WHERE rebuilding").fetchall()
    return frozenset(name for (name,) in rows)


def finish(connection: Connection, shape: EntityShape, *, resolve: Resolver) -> None:
    """Hold identity values again, and commit; joins that only the new rows show are made now."""
    flip(connection)
    number = entity_id(connection, shape.name)
    newcomers.judge(connection, shape)
    if shape.kinds:
        _claim(connection, shape, number, resolve)
        by = holders.referring(connection, shape.name)
        texts = prepared(connection, shape, shape.feeds[0])
        flip(connection)
        holders.rehold(connection, texts, by, every=True, remember=False)
    connection.execute("UPDATE syncline.entity SET rebuilding = false WHERE id = %s", [number])
    connection.commit()


def _claim(connection: Connection, shape: EntityShape, number: int, resolve: Resolver) -> None:
    said = (
        "SELECT k.ordinal - 1 AS kind, k.value, c._entity_id AS id, c._source, c._stream"
        f" FROM {contribution(shape.name)} c"
        " CROSS JOIN LATERAL unnest(c._identity) WITH ORDINALITY k(value, ordinal)"
        " WHERE c._fate = 0 AND c._dead_run IS NULL AND k.value IS NOT NULL"
    )
    connection.execute(
        "INSERT INTO syncline.identity_key (entity, kind, value, entity_id)"
        f" SELECT %s, kind, value, min(id::text)::uuid FROM ({said}) s GROUP BY kind, value"
        " ORDER BY kind, value ON CONFLICT DO NOTHING",
        [number],
    )
    shared = connection.execute(
        f"SELECT s.kind, s.value, array_agg(DISTINCT s.id) FROM ({said}) s"
        " JOIN syncline.identity_key i ON i.entity = %s AND i.kind = s.kind AND i.value = s.value"
        " WHERE NOT i.disabled GROUP BY s.kind, s.value HAVING count(DISTINCT s.id) > 1 ORDER BY 1, 2",
        [number],
    ).fetchall()
    connection.commit()
    if shared:
        _settle(connection, shape, number, shared, resolve)


def _guarded(
    connection: Connection, texts: Statements, entities: list[UUID]
) -> dict[UUID, frozenset[GuardValue]]:
    """What the live records of entities say of fields that guard joins."""
    found: dict[UUID, set[GuardValue]] = defaultdict(set)
    if texts.guards:
        text = texts.fill("hard_guards", "identity", guards=texts.guarded("c"))
        for entity, _, _, _, guard, value in connection.execute(text, {"entities": entities}):
            found[entity].add((texts.guards[guard], value))
    return {entity: frozenset(values) for entity, values in found.items()}


def _settle(
    connection: Connection, shape: EntityShape, number: int, shared: list[tuple[Any, ...]], resolve: Resolver
) -> None:
    texts = prepared(connection, shape, shape.feeds[0])
    flip(connection)
    says: dict[UUID, list[IdentityValue]] = defaultdict(list)
    for kind, value, entities in shared:
        for each in entities:
            says[each].append((kind, value))
    members: dict[UUID, set[StreamId]] = {each: set() for each in says}
    rows = connection.execute(
        f"SELECT _entity_id, _source, _stream FROM {contribution(shape.name)}"
        " WHERE _entity_id = ANY (%s::uuid[]) AND _fate = 0 AND _dead_run IS NULL",
        [list(says)],
    )
    for entity, source, stream in rows:
        members[entity].add((source, stream))
    arrivals = [
        Arrival(key=str(entity), entity=entity, newcomer=False, stream=None, values=tuple(values))
        for entity, values in sorted(says.items())
    ]
    holders = {(kind, value): min(entities) for kind, value, entities in shared}
    streams = {each: frozenset(names) for each, names in members.items()}
    guarded = _guarded(connection, texts, list(says))
    found = resolve(arrivals, holders, streams, guarded, kept_apart(connection, number, says))
    Joins(connection, texts, entity=number, resolve=resolve).apply(found)
    kept = sorted({new for new, _ in found.merges.values()})
    connection.execute(
        "INSERT INTO _touched SELECT x, true, false, 0 FROM unnest(%s::uuid[]) x ORDER BY x", [kept]
    )
    refold(connection, texts)
    connection.commit()
