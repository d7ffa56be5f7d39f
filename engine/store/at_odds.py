"""
Rows that break their contract by a value that a person holds them to.

Records are held against the contract one by one, and a pin when it is set. What it says may be wrong
later: when a record says another thing beside it, or the contract changes. Such a row stands, and is
told of: pins are few, so all of them are weighed at the end of every run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final, Protocol
from uuid import UUID

from engine.records.shapes import EntityShape
from engine.store.database import Connection
from engine.store.lines import Texts, texts_by
from engine.store.numbering import entity_id

_CHUNK: Final = 1_000
"""Rows that are weighed together."""


class Weigher(Protocol):
    """What a contract asks of a row, and of the values that it is held to."""

    def misfits(self, field: str, texts: Sequence[str | None]) -> str | None:
        """Why the contract refuses a value of a field, given as a pin keeps it; None where it does not."""

    def faults(self, row: Texts, pinned: Collection[str]) -> Mapping[str, str]:
        """What a row breaks by fields that are pinned, in words, by the name of the constraint."""


def pinned(connection: Connection) -> frozenset[str]:
    """Entities that pins stand for, or stood for."""
    rows = connection.execute(
        "SELECT e.name FROM syncline.entity e"
        " WHERE EXISTS (SELECT 1 FROM syncline.pin p WHERE p.entity = e.id)"
    )
    return frozenset(name for (name,) in rows)


def rows(connection: Connection, shape: EntityShape, of: Sequence[UUID]) -> dict[UUID, Texts]:
    """Canonical rows by id, lengths of time as ISO 8601 writes them."""
    connection.execute("SET LOCAL intervalstyle = 'iso_8601'")
    found = texts_by(connection, shape, "id", of)
    connection.execute("SET LOCAL intervalstyle TO DEFAULT")
    return {each: same[0] for each, same in found.items()}


def found(
    connection: Connection, shape: EntityShape, weigher: Weigher, *, of: UUID | None = None
) -> list[tuple[UUID, str]]:
    """What is wrong with the rows of an entity by what they are held to, or with one; by id, in words."""
    held: dict[UUID, dict[str, Sequence[str | None]]] = defaultdict(dict)
    for entity, field, texts in connection.execute(
        "SELECT coalesce(r.new, p.entity_id), p.field, p.texts FROM syncline.pin p"
        " LEFT JOIN syncline.redirect r ON r.old = p.entity_id"
        " WHERE p.entity = %(entity)s AND p.lifted IS NULL"
        " AND (%(of)s::uuid IS NULL OR coalesce(r.new, p.entity_id) = %(of)s) ORDER BY p.id",
        {"entity": entity_id(connection, shape.name), "of": of},
    ):
        held[entity][field] = texts  # of two that were merged, the newer counts
    odds: list[tuple[UUID, str]] = []
    ids, names = sorted(held), {field.name for field in shape.fields}
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        stand = rows(connection, shape, chunk)
        for each in chunk:
            fields = {name: texts for name, texts in held[each].items() if name in names}
            said = [weigher.misfits(name, texts) for name, texts in sorted(fields.items())]
            if each in stand:
                said += weigher.faults(stand[each], fields).values()
            odds += [(each, message) for message in said if message is not None]
    return odds
