"""How does a value become its columns, as generated code? One tail a rule, by its type and its steps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.expression.generate import Generator
from engine.mapping.misfit import Misfit
from engine.mapping.quick import Memo
from engine.mapping.readings import Reading
from engine.mapping.steps import CompiledRule
from engine.mapping.texts import copy_text
from engine.mapping.types import Field
from engine.mapping.types.boolean import Boolean
from engine.mapping.types.country import Country
from engine.mapping.types.currency import Currency
from engine.mapping.types.date import Date
from engine.mapping.types.decimal import Bounded, Decimal, Scaled
from engine.mapping.types.duration import Duration
from engine.mapping.types.enum import Enum
from engine.mapping.types.integer import Integer
from engine.mapping.types.json import Json
from engine.mapping.types.list import List
from engine.mapping.types.money import Money
from engine.mapping.types.quantity import Quantity
from engine.mapping.types.ref import Ref
from engine.mapping.types.string import Patterned, String
from engine.mapping.types.text import Text
from engine.mapping.types.time import Time
from engine.mapping.types.timestamp import Timestamp

_CLEAN = frozenset({"numeric", "bigint", "boolean", "date", "time", "timestamptz", "interval", "uuid"})
"""SQL types whose text never holds what COPY escapes."""

_DISTINCT = "{0} if type({0}) is str else distinct({0})"

Branch = tuple[str, str]
"""A condition on the value, and the text of its column where it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the row that generated code holds."""

    name: str
    """The name, or literal, that holds its text or None."""
    clean: bool
    """Nothing in it needs escaping, whatever the record."""
    written: str | None = None
    """The name of its text in a line, escaped, where it is always the same."""


class Tails:
    """Writes tails; ``n`` in the generated code collects the bits of fields that are null."""

    def __init__(self, generator: Generator, roots: Mapping[str | None, str]) -> None:
        self._write = generator
        self._roots = roots
        self._beside: str | None = None
        self.columns: list[Column] = []
        self.nulls = 0
        """Bits of the fields that are null in every record."""

    def nothing(self, bit: int, width: int) -> None:
        """A field that the mapping does not say."""
        self.nulls |= bit
        self.columns += [Column(name="None", clean=True)] * width

    def rule(self, rule: CompiledRule, bit: int, sql: Sequence[str], beside: str | None = None) -> None:
        """
        A field that a rule says, in columns of these SQL types.

        ``beside``: the name that holds the column which the rule reads too.
        """
        self._beside = beside
        if rule.value.expression is None and not rule.value.parts and not rule.inputs and beside is None:
            self._constant(rule, bit)
            return
        names = [self._write.variable() for _ in sql]
        value = self.read(rule.value)
        if len(names) == 2:
            self._pair(rule, bit, value, names)
        else:
            self._single(rule, bit, value, names[0])
        clean = [each in _CLEAN or index > 0 for index, each in enumerate(sql)]
        self.columns += [Column(name=name, clean=is_) for name, is_ in zip(names, clean, strict=True)]

    def read(self, reading: Reading) -> str:
        """The name of what is read; several parts make a tuple, or null where one of them is."""
        if reading.parts:
            parts = [self.read(part) for part in reading.parts]
            absent = " or ".join(f"{part} is None" for part in parts)
            return self._write.assign(f"None if {absent} else ({', '.join(parts)},)")
        if reading.expression is None:
            return self._write.assign(self._write.constant(reading.constant))
        read = self._write.result(reading.expression, self._roots[reading.of])
        if not reading.blank:
            return read
        blank = self._write.constant(reading.blank)
        return self._write.assign(f"None if type({read}) is str and {read} in {blank} else {read}")

    def _constant(self, rule: CompiledRule, bit: int) -> None:
        try:
            made = rule.convert(rule.value.constant)
        except Misfit:
            self._write.write("raise Surprise")
            made = rule.default
        if made[0] is None:
            self.nulls |= bit
            if rule.required:
                self._write.write("raise Surprise")
        for each in made:
            name = f"c{len(self.columns) + 1}"
            written = f"w{len(self.columns) + 1}"
            self._write.namespace[name] = each
            self._write.namespace[written] = copy_text(each)
            self.columns.append(Column(name=name, clean=True, written=written))

    def _single(self, rule: CompiledRule, bit: int, value: str, name: str) -> None:
        branches = _branches(rule)
        if branches is None:
            self._convert(rule, bit, value, [name])
            return
        write = self._write
        if isinstance(rule.type, Patterned) and rule.type.pattern is not None:
            matches = write.constant(rule.type.pattern.matches)
            branches = [(f"{test} and {matches}({{0}})", text) for test, text in branches]
        first, *others = [(test.format(value), text.format(value)) for test, text in branches]
        with write.block(f"if {first[0]}"):
            write.write(f"{name} = {first[1]}")
        for test, text in others:
            with write.block(f"elif {test}"):
                write.write(f"{name} = {text}")
        with write.block("else"):
            self._convert(rule, bit, value, [name])

    def _pair(self, rule: CompiledRule, bit: int, value: str, names: list[str]) -> None:
        """Amount and currency; without ``per`` the amount is written at once."""
        write = self._write
        if _steps(rule) != ("currency", "type") or not _unbounded(rule):
            self._convert(rule, bit, value, names)
            return
        with write.block(f"if type({value}) is Decimal or type({value}) is int"):
            text = f"number({value}) if type({value}) is Decimal else f'{{{value}}}'"
            write.write(f"{names[0]} = {text}")
            code = Memo(lambda _key, *inputs: rule.convert(0, *inputs))
            given = self._inputs(rule)
            key = _DISTINCT.format(given[0]) if given else "None"
            found = self._remembered(code, key, ["None", *given])
            write.write(f"{names[1]} = {found}[1]")
        with write.block("else"):
            self._convert(rule, bit, value, names)

    def _convert(self, rule: CompiledRule, bit: int, value: str, names: list[str]) -> None:
        """The rule's own way, remembered where the same values come again."""
        write = self._write
        with write.block(f"if {value} is None"):
            self._null(rule, bit, names)
        with write.block("else"):
            given = [value, *self._inputs(rule)]
            if _repeats(rule):
                known = [_DISTINCT.format(each) for each in given]
                key = known[0] if len(known) == 1 else f"({', '.join(known)})"
                made = self._remembered(Memo(rule.convert), key, given)
            else:
                made = write.assign(f"{write.constant(rule.convert)}({', '.join(given)})")
            for index, name in enumerate(names):
                write.write(f"{name} = {made}[{index}]")
            if len(rule.steps) > 1 or rule.has_default:
                with write.block(f"if {names[0]} is None"):
                    write.write("raise Surprise" if rule.required else f"n = n | {bit}")

    def _inputs(self, rule: CompiledRule) -> list[str]:
        read = [self.read(each) for each in rule.inputs]
        return read if self._beside is None else [*read, self._beside]

    def _remembered(self, memo: Memo, key: str, given: list[str]) -> str:
        write = self._write
        held = write.assign(key)
        found = write.assign(f"{write.constant(memo.known)}.get({held})")
        with write.block(f"if {found} is None"):
            write.write(f"{found} = {write.constant(memo.fill)}({', '.join([held, *given])})")
        return found

    def _null(self, rule: CompiledRule, bit: int, names: list[str]) -> None:
        if rule.default[0] is None:
            self._write.write("raise Surprise" if rule.required else f"n = n | {bit}")
        for name, each in zip(names, rule.default, strict=True):
            self._write.write(f"{name} = {self._write.constant(each)}")


