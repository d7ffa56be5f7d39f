"""Which source's value is the canonical one? A policy, written by the project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Literal

from engine.spec.component import Component, Path, component, field
from engine.spec.values import Name


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
    then: Literal["latest"] | None = field(
        "What breaks ties of `prefer`; left out: `latest` where every stream has a timestamp version.",
        default=None,
    )

    reserved: ClassVar[Mapping[str, str]] = {
        key: f"strategy '{key}' is not built yet" for key in ("earliest", "max", "min", "union")
    }

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """Exactly one way to choose."""
        if self.prefer and self.latest:
            yield (
                ("latest",),
                "conflicting-keys",
                "either prefer or latest: write {prefer: […], then: latest}",
            )
        if not self.prefer and not self.latest:
            yield (), "missing-key", "a strategy needs prefer or latest"
        if self.then and not self.prefer:
            yield ("then",), "conflicting-keys", "then breaks the ties of prefer, which is not here"


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
    on_source_delete: Mapping[str, Literal["end_entity", "drop_contribution"]] = field(
        "By source: whether its deleting a record ends the entity whatever others say.", default={}
    )

    guards: tuple[Guard, ...] = field(
        "What keeps records apart that share an identity value.",
        default=(),
        examples=([{"differ": "birth_date"}],),
    )

    def strategy(self, name: str) -> Strategy | None:
        """Say how a field is decided."""
        return self.fields.get(name, self.default)

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """A field is in one group, and its group has one strategy; it is a guard once."""
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
        guarded = [str(each.differ) for each in self.guards]
        for index, name in enumerate(guarded):
            if name in guarded[:index]:
                yield ("guards", index, "differ"), "duplicate-value", f"{name!r} is a guard already"
