"""How does a stream's record become an entity? A mapping, and its rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar, Literal

from engine.expression import Expression
from engine.mapping.parts import KeyPart, Link, Root
from engine.mapping.times import TimeFormat
from engine.spec.component import Component, Path, component, field
from engine.spec.values import Name


@component()
class Constant(Component):
    """What stands in place of a value that `map` lacks."""

    constant: Any = field("Text, a number, true or false.")

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """A constant is a scalar."""
        yield from _scalar(("constant",), self.constant)


@component()
class IdentityRef(Component):
    """A reference by an identity key, across sources: to whichever entity holds the value."""

    entity: Name = field("The entity that it points at.", examples=("worker",))
    by: Name = field(
        "Its identity key; of one of several fields `value` is a list in their order.", examples=("email",)
    )


@component()
class Lookup(Component):
    """A table of units/lookups, read from one of its columns to another."""

    table: Name = field("Its name: that of the file, without .csv.", examples=("countries",))
    from_: str = field("The column that holds what the source writes.", examples=("alpha3",))
    to: str = field("The column to take instead.", examples=("alpha2",))


@component()
class NameRule(Component):
    """Reads the name of a unit, a currency or a zone from the record, where it is not always the same."""

    value: Expression = field("What to read.", examples=("pay.currency",))
    of: Root | None = field(
        "What `value` reads; left out: the record, after `each` the element.", default=None
    )
    map: Mapping[str, Any] | None = field(
        "Names by what the source writes.", default=None, examples=({"in": "inch"},)
    )
    lookup: Lookup | None = field("Names by what the source writes, from a table.", default=None)
    otherwise: Literal["reject", "null"] | Constant | None = field(
        "For values that `map` or the table lacks; left out: reject.", default=None
    )

    short: ClassVar[str | None] = None

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """``otherwise`` needs a ``map`` or a ``lookup``, which give names."""
        yield from _mapped(self)


@component()
class Rule(Component):
    """One field's line in a mapping. Null passes all steps untouched until `default`."""

    value: Expression | tuple[KeyPart, ...] | None = field(
        "What to read; of a `ref` by a key of several parts, the parts in their order.", default=None
    )
    constant: Any = field("What always stands here, instead of `value`.", default=None)
    of: Root | None = field(
        "What `value` reads; left out: the record, after `each` the element.", default=None
    )
    blank: tuple[str, ...] | None = field(
        "Texts that are null here; left out: those of the mapping, `[]`: none.", default=None
    )
    map: Mapping[str, Any] | None = field("Our words by those of the source.", default=None)
    lookup: Lookup | None = field("Our words by those of the source, from a table.", default=None)
    otherwise: Literal["reject", "null"] | Constant | None = field(
        "For values that `map` or the table lacks; left out: reject.", default=None
    )
    format: TimeFormat | tuple[TimeFormat, ...] | None = field(
        "How the source writes times: rfc3339, date, epoch, epoch_ms, dotnet, parts, iso_duration, a pattern "
        "as strftime's, or a list of which the first that fits counts.",
        default=None,
        examples=("%d/%m/%Y",),
    )
    zone: str | NameRule | None = field("The zone of times that have none.", default=None)
    unit: str | NameRule | None = field(
        "The unit that the source sends; `text` where it stands in the value.", default=None
    )
    currency: str | NameRule | None = field("The currency of the amount.", default=None)
    per: str | NameRule | None = field("The time that the source's amount is for.", default=None)
    minor: bool = field(
        "The source counts in the currency's minor unit (cents), by the exponents of ISO 4217.", default=False
    )
    ref: str | IdentityRef | None = field(
        "The stream, connector.name, whose key this is; or an identity key of the entity.",
        default=None,
        examples=("bamboohr.employees", {"entity": "worker", "by": "email"}),
    )
    min: Decimal | None = field("The smallest value it takes, in the contract's unit.", default=None)
    max: Decimal | None = field("The largest value it takes, in the contract's unit.", default=None)
    default: Any = field(
        "What stands here where all else gave null, as the contract writes it.", default=None
    )
    on_error: Literal["omit"] | None = field(
        "Drop the field instead of the record where the value does not fit, and count it.", default=None
    )

    short: ClassVar[str | None] = "value"
    elsewhere: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("in", "on", "pattern", "pii", "required", "scale", "type", "values", "via", "within"),
        "the field's contract in the entity says it",
    )

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """Keys that need or exclude one another."""
        if isinstance(self.value, tuple):
            yield from self._part_problems()
        if self.value is None and self.constant is None:
            yield (), "missing-key", "a rule needs value or constant"
        if self.value is not None and self.constant is not None:
            yield ("constant",), "conflicting-keys", "value reads the record, constant never does: keep one"
        if self.constant is not None:
            for key in ("of", "blank", "map", "lookup"):
                if getattr(self, key) is not None:
                    yield (key,), "conflicting-keys", f"{key} has no meaning beside constant"
        if self.unit is not None and self.per is not None:
            yield ("per",), "conflicting-keys", "unit is of a quantity, per of money: keep one"
        if self.min is not None and self.max is not None and self.min > self.max:
            yield ("min",), "wrong-bounds", "min is above max"
        yield from _mapped(self)
        yield from _scalar(("constant",), self.constant, lists=True)

    def _part_problems(self) -> Iterable[tuple[Path, str, str]]:
        if not self.value:
            yield ("value",), "wrong-value", "a key has at least one part"
        if self.ref is None:
            said = (
                "several parts are the key of a ref, and there is no ref; an expression that makes a list "
                'stands in quotes: "[a, b]"'
            )
            yield ("value",), "conflicting-keys", said
        if self.of is not None:
            said = "each part says what it reads: {value: region, of: partition}"
            yield ("of",), "conflicting-keys", said
        for key in ("map", "lookup"):
            if getattr(self, key) is not None:
                yield (key,), "conflicting-keys", f"{key} has no meaning for a key of several parts"

    @property
    def key_parts(self) -> tuple[KeyPart, ...]:
        """``value`` as the parts of a key."""
        if isinstance(self.value, tuple):
            return self.value
        return () if self.value is None else (KeyPart(value=self.value, of=self.of),)

    @property
    def formats(self) -> tuple[TimeFormat, ...]:
        """``format`` as a list."""
        if self.format is None:
            return ()
        return self.format if isinstance(self.format, tuple) else (self.format,)


