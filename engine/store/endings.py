"""What ended the records of an entity that speak no more? Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from engine.records.received import Fate, StreamName
from engine.records.shapes import EntityShape
from engine.store import graves
from engine.store.database import Connection
from engine.store.entities import contribution
from engine.store.sql import statement

How = Literal["listed", "absent", "marked", "left out", "filtered"]
"""
A list of deletes names it, a complete reading did not hold it, the record says so itself, the record no
longer has the element, or it no longer passes ``when``.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A record that spoke for an entity, and what ended that."""

    stream: StreamName
    key: str
    how: How
    number: int
    """Of the response that says so; of the run, where a complete reading did not hold it."""
    record: str | None
    """The key that a list names: after ``each`` that of the record whose element it was. None elsewhere."""


def endings(connection: Connection, shape: EntityShape, of: UUID) -> list[Ending]:
    """Records of an entity that ended, in order."""
    query = statement("endings", "ended").format(
        contribution=contribution(shape.name),
        tombstone_key=graves.key_of("c", "coalesce(c._record, c._key)"),
        outlives=graves.outlives("c"),
    )
    found: list[Ending] = []
    for source, stream, key, fate, response, opened, run, listed, record in connection.execute(
        query, {"id": of}
    ):
        if run is None:
            how: How = "filtered" if fate == Fate.FILTERED else "left out" if opened else "marked"
        else:
            how = "absent" if listed is None else "listed"
        found.append(
            Ending(
                stream=StreamName(source=source, stream=stream),
                key=key,
                how=how,
                number=response if run is None else listed or run,
                record=record,
            )
        )
    return found
