"""Where the values of an entity come from: the winner of each field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from engine.records.received import StreamName
from engine.store.database import Connection
from engine.store.entities import quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where one value came from."""

    field: str
    column: str
    stream: StreamName
    key: str
    """Of the contribution."""
    raw_id: int
    place: int
    """Of the record among the elements of its response."""
    mapping: str | None
    version: int | None
    activation: int


def origins(connection: Connection, entity: str, of: UUID, *, field: str | None = None) -> Sequence[Origin]:
    """The origin of every value of an entity that is not null, or of one field's; of a union, each one's."""
    rows = connection.execute(
        f'SELECT field, "column", source, stream, key, raw_id, place, mapping, version, activation'
        f" FROM canonical.{quoted(f'{entity}_provenance')}"
        " WHERE id = %s AND (%s::text IS NULL OR field = %s) ORDER BY field, 2, source, stream, key",
        [of, field, field],
    )
    return [
        Origin(
            field=row[0],
            column=row[1],
            stream=StreamName(source=row[2], stream=row[3]),
            key=row[4],
            raw_id=row[5],
            place=row[6],
            mapping=row[7],
            version=row[8],
            activation=row[9],
        )
        for row in rows
    ]