def _mapped(rule: Rule | NameRule) -> Iterable[tuple[Path, str, str]]:
    if rule.otherwise is not None and rule.map is None and rule.lookup is None:
        said = "otherwise is for values that map or lookup lacks, and there is neither"
        yield ("otherwise",), "conflicting-keys", said
    if rule.map is not None and rule.lookup is not None:
        said = (
            "map and lookup both say what stands for a value: keep one, or put the map's lines into the table"
        )
        yield ("lookup",), "conflicting-keys", said
    for key, value in (rule.map or {}).items():
        yield from _scalar(("map", key), value)


def _scalar(path: Path, value: Any, *, lists: bool = False) -> Iterable[tuple[Path, str, str]]:
    if isinstance(value, Mapping) or (isinstance(value, list | tuple) and not lists):
        yield path, "wrong-type", "text, a number, true or false is expected here"


@component()
class MappingFile(Component):
    """How one stream feeds one entity."""

    from_: str = field("The stream, connector.name.", examples=("bamboohr.employees",))
    to: Name = field("The entity.", examples=("worker",))
    description: str = field("What is worth knowing, for people.", default="", meta=True)
    when: Expression | None = field(
        "Which records: one that no longer passes withdraws what it said.", default=None
    )
    blank: tuple[str, ...] = field(
        "Texts that are null, wherever a rule reads one.", default=(), examples=(["", "N/A"],)
    )
    each: Expression | tuple[Expression, ...] | None = field(
        "A list in the record whose elements are the things; rules then read one element. Several open one "
        "list inside another.",
        default=None,
        examples=("items", ["items", "assignments"]),
    )
    key: tuple[KeyPart, ...] | KeyPart | None = field(
        "With `each`: the element's key, prefixed by the record's. Without: the key of the thing made.",
        default=None,
        examples=("number", [{"value": "number", "of": "parent"}, "number"]),
    )
    fields: Mapping[str, Rule] = field("Rules by the entity's fields.", minProperties=1)
    links: tuple[Link, ...] = field(
        "Keys of records of other streams that are one with this record.",
        default=(),
        examples=([{"to": "payroll.employees", "value": "payrollId"}],),
    )

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """``each`` needs ``key``, and opens one list; two links lead to two streams."""
        connector, dot, stream = self.from_.partition(".")
        if not (connector and dot and stream) or "." in stream:
            yield ("from",), "wrong-value", f"{self.from_!r} is not a stream: write connector.stream"
        if self.each is not None and self.key is None:
            yield ("each",), "missing-key", "each needs key: positions of elements are not keys"
        if self.each == ():
            yield ("each",), "wrong-value", "each opens at least one list"
        if self.key == ():
            yield ("key",), "wrong-value", "a key has at least one part"
        led = [each.to for each in self.links]
        for index, to in enumerate(led):
            if to in led[:index]:
                yield ("links", index, "to"), "duplicate-value", f"there is a link to {to!r} already"
        if self.each is None:
            for below, root in self.reads():
                if root == "parent":
                    yield (*below, "of"), "wrong-value", "there is no parent without each"

    @property
    def levels(self) -> tuple[Expression, ...]:
        """``each`` as a list: what is opened, from the record inwards."""
        if self.each is None:
            return ()
        return self.each if isinstance(self.each, tuple) else (self.each,)

    @property
    def key_parts(self) -> tuple[KeyPart, ...]:
        """``key`` as a list."""
        if self.key is None:
            return ()
        return self.key if isinstance(self.key, tuple) else (self.key,)

    def reads(self) -> Iterable[tuple[Path, Root | None]]:
        """What the key, every rule and every link are read from: (path, ``of``)."""
        several = isinstance(self.key, tuple)
        for index, part in enumerate(self.key_parts):
            yield ("key", index) if several else ("key",), part.of
        for name, rule in self.fields.items():
            for below, root in roots(rule):
                yield ("fields", name, *below), root
        for index, link in enumerate(self.links):
            parts = isinstance(link.value, tuple)
            for n, part in enumerate(link.key_parts):
                yield ("links", index, *(("value", n) if parts else ())), part.of


def roots(rule: Rule) -> Iterable[tuple[Path, Root | None]]:
    """Say what a rule and the names in it are read from: (path below the rule, ``of``)."""
    yield (), rule.of
    if isinstance(rule.value, tuple):
        yield from ((("value", index), part.of) for index, part in enumerate(rule.value))
    for key in ("zone", "unit", "per", "currency"):
        name = getattr(rule, key)
        if isinstance(name, NameRule):
            yield (key,), name.of
