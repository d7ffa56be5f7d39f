"""One entity as it stands: by its id, whatever it was merged into, or by a record's key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from engine.records.received import StreamName
from engine.records.shapes import EntityShape
from engine.store.database import Connection
from engine.store.entities import canonical, contribution, quoted, value_columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributor:
    """A record that speaks, or spoke, for an entity."""

    stream: StreamName
    key: str
    raw_id: int
    live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A canonical row and who speaks for it."""

    id: UUID
    values: Mapping[str, Any] | None
    """Column → value; None for an entity that has ended."""
    contributors: Sequence[Contributor]


def current(connection: Connection, of: UUID) -> UUID:
    """The id that this one became, if it was merged; itself otherwise."""
    row = connection.execute("SELECT new FROM syncline.redirect WHERE old = %s", [of]).fetchone()
    return of if row is None else UUID(str(row[0]))


def by_key(
    connection: Connection,
    shape: EntityShape,
    key: str,
    *,
    source: str | None = None,
    stream: str | None = None,
) -> Sequence[UUID]:
    """Entities for which a record of this key spoke, in all streams or those chosen."""
    rows = connection.execute(
        f"""
        SELECT DISTINCT c._entity_id FROM syncline.stream t JOIN syncline.source s ON s.id = t.source
        CROSS JOIN LATERAL (  -- one probe of the primary key a stream
            SELECT c._entity_id FROM {contribution(shape.name)} c
            WHERE c._source = s.id AND c._stream = t.id AND c._key = %(key)s AND c._entity_id IS NOT NULL
            OFFSET 0) c
        WHERE (%(source)s::text IS NULL OR s.name = %(source)s)
          AND (%(stream)s::text IS NULL OR t.name = %(stream)s) ORDER BY 1
        """,
        {"key": key, "source": source, "stream": stream},
    )
    return [row[0] for row in rows]


def show(connection: Connection, shape: EntityShape, of: UUID) -> Shown | None:
    """An entity by its id, redirects followed; None where there never was one."""
    now = current(connection, of)
    names = [column for column, _ in value_columns(shape)]
    columns = ", ".join(quoted(name) for name in names)
    row = connection.execute(f"SELECT {columns} FROM {canonical(shape.name)} WHERE id = %s", [now]).fetchone()
    rows = connection.execute(
        "SELECT s.name, t.name, c._key, c._raw_id, c._fate = 0 AND c._dead_run IS NULL"
        f" FROM {contribution(shape.name)} c"
        " JOIN syncline.stream t ON t.id = c._stream JOIN syncline.source s ON s.id = c._source"
        " WHERE c._entity_id = %s ORDER BY c._source, c._stream, c._key",
        [now],
    )
    contributors = [
        Contributor(
            stream=StreamName(source=each[0], stream=each[1]), key=each[2], raw_id=each[3], live=each[4]
        )
        for each in rows
    ]
    if row is None and not contributors:
        return None
    return Shown(
        id=now,
        values=None if row is None else dict(zip(names, row, strict=True)),
        contributors=contributors,
    )
