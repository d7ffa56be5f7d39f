"""The row of one entity, field by field, as the language page tells it: no mask, no window, no query."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.machine.hearing import FIELDS, NEVER, Scopes, Who

GROUP = ("name", "nick")
UNIQUE = ("site", "born")


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How each field is decided, and what else a project decides."""

    plan: Mapping[str, tuple[str, tuple[str, ...], str | None]]
    """Field → what chooses, what is preferred, what breaks ties."""
    grouped: bool
    guarded: bool
    """Records that differ in ``born`` are not joined."""
    history: bool
    ends: frozenset[str]
    """Sources whose delete ends the entity."""
    keeps: frozenset[str]
    """Sources whose deleted records still say what they said last, where nobody else says it."""
    scopes: Scopes
    unique: bool
    """No two rows say the same in all of ``UNIQUE``."""


@dataclass(frozen=True, kw_only=True)
class Voice:
    """A record of the entity, alive or kept; references are ids by now."""

    who: Who
    version: int
    says: Mapping[str, Any]
    live: bool = True


Row = tuple[tuple[Any, ...], frozenset[tuple[str, Who]]]
"""Values in the order of ``FIELDS``, and who won each that is not null."""


def row_of(policy: Policy, voices: Sequence[Voice], pins: Mapping[str, Any]) -> Row:
    """Field by field."""
    values: list[Any] = []
    won: set[tuple[str, Who]] = set()
    for name in FIELDS:
        together = GROUP if policy.grouped and name in GROUP else (name,)
        said = [each for each in voices if any(one in each.says for one in together)]
        said = [each for each in said if each.live] or said
        way = policy.plan[name][0]
        value: Any = None
        winners: Sequence[Voice] = ()
        if said and way == "union":
            value = tuple(sorted({e for each in said for e in each.says[name] if e is not None}))
            winners = said
        elif said:
            first = min(said, key=functools.cmp_to_key(functools.partial(_before, policy, name)))
            value, winners = first.says.get(name), [first]
        if name in pins:
            value, winners = pins[name], ()
        values.append(tuple(value) if isinstance(value, list) else value)
        if value is not None:
            won |= {(name, each.who) for each in winners}
    return tuple(values), frozenset(won)


def _before(policy: Policy, name: str, one: Voice, other: Voice) -> int:
    """Negative where one comes before the other."""
    way, prefer, then = policy.plan[name]
    ties = then or ("latest" if way in {"prefer", "max", "min"} else "")
    steps: list[Callable[[Voice], Any]] = []
    for each in (way, ties):
        if each == "prefer":
            steps.append(lambda who: _rank(prefer, who.who[0]))
        elif each == "latest":
            steps.append(lambda who: -who.version)
        elif each == "earliest":
            steps.append(lambda who: (who.version == NEVER, who.version))
        elif each == "max":
            steps.append(lambda who: -who.says[name])
        elif each == "min":
            steps.append(lambda who: who.says[name])
    steps.append(lambda who: (*who.who[0].split("."), who.who[1]))
    for step in steps:
        if step(one) != step(other):
            return -1 if step(one) < step(other) else 1
    return 0


def _rank(prefer: Sequence[str], stream: str) -> int:
    names = {stream, stream.split(".", maxsplit=1)[0]}
    return next((place for place, each in enumerate(prefer) if each in names), len(prefer))
