"""
Which entity a record belongs to, where that takes more than a look: pure, and the same in any order.

A record joins the entities that hold its values; several become one, the oldest id stays. A join that
would put two records of one stream together is refused, and its values join nobody any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

Value = tuple[int, str]
"""``(kind, normalised value)``."""
StreamId = tuple[int, int]
"""``(source, stream)`` by dictionary id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A record that begins to say identity values."""

    key: str
    entity: UUID
    """Its own: new for a newcomer."""
    newcomer: bool
    stream: StreamId | None
    """None for a whole entity, when a rebuild asks."""
    values: tuple[Value, ...]


@dataclass(slots=True, kw_only=True)
class Assignments:
    """What follows from the arrivals."""

    joins: dict[str, UUID] = field(default_factory=dict)
    """Newcomer's key → the entity it belongs to."""
    merges: dict[UUID, tuple[UUID, str]] = field(default_factory=dict)
    """Entity that goes → the one that it becomes, and the key of the record that showed it."""
    refusals: list[tuple[str, Value, UUID, UUID]] = field(default_factory=list)
    """``(key, value, entity of the record, entity that held the value)``: the value is disabled."""


Resolver = Callable[
    [Sequence[Arrival], Mapping[Value, UUID], Mapping[UUID, frozenset[StreamId]]], Assignments
]


def resolve(
    arrivals: Sequence[Arrival],
    holders: Mapping[Value, UUID],
    members: Mapping[UUID, frozenset[StreamId]],
) -> Assignments:
    """Assign arrivals, in the order given.

    ``holders`` says who holds a value (without disabled ones), ``members`` which streams have a live
    record in an entity, the arrivals' former selves left out.
    """
    found = Assignments()
    held = dict(holders)
    streams = {entity: set(names) for entity, names in members.items()}
    disabled: set[Value] = set()
    moved: dict[UUID, UUID] = {}
    for arrival in arrivals:
        own = moved.get(arrival.entity, arrival.entity)
        values = [value for value in arrival.values if value not in disabled]
        others = sorted({held[value] for value in values if value in held} - {own})
        selves = {arrival.stream} if arrival.stream else set()
        groups = [selves | (set() if arrival.newcomer else streams.get(own, set()))]
        groups += [streams.get(entity, set()) for entity in others]
        if others and sum(map(len, groups)) > len(set().union(*groups)):
            for value in values:
                if value in held and held[value] != own:
                    found.refusals.append((arrival.key, value, own, held[value]))
                    disabled.add(value)
            values = [value for value in values if value not in disabled]
        elif others:
            kept = min(others if arrival.newcomer else [own, *others])
            for gone in {own, *others} - {kept}:
                if gone == own and arrival.newcomer:
                    continue
                found.merges[gone] = (kept, arrival.key)
                moved = {old: kept if new == gone else new for old, new in moved.items()} | {gone: kept}
                held = {value: kept if entity == gone else entity for value, entity in held.items()}
            if arrival.newcomer:
                found.joins[arrival.key] = kept
            own = kept
            streams[own] = set().union(*groups)
        streams[own] = selves | streams.get(own, set())
        for value in values:
            held[value] = own
    found.joins = {key: moved.get(entity, entity) for key, entity in found.joins.items()}
    found.merges = {old: (moved.get(new, new), key) for old, (new, key) in found.merges.items()}
    return found
