"""Dictionary numbers, inside the transaction in hand."""

from __future__ import annotations

from collections.abc import Iterable

from engine.records.received import StreamName
from engine.records.shapes import EntityShape, Feed
from engine.store.database import Connection
from engine.store.fold import Ids

_STREAMS = """
SELECT s.name, t.name, s.id, t.id FROM unnest(%s::text[], %s::text[]) x(source, stream)
JOIN syncline.source s ON s.name = x.source
JOIN syncline.stream t ON t.source = s.id AND t.name = x.stream
"""


def streams_of(shape: EntityShape, feed: Feed | None = None) -> set[StreamName]:
    """Streams that feed an entity, and those that the references of one feed point into."""
    refs = set(feed.refs.values()) | {feed.stream} if feed else set()
    return {each.stream for each in shape.feeds} | refs


def stream_ids(connection: Connection, streams: Iterable[StreamName]) -> Ids:
    """``(source id, stream id)`` of each; those that have none yet get one."""
    wanted = sorted(set(streams), key=str)
    sources, names = [each.source for each in wanted], [each.stream for each in wanted]
    found = _find(connection, sources, names)
    if len(found) < len(wanted):
        connection.execute(
            "INSERT INTO syncline.source (name) SELECT DISTINCT x FROM unnest(%s::text[]) x ORDER BY x"
            " ON CONFLICT DO NOTHING",
            [sources],
        )
        connection.execute(
            "INSERT INTO syncline.stream (source, name) SELECT s.id, x.stream"
            " FROM unnest(%s::text[], %s::text[]) x(source, stream)"
            " JOIN syncline.source s ON s.name = x.source"
            " ORDER BY s.id, x.stream ON CONFLICT DO NOTHING",
            [sources, names],
        )
        found = _find(connection, sources, names)
    return found


def _find(connection: Connection, sources: list[str], names: list[str]) -> dict[StreamName, tuple[int, int]]:
    rows = connection.execute(_STREAMS, [sources, names])
    return {StreamName(source=row[0], stream=row[1]): (row[2], row[3]) for row in rows}


def mapping_id(connection: Connection, name: str) -> int:
    """The number of a mapping; it gets one where it has none."""
    return _named(connection, "mapping", name)


def entity_id(connection: Connection, name: str) -> int:
    """The number of an entity; it gets one where it has none."""
    return _named(connection, "entity", name)


def _named(connection: Connection, kind: str, name: str) -> int:
    find = f"SELECT id FROM syncline.{kind} WHERE name = %s"
    row = connection.execute(find, [name]).fetchone()
    if row is None:
        connection.execute(f"INSERT INTO syncline.{kind} (name) VALUES (%s) ON CONFLICT DO NOTHING", [name])
        row = connection.execute(find, [name]).fetchone()
    return int(row[0]) if row else 0
