"""Which source's value is the canonical one? A policy, written by the project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from engine.spec.component import Component, Path, component, field
from engine.spec.values import Duration, Name

_WAYS: Final = ("latest", "earliest", "max", "min", "union")
_TIMES: Final = ("latest", "earliest")
_VALUES: Final = ("max", "min")
_SAME: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(_TIMES, _TIMES),
    **dict.fromkeys(_VALUES, _VALUES),
    "union": (*_TIMES, *_VALUES),
}
"""What would compare the same once more."""
_TIES: Final[Mapping[str, str]] = {
    **dict.fromkeys(_TIMES, "their versions are the same"),
    **dict.fromkeys(_VALUES, "their values are the same"),
    "union": "everyone wins",
}


@component()
class Strategy(Component):
    """How a value is chosen among those that contributions say. Null never wins and never hides."""

    prefer: tuple[str, ...] = field(
        "Sources or streams, best first; those not named come after them together.",
        default=(),
        examples=(["hr_us", "payroll.employees"],),
        uniqueItems=True,
    )
    latest: bool = field("The newest version wins.", default=False)
    earliest: bool = field("The oldest version wins; a record without a version comes last.", default=False)
    max: bool = field(
        "The greatest value wins: of numbers, times, and enums by their `values`.", default=False
    )
    min: bool = field("The least value wins.", default=False)
    union: bool = field(
        "Of lists: everyone wins, and the value is the set of all elements, by value.", default=False
    )
    then: Literal["latest", "earliest", "max", "min"] | None = field(
        "What breaks ties; left out: `latest` where every stream has a timestamp version.", default=None
    )

    max_age: Duration | None = field(
        "What its source has not confirmed for so long ranks behind all that is younger; of streams that"
        " are read whole.",
        default=None,
        examples=("30d",),
    )

    @property
    def way(self) -> str | None:
        """The key that it chooses by, where that is not ``prefer``."""
        return next((way for way in _WAYS if getattr(self, way)), None)

    @property
    def ways(self) -> tuple[str, ...]:
        """What orders contributions beside ``prefer``, first to last; ``then`` may be left out."""
        return tuple(way for way in (self.way, self.then) if way is not None and way != "union")

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """Exactly one way to choose, and ties that can be."""
        chosen = [way for way in ("prefer", *_WAYS) if getattr(self, way)]
        for way in chosen[1:]:
            first = chosen[0]
            said = f"either {first} or {way}"
            if first == "prefer" and way != "union":
                said = f"{said}: write {{prefer: […], then: {way}}}"
            yield (way,), "conflicting-keys", said
        if not chosen:
            yield (), "missing-key", f"a strategy needs one of prefer, {', '.join(_WAYS)}"
        if self.then and not chosen:
            yield ("then",), "conflicting-keys", "then breaks the ties of a strategy, which is not here"
        elif self.then and len(chosen) == 1 and self.then in _SAME.get(chosen[0], ()):
            said = f"then: {self.then} breaks no tie of {chosen[0]}: {_TIES[chosen[0]]}"
            yield ("then",), "conflicting-keys", said
        if self.max_age is not None and not chosen:
            said = "max_age says whom a strategy ranks behind, which is not here"
            yield ("max_age",), "conflicting-keys", said
        elif self.max_age is not None and self.max_age.seconds < 1:
            yield ("max_age",), "wrong-value", "an age is a second or more, as 30d"


@component()
class Guard(Component):
    """Refuses a join of records that differ: they are not one, whatever values they share."""

    differ: Name = field(
        "A field: refused where records of both sides say it, and not the same.", examples=("birth_date",)
    )


@component()
class Policy(Component):
    """One entity's strategies, and what happens where a source deletes."""

    policy: Name = field("The entity that it decides on.", examples=("worker",))
    description: str = field("Why it decides so, for people.", default="", meta=True)
    default: Strategy | None = field("For the fields that are not named.", default=None)
    fields: Mapping[str, Strategy] = field("Strategies of single fields.", default={})
    groups: Mapping[str, tuple[str, ...]] = field(
        "Fields that are taken together, all from the first contribution that says any of them.", default={}
    )
    on_source_delete: Mapping[str, Literal["end_entity", "drop_contribution", "keep_until_replaced"]] = field(
        "By source, what its deleting a record does: the record is passed over, the entity ends whatever"
        " others say, or what it said last counts behind all live records.",
        default={},
        examples=({"hr_us": "end_entity", "directory": "keep_until_replaced"},),
    )

    guards: tuple[Guard, ...] = field(
        "What keeps records apart that share an identity value.",
        default=(),
        examples=([{"differ": "birth_date"}],),
    )

    scopes: Mapping[Name, Mapping[Name, tuple[Name, ...]]] = field(
        "By identity key: sets of sources, by name; its values are compared within a set only.",
        default={},
        examples=({"number": {"us": ["hr_us", "payroll_us"], "de": ["hr_de", "payroll_de"]}},),
    )

    def strategy(self, name: str) -> Strategy | None:
        """Say how a field is decided."""
        return self.fields.get(name, self.default)

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """A field is in one group, which has one strategy that chooses among records; it is a guard once."""
        owner: dict[str, str] = {}
        for group, names in self.groups.items():
            for index, name in enumerate(names):
                at: Path = ("groups", group, index)
                if name in owner:
                    yield at, "duplicate-value", f"{name!r} is in group {owner[name]!r} already"
                elif self.strategy(name) != self.strategy(names[0]):
                    said = f"{name!r} and {names[0]!r} are taken together and need the same strategy"
                    yield at, "group-strategies-differ", said
                owner[name] = group
            strategy = self.strategy(names[0]) if names else None
            by = [way for way in strategy.ways if way in _VALUES] if strategy else []
            if strategy and (by or strategy.union):
                why = (
                    f"the {'greatest' if by[0] == 'max' else 'least'} of each may stand in different records"
                    if by
                    else "a union is of all of them"
                )
                said = (
                    f"a group is taken from one record, and {why}: prefer, latest or earliest is meant here"
                )
                yield ("groups", group), "group-strategy", said
        for key, scopes in self.scopes.items():
            yield from _scope_problems(("scopes", key), scopes)
        guarded = [str(each.differ) for each in self.guards]
        for index, name in enumerate(guarded):
            if name in guarded[:index]:
                yield ("guards", index, "differ"), "duplicate-value", f"{name!r} is a guard already"

    def scope(self, key: str, source: str) -> str | None:
        """The scope of an identity key that a source stands in."""
        scopes = self.scopes.get(Name(key), {})
        return next((str(name) for name, sources in scopes.items() if source in sources), None)


def _scope_problems(at: Path, scopes: Mapping[Name, tuple[Name, ...]]) -> Iterable[tuple[Path, str, str]]:
    """A source stands in one scope of a key."""
    if not scopes:
        yield at, "wrong-value", "a key with scopes has at least one: leave it out where it counts everywhere"
    owner: dict[str, str] = {}
    for scope, sources in scopes.items():
        for index, source in enumerate(sources):
            if source in owner:
                said = f"{str(source)!r} is in scope {owner[source]!r} already"
                yield (*at, scope, index), "duplicate-value", said
            owner.setdefault(source, str(scope))
