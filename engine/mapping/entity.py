"""What is our common form? An entity: its fields, and what makes two records one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from engine.expression import FUNCTIONS, Expression
from engine.mapping.types import Field, Type
from engine.mapping.types.money import Money
from engine.spec.component import Component, Path, component, field
from engine.spec.say import near
from engine.spec.values import Duration, Name, ValueProblem

LONGEST_ENTITY: Final = 45
LONGEST_FIELD: Final = 50
MOST_FIELDS: Final = 63
"""Bits of one ``said`` mask."""
MOST_KEYS: Final = 8
"""Identity keys of one entity."""


NORMALISERS: Final = tuple(name for name in ("lower", "trim", "upper", "hash") if name in FUNCTIONS)
"""Functions that take one text and give one."""


@component()
class IdentityKey(Component):
    """Records that share this key, after normalising, are one entity. A null part makes it null."""

    name: Name = field("What messages and the review of joins call it.")
    on: tuple[str, ...] = field("The fields that it is made of.", minItems=1, examples=(["work_email"],))
    normalise: tuple[str, ...] = field(
        "Text functions of one argument, first to last.", default=(), examples=(["trim", "lower"],)
    )
    unless: Expression | None = field(
        "Reads the entity's fields, typed, those of the key normalised: where it is true the record does not "
        "say the key.",
        default=None,
        examples=("starts_with(work_email, 'hr@')",),
    )


@component()
class Over(Component):
    """The rows of another entity that a constraint reads beside the row: those that refer to it."""

    lines: Name = field("The entity of the lines.", examples=("journal_line",))
    by: Name = field("Its reference to this entity.", examples=("journal_entry",))


@component()
class Constraint(Component):
    """What must hold in what each record says by itself, between rows, or over the lines of a row."""

    name: Name = field("What dead letters call it.", examples=("dates_in_order",))
    that: Expression | None = field(
        "Reads the entity's fields, typed and normalised: a record is refused where it is false, not where "
        "it is null.",
        default=None,
        examples=("!hired_on || !left_on || hired_on <= left_on",),
    )
    unique: tuple[str, ...] = field(
        "Fields that no two rows say alike: that of the younger entity is withheld while the older says it.",
        default=(),
        minItems=1,
        examples=(["purchase_order", "number"],),
    )

    over: Over | None = field(
        "`that` reads the row, and as `lines` the rows that refer to it; weighed at the end of a run.",
        default=None,
        examples=({"lines": "journal_line", "by": "journal_entry"},),
    )

    @property
    def of_record(self) -> Expression | None:
        """What each record is held against by itself."""
        return self.that if self.over is None else None

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """Either of the two; what reads lines is a condition."""
        if self.over is not None and self.that is None and not self.unique:
            yield (), "missing-key", "a constraint over lines needs that"
            return
        if self.over is not None and self.unique:
            yield ("over",), "conflicting-keys", "rows are unique among themselves: over goes with that"
            return
        if self.that is not None and self.unique:
            yield ("unique",), "conflicting-keys", "either that or unique: write two constraints"
        elif self.that is None and not self.unique:
            yield (), "missing-key", "a constraint needs that, or unique"


@component()
class Entity(Component):
    """A contract: one kind of thing that many sources know, as one typed table."""

    entity: Name = field("Its name, that of the table in schema canonical.", examples=("worker",))
    description: str = field("What it is, for people.", default="", meta=True)
    fields: Mapping[str, Type] = field("Its fields by name.", minProperties=1)
    identity: tuple[IdentityKey, ...] = field(
        "Exact keys that join records; left out: a record's key in its source.", default=()
    )
    constraints: tuple[Constraint, ...] = field(
        "What must hold between its fields, whichever mapping says them.", default=()
    )
    history: bool | Duration = field(
        "Keep former values with the time they were known: all of them (true), or for so long.",
        default=False,
        meta=True,
        examples=(True, "400d"),
    )

    @property
    def types(self) -> Mapping[str, Field]:
        """Its fields; every member of the family of types is a ``Field``."""
        return {name: each for name, each in self.fields.items() if isinstance(each, Field)}

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """Names that tables cannot have, too many fields, identity keys that cannot be."""
        if len(self.entity) > LONGEST_ENTITY:
            yield ("entity",), "name-too-long", f"an entity's name has at most {LONGEST_ENTITY} characters"
        if self.entity.endswith(("_history", "_provenance")):
            yield ("entity",), "reserved-name", "names of tables on '_history' and '_provenance' are ours"
        if len(self.fields) > MOST_FIELDS:
            said = f"{len(self.fields)} fields; an entity has at most {MOST_FIELDS}"
            yield ("fields",), "entity-too-wide", said
        for name in self.fields:
            yield from self._name_problems(name)
        if isinstance(self.history, Duration) and self.history.seconds < 1:
            yield ("history",), "wrong-value", "former values are kept for a time, as 400d, or not at all"
        yield from self._identity_problems()
        names = [each.name for each in self.constraints]
        for index, name in enumerate(names):
            if name in names[:index]:
                said = f"two constraints are called {name!r}"
                yield ("constraints", index, "name"), "duplicate-value", said
            if self.constraints[index].over is not None and "lines" in self.fields:
                said = "'lines' is a field here, and what a constraint calls the lines that it reads"
                yield ("constraints", index, "over"), "reserved-name", said

    def misnamed(self, known: Collection[str]) -> Iterable[tuple[Path, str, str]]:
        """
        What it says of fields that are none, or not of that kind: (path in the file, code, message).

        ``known``: the names of its fields, also of those whose own line is wrong.
        """
        for kind in self.types.values():
            if isinstance(kind, Money) and kind.on is not None:
                yield from self._day_problems((*kind.at, "on"), kind.on, known)
        for key in self.identity:
            yield from self._key_problems((*key.at, "on"), key.on, known, "wrong-identity", refs=False)
        for each in self.constraints:
            yield from self._key_problems(
                (*each.at, "unique"), each.unique, known, "wrong-constraint", refs=True
            )

    def _day_problems(self, at: Path, name: str, known: Collection[str]) -> Iterable[tuple[Path, str, str]]:
        """The day of a rate is a field of this entity, and a day."""
        days = [each for each, kind in self.types.items() if kind.tag in {"date", "timestamp"}]
        if name not in known:
            yield at, "unknown-field", f"{name!r} is not a field of this entity{near(name, days)}"
        elif name in self.types and name not in days:
            said = f"{name!r} is {self.fields[name].tag}: the day of a rate is a date or a timestamp"
            yield at, "wrong-value", f"{said}{near(name, days)}"

    def _name_problems(self, name: str) -> Iterable[tuple[Path, str, str]]:
        at: Path = ("fields", name)
        try:
            Name.parse(name)
        except ValueProblem as problem:
            if name.startswith("_"):
                yield at, "reserved-name", f"{name!r}: columns that begin with '_' are the engine's"
            else:
                yield at, problem.code, str(problem)
            return
        if len(name) > LONGEST_FIELD:
            yield at, "name-too-long", f"a field's name has at most {LONGEST_FIELD} characters"
        if name == "id":
            yield at, "reserved-name", "'id' is the canonical id, which every entity has"
        owner = name.removesuffix("_currency")
        if owner != name and owner in self.types and len(self.types[owner].columns(owner)) > 1:
            yield at, "reserved-name", f"{name!r} is the column that holds the currency of {owner!r}"

    def _key_problems(
        self, at: Path, names: Sequence[str], known: Collection[str], code: str, *, refs: bool
    ) -> Iterable[tuple[Path, str, str]]:
        """Fields whose equal values are equal texts, and, where ``refs``, references."""
        for part, name in enumerate(names):
            here, kind = (*at, part), self.types.get(name)
            if name not in known:
                said = f"{name!r} is not a field of this entity{near(name, known)}"
                yield here, "unknown-field", said
            elif kind is not None and not (kind.keyed or (refs and kind.tag == "ref")):
                yield here, code, f"{name!r} is {kind.tag}: equal values of it may differ as text"
            elif name in names[:part]:
                yield here, "duplicate-value", f"{name!r} stands here twice"

    def _identity_problems(self) -> Iterable[tuple[Path, str, str]]:
        if len(self.identity) > MOST_KEYS:
            yield ("identity",), "too-many-keys", f"an entity has at most {MOST_KEYS} identity keys"
        for index, key in enumerate(self.identity):
            here: Path = ("identity", index)
            if any(key.name == other.name for other in self.identity[:index]):
                yield (*here, "name"), "duplicate-value", f"two identity keys are called {key.name!r}"
            for step, function in enumerate(key.normalise):
                if function not in NORMALISERS:
                    said = f"{function!r} is not a text function of one argument{near(function, NORMALISERS)}"
                    yield (*here, "normalise", step), "unknown-function", said
