"""The fold once more, field by field, as the language page tells it: without a mask, a window or a query."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from engine.records.received import NO_VERSION, Fate, StreamName
from tests.integration.store.rows.building import Said

WORDS = ["zero", "low", "mid", "high"]
ORDERED = ("size", "share", "mass", "born", "seen", "wakes", "lasts", "level", "cost")
LISTS = ("tags", "marks", "spans")
FIELDS = ("name", "nick", *ORDERED, *LISTS)
TOGETHER = ("name", "nick")
COLUMNS = tuple(
    column for name in FIELDS for column in ((name, "cost_currency") if name == "cost" else (name,))
)
LENGTHS = {"P1M": 30 * 24, "P30D": 30 * 24, "P2D": 48, "PT1H": 1}
"""Hours of a duration, as PostgreSQL compares them."""
PARTS = {"P1M": (0, 0, 1), "P30D": (0, 30, 0), "P2D": (0, 2, 0), "PT1H": (1, 0, 0)}


def measure(name: str, text: str) -> Any:
    """What the values of a field are compared by."""
    if name in {"size", "share", "mass", "cost", "marks"}:
        return Decimal(text)
    if name == "level":
        return WORDS.index(text)
    return LENGTHS[text] if name in {"lasts", "spans"} else text


def union(name: str, said: Sequence[str]) -> list[str]:
    """All the elements of some lists, each once, in their order."""
    if name == "marks":
        shortest: dict[Decimal, str] = {}
        for each in said:
            known = shortest.get(Decimal(each))
            if known is None or len(each) < len(known):
                shortest[Decimal(each)] = each
        return [shortest[each] for each in sorted(shortest)]
    if name == "spans":
        return sorted(set(said), key=lambda each: (LENGTHS[each], PARTS[each]))
    return sorted(set(said))


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """One live record."""

    stream: StreamName
    key: str
    version: int
    values: Mapping[str, Any]


Plan = dict[str, tuple[str, tuple[str, ...], str | None]]
"""Field → what chooses, the streams preferred, what breaks ties."""


def better(name: str, plan: Plan, one: Spoken, other: Spoken) -> int:
    """Negative where one comes before the other, by the words of the language page."""
    way, prefer, then = plan[name]
    steps: list[Callable[[Spoken], Any]] = []
    for each in (way, then or ("none" if way in {"latest", "earliest"} else "latest")):
        if each == "prefer":
            steps.append(
                lambda who: next((n for n, it in enumerate(prefer) if it in names(who)), len(prefer))
            )
        elif each == "latest":
            steps.append(lambda who: -who.version)
        elif each == "earliest":
            steps.append(lambda who: (who.version == NO_VERSION, who.version))
        elif each in {"max", "min"}:
            steps.append(functools.partial(_height, name, 1 if each == "min" else -1, (one, other)))
    steps.append(lambda who: (who.stream.source, who.stream.stream, who.key))
    for step in steps:
        if step(one) != step(other):
            return -1 if step(one) < step(other) else 1
    return 0


def _height(name: str, sign: int, both: tuple[Spoken, Spoken], who: Spoken) -> int:
    """Where one of two stands by the value of a field."""
    mine = measure(name, who.values[name])
    above = sum(1 for each in both if mine > measure(name, each.values[name]))
    return sign * above


def names(who: Spoken) -> set[str]:
    return {who.stream.source, str(who.stream)}


def naive(plan: Plan, group: Sequence[str], people: Sequence[Spoken]) -> tuple[Any, ...]:
    """One row, field by field, without a mask, a window or a query."""
    row: dict[str, Any] = {}
    for name in FIELDS:
        together = group if name in group else (name,)
        said = [each for each in people if any(each.values.get(one) is not None for one in together)]
        if plan[name][0] == "union":
            row[name] = (
                union(name, [e for who in said for e in who.values[name] if e is not None]) if said else None
            )
            continue
        best = min(said, key=functools.cmp_to_key(functools.partial(better, name, plan)), default=None)
        row[name] = None if best is None else best.values.get(name)
        if name == "cost":
            row["cost_currency"] = None if best is None else "USD"
    return tuple(shown(column, row[column]) for column in COLUMNS)


def shown(column: str, value: Any) -> Any:
    """A value as PostgreSQL's text."""
    if value is None:
        return None
    if isinstance(value, list):
        return [shown(column, each) for each in value]
    if column == "seen":
        return value.replace("T", " ").replace("+00:00", "+00")
    return value


@dataclass
class Model:
    """Every record by (stream, key), as the newest word says it."""

    newest: dict[tuple[StreamName, str], tuple[tuple[int, int, int], Said]] = field(default_factory=dict)

    def hear(self, stream: StreamName, said: Said, position: int, place: int) -> None:
        order = (said.version, position, place)
        now = self.newest.get((stream, said.key))
        if now is None or order >= now[0]:
            self.newest[stream, said.key] = (order, said)

    def people(self) -> dict[str, list[Spoken]]:
        found: dict[str, list[Spoken]] = {}
        for (stream, key), (_, said) in self.newest.items():
            if said.fate == Fate.SAYS:
                each = Spoken(stream=stream, key=key, version=said.version, values=said.values)
                found.setdefault(key.rpartition("-")[2], []).append(each)
        return found
