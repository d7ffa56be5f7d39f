"""Can a condition over an entity be meant? The kinds of what it reads, followed through its expression."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.expression import FUNCTIONS, Expression
from engine.expression.numbers import read_number
from engine.expression.tree import Node, children
from engine.expression.values import kind_of
from engine.mapping.texts import json_text
from engine.mapping.types import Field
from engine.mapping.types.money import Money
from engine.mapping.types.quantity import Quantity
from engine.mapping.types.ref import Ref
from engine.spec.say import near

ConditionFault = tuple[str, str, str]
"""A problem: code, message, and the word in the expression that it is about."""

_KINDS: Final = {
    "boolean": "boolean",
    "date": "date",
    "decimal": "number",
    "duration": "duration",
    "integer": "number",
    "json": "",
    "list": "array",
    "money": "number",
    "quantity": "number",
    "time": "time",
    "timestamp": "timestamp",
}
"""By type of field; of the others a value is text. Of json nothing is known."""
_ORDERED: Final = frozenset({"number", "string", "date", "time", "timestamp"})
_ORDERINGS: Final = frozenset({"lt", "lte", "gt", "gte"})
LINES: Final = "lines"
"""What a condition over lines calls them."""
_TEXTUAL: Final = frozenset({"time", "duration"})
"""Kinds that functions see as text."""
_GIVES: Final = {
    "boolean": "contains starts_with ends_with",
    "number": "abs add avg ceil divide floor length multiply parse_number round subtract sum to_number",
    "string": "base64 base64_decode concat format_time hash join lower pad parse_time regex_extract replace "
    "substring to_string trim type upper url_encode",
}
_RESULTS: Final[Mapping[str, str]] = {name: kind for kind, names in _GIVES.items() for name in names.split()}
"""Kinds of what functions give; of the others nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is known of a value before any record is."""

    name: str = ""
    """The kind; empty where nothing is known, ``null`` for a value that is always null."""
    unit: str = ""
    """Of a quantity the contract's unit, of an amount its column of currencies."""
    words: str = ""
    """What messages call it."""


_UNKNOWN: Final = Kind()
_BOOLEAN: Final = Kind(name="boolean", words="true or false")


def condition_faults(
    condition: Expression,
    types: Mapping[str, Field],
    unread: Collection[str] = (),
    *,
    code: str,
    lines: Mapping[str, Field] | None = None,
) -> list[ConditionFault]:
    """
    Names that are no field, what cannot be compared, and what is neither true nor false.

    ``unread`` are the fields whose own line is wrong: they are there, of no known kind. ``code``: of all but
    the first. ``lines``: fields of the entity whose rows it reads as the list ``lines``.
    """
    follow = _Follow(types, unread, code) if lines is None else _OverLines(types, unread, code, lines)
    found = follow.kind(condition.tree)
    if isinstance(follow, _OverLines):
        follow.finish()
    if not follow.read and not follow.faults:
        return [(code, "it reads no field: it is always the same", "")]
    if not follow.faults and found.name not in {"", "boolean"}:
        hint = f"write {found.words} != `null`" if found.words in types else "write a comparison"
        return [(code, f"it gives {found.name}, which is never false: {hint}", "")]
    return follow.faults


def _written(value: Any) -> str:
    """A literal as an expression has it."""
    return f"'{value}'" if isinstance(value, str) else f"`{json_text(value)}`"


def _remedy(kind: Kind, other: Kind) -> str:
    """What to write where something else is compared with a text that stands in quotes."""
    if not other.words.startswith("'"):
        return ""
    if kind.name in {"date", "timestamp"}:
        return f"; the text of its day is format_time({kind.words}, '%Y-%m-%d')"
    text = other.words[1:-1]
    if kind.name == "number" and read_number(text) is not None:
        return f"; a number stands in backticks: `{text}`"
    return ""