def _steps(rule: CompiledRule) -> tuple[str, ...]:
    return tuple(step.key for step in rule.steps)


def _unbounded(rule: CompiledRule) -> bool:
    """Whether the type takes every number and keeps its digits."""
    kind = rule.type
    open_ = not isinstance(kind, Bounded) or (kind.min is None and kind.max is None)
    open_ = open_ and not _scaled(kind)
    return open_ and rule.steps[-1].meaning == ["None", "None"]


def _scaled(kind: Field) -> bool:
    return isinstance(kind, Scaled) and kind.scale is not None


def _repeats(rule: CompiledRule) -> bool:
    """Whether few values come again and again, and none of them holds an object."""
    kind = type(rule.type)
    return kind in {Boolean, Date, Decimal, Duration, Enum, Integer, List, Quantity, Money, Time} or not {
        "map",
        "lookup",
    }.isdisjoint(_steps(rule))


_TEXT: Sequence[Branch] = (("type({0}) is str", "{0}"),)
_BRANCHES: Mapping[type, Sequence[Branch]] = {
    Boolean: (("{0} is True", "'t'"), ("{0} is False", "'f'")),
    Country: (("type({0}) is str and {0} in COUNTRIES", "{0}"),),
    Currency: (("type({0}) is str and {0} in CURRENCIES", "{0}"),),
    Decimal: (("type({0}) is int", "f'{{{0}}}'"), ("type({0}) is Decimal", "number({0})")),
    Integer: ((f"type({{0}}) is int and {-(2**63)} <= {{0}} < {2**63}", "f'{{{0}}}'"),),
    Json: (("type({0}) is dict and flat({0})", "flat_json({0})"),),
    Ref: (("type({0}) is str and len({0}) <= LONGEST", "{0}"), ("type({0}) is int", "f'{{{0}}}'")),
    String: _TEXT,
    Text: _TEXT,
    Timestamp: (("type({0}) is str and len({0}) >= 20", "instant({0})"),),
}


def _branches(rule: CompiledRule) -> Sequence[Branch] | None:
    """The usual values of a type, where the type is all that a rule does; else None."""
    if _steps(rule) != ("type",):
        return None
    kind = rule.type
    branches = _BRANCHES.get(type(kind))
    if branches is None or _unbounded(rule):
        return branches
    if isinstance(kind, Bounded) and not _scaled(kind) and rule.steps[-1].meaning == ["None", "None"]:
        return tuple((f"{test} and {_within(kind)}", text) for test, text in branches)
    return None


def _within(kind: Bounded) -> str:
    """A condition on integers that lie between whole bounds; others are left to the rule."""
    low, high = kind.min, kind.max
    parts = ["type({0}) is int"]
    parts += [f"{{0}} >= {math.ceil(low)}"] if low is not None else []
    parts += [f"{{0}} <= {math.floor(high)}"] if high is not None else []
    return " and ".join(parts)
