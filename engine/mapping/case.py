"""What must a mapping do, what a contract take? Cases beside it: a record, and what is expected of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from engine.spec.component import Component, Path, component
from engine.spec.component import field as setting


@component()
class Given(Component):
    """What a record comes with."""

    partition: Mapping[str, Any] = setting("What `for_each` bound.", default={})
    body: Any = setting("The whole answer; left out: the record alone.", default=None)


@component()
class ExpectedFault(Component):
    """One reason why a record is refused."""

    field: str | None = setting("The field to blame; left out: the record itself.", default=None)
    code: str | None = setting(
        "The code of the fault; left out: whichever.", default=None, examples=("not-in-enum",)
    )
    constraint: str | None = setting(
        "The constraint of the entity that is false.", default=None, examples=("dates_in_order",)
    )

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """A constraint is broken by the record, and has its code."""
        if self.constraint is not None and (self.field is not None or self.code is not None):
            yield (), "conflicting-keys", "constraint stands alone: it blames no field and has its own code"


@component()
class Case(Component):
    """One record and what becomes of it: `expect`, `reject` or `filtered`."""

    name: str = setting("What must hold, in one sentence.")
    given: Given | None = setting("What the record comes with.", default=None)
    record: Any = setting(
        "The record, as its source sends it; beside an entity the values of its fields, in the contract's "
        "own units."
    )
    lines: Mapping[str, Any] | None = setting(
        "Beside an entity: rows that refer to this one, by their entity, in the words of its contract.",
        default=None,
        examples=({"journal_line": [{"number": 1}]},),
    )
    expect: Any = setting("Values by column, only these are compared; after `each` a list.", default=None)
    reject: tuple[ExpectedFault, ...] = setting("Every reason why it is refused.", default=())
    filtered: bool = setting("It does not pass `when`.", default=False)

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """Exactly one outcome."""
        if [self.expect is not None, bool(self.reject), self.filtered].count(True) != 1:
            yield (), "wrong-case", "a case says one of expect, reject and filtered"
        elif self.expect is not None and not isinstance(self.expect, Mapping | list | tuple):
            yield ("expect",), "wrong-type", "columns and their values are expected here"


@component()
class TestFile(Component):
    """The cases of one mapping, or of one entity's contract."""

    __test__ = False  # not a class of tests: pytest would collect it by its name

    cases: tuple[Case, ...] = setting("Cases, each by itself: the file is their list.", minItems=1)

    short: ClassVar[str | None] = "cases"
