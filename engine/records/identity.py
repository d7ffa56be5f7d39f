"""Who says which identity values, and what follows from it?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

IdentityValue = tuple[int, str]
"""``(kind, normalised value)``."""

StreamId = tuple[int, int]
"""``(source, stream)`` by number."""


GuardValue = tuple[str, str]
"""``(field, value as text)``: what a record says of a field that guards joins."""


Parted = Mapping[UUID, frozenset[UUID]]
"""An entity → those that somebody decided to keep apart from it; each pair stands in both places."""


def scoped(scope: str | None, value: str) -> str:
    """A value of an identity key as it is held: with its scope before it, where the key has scopes."""
    return value if scope is None else f"{scope}/{value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A join that is not made; its value is disabled."""

    key: str
    """Of the record that says the value."""
    value: IdentityValue
    entity: UUID
    """The record's own."""
    other: UUID
    """Another one that says the value."""
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A record that begins to say identity values."""

    key: str
    """Its contribution key."""
    entity: UUID
    """The entity it belongs to; its own, new one for a newcomer."""
    newcomer: bool
    """Whether nobody but it belongs to that entity yet."""
    stream: StreamId | None
    """The stream that it came from; None for a whole entity, whose streams are among the members."""
    values: tuple[IdentityValue, ...]
    """What it says, without values that are disabled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignments:
    """What follows from arrivals: the same in whatever order they come."""

    joins: Mapping[str, UUID]
    """Newcomer's key → the entity it belongs to, where that is not its own."""
    merges: Mapping[UUID, tuple[UUID, str]]
    """Entity that goes → the one that it becomes, and the key of a record that showed it."""
    refusals: Sequence[Refusal]


Resolver = Callable[
    [
        Sequence[Arrival],
        Mapping[IdentityValue, UUID],
        Mapping[UUID, frozenset[StreamId]],
        Mapping[UUID, frozenset[GuardValue]],
        Parted,
    ],
    Assignments,
]
"""
Assigns arrivals, given who holds each value, which streams have a live record in each entity, and what
the live records of each entity, the newcomers' own among them, say of fields that guard joins, and who
is to be kept apart.
"""
