"""What does a pin hold a field to, and what do records say under it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from engine.flow.find import Found
from engine.flow.older import Age
from engine.records.received import StreamName
from engine.records.shapes import FieldShape
from engine.store import at_odds, evidence, show
from engine.store.at_odds import Weigher
from engine.store.database import Connection
from engine.store.evidence import Speaker
from engine.store.pins import Pin


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A record that says another value for the field, or the same one."""

    stream: StreamName
    key: str
    values: Sequence[str | None]
    """PostgreSQL's text, a column each."""
    age: Age | None = None
    """Of a field with a ``max_age``, where it counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A field that a person holds to a value, and what records say under it."""

    field: FieldShape
    pin: Pin
    agrees: bool
    """The canonical value is the pin's."""
    over: Sequence[Rival]
    values: Sequence[str | None]
    """Of the pin, a column each; of a reference the id that it leads to now."""
    odds: Sequence[str]
    """What the row breaks of its contract by this value, in words."""


def held_by(connection: Connection, found: Found, field: FieldShape, pin: Pin, holds: Weigher) -> Held:
    """A field that is pinned, of an entity that has a row."""
    shape, of = found.shape, found.id
    values = pin.texts
    if field.refers_to is not None and values[0] is not None:
        values = [str(show.current(connection, UUID(values[0])))]
    misfit = holds.misfits(field.name, pin.texts)
    row = at_odds.rows(connection, shape, [of]).get(of, {})
    said = evidence.speakers(connection, shape, of)
    return Held(
        field=field,
        pin=pin,
        agrees=evidence.agrees(connection, shape, of, field, values),
        over=[rival(each, field) for each in said if each.said & 1 << field.bit],
        values=values,
        odds=[*([misfit] if misfit else []), *holds.faults(row, {field.name}).values()],
    )


def rival(speaker: Speaker, field: FieldShape, age: Age | None = None) -> Rival:
    """What a record says that does not count."""
    values = [speaker.values.get(name) for name, _ in field.columns]
    return Rival(stream=speaker.stream, key=speaker.key, values=values, age=age)