class _Follow:
    """Walks an expression with the kinds of what it reads."""

    def __init__(self, types: Mapping[str, Field], unread: Collection[str], code: str) -> None:
        self._types = types
        self._unread = unread
        self._code = code
        self._columns = {
            name: (field, index)
            for field, each in types.items()
            for index, (name, _) in enumerate(each.columns(field))
        }
        self.read: set[str] = set()
        self.faults: list[ConditionFault] = []

    def kind(self, node: Node) -> Kind:
        """The kind of a node that reads the entity."""
        kind = node["type"]
        if kind == "field":
            return self._field(node["value"])
        if kind == "literal":
            return Kind(name=kind_of(node["value"]), words=_written(node["value"]))
        if kind == "comparator":
            self._compare(node)
            return _BOOLEAN
        if kind == "not_expression":
            self._below(children(node))
            return _BOOLEAN
        if kind in {"and_expression", "or_expression"}:
            kinds = [each for each in self._below(children(node)) if each.name != "null"]
            return kinds[0] if kinds and all(each.name == kinds[0].name for each in kinds) else _UNKNOWN
        if kind == "function_expression":
            return self._function(node)
        if kind in {"multi_select_list", "multi_select_dict"}:
            self._below(children(node))
            known = "array" if kind == "multi_select_list" else "object"
            return Kind(name=known, words=f"a new {known}")
        if kind == "key_val_pair":
            return self.kind(children(node)[0])
        if kind in {"subexpression", "index_expression", "pipe"} or kind.endswith("projection"):
            return self._within(node)
        if kind == "flatten":
            self._below(children(node))
        return _UNKNOWN

    def _wrong(self, message: str, word: str) -> None:
        self.faults.append((self._code, message, word))

    def _below(self, nodes: Iterable[Node]) -> list[Kind]:
        return [self.kind(each) for each in nodes]

    def _field(self, name: str) -> Kind:
        self.read.add(name)
        if name not in self._columns:
            if name in self._unread or name.removesuffix("_currency") in self._unread:
                return _UNKNOWN
            there = {*self._columns, *self._unread}
            hint = "; over: {lines: ENTITY, by: REF} gives lines" if name == LINES else near(name, there)
            message = f"{name!r} is not a field of this entity{hint}"
            self.faults.append(("unknown-field", message, name))
            return _UNKNOWN
        field, index = self._columns[name]
        kind = self._types[field]
        if isinstance(kind, Ref):
            message = f"{name!r} refers to another entity: what that is, no record can say for itself"
            self._wrong(message, name)
            return _UNKNOWN
        unit = kind.unit if isinstance(kind, Quantity) else ""
        if isinstance(kind, Money):
            unit = f"{field}_currency"
        known = "string" if index else _KINDS.get(kind.tag or "", "string")
        return Kind(name=known, unit="" if index else unit, words=name)

    def _within(self, node: Node) -> Kind:
        """What is read inside a value: only json and lists have an inside."""
        first, *_ = children(node)
        outer = self.kind(first)
        if node["type"] == "subexpression" and outer.name not in {"", "object"}:
            message = f"there is nothing inside {outer.words}, which is {outer.name}"
            self._wrong(message, outer.words)
        return _UNKNOWN

    def _compare(self, node: Node) -> None:
        left, right = self._below(children(node))
        orders = node["value"] in _ORDERINGS
        if not left.name or not right.name or (not orders and "null" in {left.name, right.name}):
            return
        for each in (left, right):
            if orders and each.name not in _ORDERED:
                self._wrong(f"{each.words} is {each.name}, which has no order", each.words)
                return
        if left.name != right.name:
            message = f"{left.words} is {left.name} and {right.words} {right.name}: they cannot be compared"
            self._wrong(message + (_remedy(left, right) or _remedy(right, left)), left.words)
        elif left.unit and right.unit and left.unit != right.unit:
            self._units(left, right)

    def _units(self, left: Kind, right: Kind) -> None:
        if left.unit in self._columns:
            # what guards a comparison stands before it
            if not {left.unit, right.unit} <= self.read:
                message = (
                    f"amounts in different currencies cannot be compared: "
                    f"write {left.unit} != {right.unit} || …"
                )
                self._wrong(message, left.words)
            return
        message = f"{left.words} is kept in {left.unit} and {right.words} in {right.unit}"
        self._wrong(f"{message}: they cannot be compared", left.words)

    def _function(self, node: Node) -> Kind:
        function = FUNCTIONS[node["value"]]
        parameters = function.shape.parameters
        for position, child in enumerate(children(node)):
            if child["type"] == "expref":
                continue
            given = self.kind(child)
            wanted = parameters[min(position, len(parameters) - 1)]
            name = "string" if given.name in _TEXTUAL else given.name
            nullable = function.null and position == 0
            if name and wanted.kinds and name not in wanted.kinds and not (nullable and name == "null"):
                message = f"{node['value']} takes {wanted.text}, and {given.words} is {given.name}"
                self._wrong(message, given.words)
        if node["value"] == "shift" and children(node):
            return self.kind(children(node)[0])
        name = _RESULTS.get(node["value"], "")
        return Kind(name=name, words=f"{node['value']}()" if name else "")


class _OverLines(_Follow):
    """Reads a list of other rows as well; what stands inside them is followed as what it is."""

    def __init__(
        self, types: Mapping[str, Field], unread: Collection[str], code: str, lines: Mapping[str, Field]
    ) -> None:
        super().__init__(types, unread, code)
        self._lines = lines
        self._inside: set[str] = set()

    def kind(self, node: Node) -> Kind:
        """As elsewhere; ``lines`` itself is an array, and projections of it read its elements."""
        if _is_lines(node):
            self.read.add(LINES)
            return Kind(name="array", words=LINES)
        below = children(node)
        if node["type"].endswith("projection") and _is_lines(_base(below[0])):
            self.read.add(LINES)
            inside = _Follow(self._lines, (), self._code)
            for each in below[1:]:
                inside.kind(each)
            self.faults += inside.faults
            self._inside |= inside.read
            return Kind(name="array", words=LINES)
        if node["type"] in {"subexpression", "index_expression"} and any(map(_is_lines, below)):
            self._wrong("lines have no order and no names of their own: read them as lines[].field", LINES)
            return _UNKNOWN
        if any(each["type"] == "expref" for each in below):
            self._wrong("what & reads of lines is not followed: read them as lines[].field", "&")
        return super().kind(node)

    def finish(self) -> None:
        """It reads lines, and amounts of one currency only."""
        if LINES not in self.read:
            self._wrong("it does not read lines: without over it holds for each record", "")
        for name in sorted(self._inside):
            kind = self._lines.get(name)
            loose = isinstance(kind, Money) and kind.in_ is None
            if loose and f"{name}_currency" not in self._inside:
                self._wrong(
                    "amounts in different currencies have no sum: write"
                    f" length(unique(lines[].{name}_currency)) > `1` || …",
                    name,
                )


def _is_lines(node: Node) -> bool:
    return bool(node["type"] == "field" and node["value"] == LINES)


def _base(node: Node) -> Node:
    return children(node)[0] if node["type"] == "flatten" else node
