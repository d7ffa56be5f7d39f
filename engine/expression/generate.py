"""
Expressions as Python statements, many in one function, each shared prefix evaluated once.

The code speculates: it reads ``(value or EMPTY).get(name)`` and lets anything else raise. Whoever
runs it catches every exception and evaluates that record by the closures instead, so both forms
agree. Where it does not raise, its value is the closures' value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from engine.expression.closures import closure
from engine.expression.expression import Expression
from engine.expression.functions import FUNCTIONS
from engine.expression.statements import Statements
from engine.expression.tree import Node, chain, children

_DEEPEST = 12
"""Blocks inside one another; deeper parts are left to closures (Python allows 20)."""
_INLINE = {
    "length": "len({0}) if type({0}) is list else {1}({0})",
    "lower": "{0}.lower() if type({0}) is str else {1}({0})",
    "upper": "{0}.upper() if type({0}) is str else {1}({0})",
    "trim": "{0}.strip() if type({0}) is str else {1}({0})",
    "to_number": "{0} if type({0}) is int or type({0}) is Decimal else {1}({0})",
}
"""Functions of one argument whose usual case needs no call."""
_SIGNS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_CALM = frozenset(
    {
        "and_expression",
        "current",
        "field",
        "filter_projection",
        "identity",
        "index",
        "index_expression",
        "key_val_pair",
        "literal",
        "multi_select_dict",
        "multi_select_list",
        "not_expression",
        "or_expression",
        "pipe",
        "projection",
        "slice",
        "subexpression",
        "value_projection",
    }
)


class Generator(Statements):
    """Adds to statements what evaluates expressions; values are held by names such as ``v7``."""

    def value(self, node: Node, source: str) -> str:
        """Write what evaluates a tree on the value that ``source`` holds; give the name of the result."""
        kind = node["type"]
        if kind in {"identity", "current"}:
            return source
        if kind == "literal":
            return self.assign(self.constant(node["value"]))
        key = (source, _identity(node))
        known = self.known(key)
        if known is None:
            if self.depth > _DEEPEST:
                known = self.assign(f"{self.constant(closure(node))}({source})")
            else:
                known = getattr(self, f"_{kind}")(node, source)
            self.remember(key, known)
        return known

    def result(self, expression: Expression, source: str) -> str:
        """As ``value``, for a whole expression: a result that could be large is weighed."""
        name = self.value(expression.tree, source)
        if expression.grows:
            self.write(f"if type({name}) is list or type({name}) is dict: weigh({name})")
        return name

    def _field(self, node: Node, source: str) -> str:
        if source in self.objects:
            return self.assign(f"{source}.get({node['value']!r})")
        key = ("object", source)
        base = self.known(key)
        if base is None:
            base = self.remember(key, self.assign(f"{source} or EMPTY"))
        return self.assign(f"{base}.get({node['value']!r})")

    def _path(self, node: Node, source: str) -> str:
        steps = chain(node)
        position = 0
        while position < len(steps):
            step = steps[position]
            index = _index_of(steps[position + 1]) if position + 1 < len(steps) else None
            if index == 0 and step["type"] in {"projection", "filter_projection"} and _calm(step):
                source = self._first(step, source)
                position += 2
            elif index in {0, -1} and _sorts(step):
                source = self._end(step, source, "last_of" if index else "first_of")
                position += 2
            else:
                source = self.value(step, source)
                position += 1
        return source

    _subexpression = _index_expression = _pipe = _path

    def _index(self, node: Node, source: str) -> str:
        position = node["value"]
        bound = f"len({source}) > {position}" if position >= 0 else f"len({source}) >= {-position}"
        return self.assign(f"{source}[{position}] if type({source}) is list and {bound} else None")

    def _slice(self, node: Node, source: str) -> str:
        start, stop, step = ("" if part is None else str(part) for part in node["children"])
        return self.assign(f"{source}[{start}:{stop}:{step}] if type({source}) is list else None")

    def _comparator(self, node: Node, source: str) -> str:
        operation, (first, second) = node["value"], node["children"]
        left = self.value(first, source)
        literal = second["value"] if second["type"] == "literal" else ...
        right = self.value(second, source) if literal is ... else self.constant(literal)
        if operation not in _SIGNS:
            sign, negation, identity = ("==", "", "is") if operation == "eq" else ("!=", "not ", "is not")
            if literal is None or type(literal) is bool:
                return self.assign(f"{left} {identity} {right}", "bool")
            if type(literal) is str or (type(literal) is int and literal not in {0, 1}):
                return self.assign(f"{left} {sign} {right}", "bool")
            return self.assign(f"{negation}equal({left}, {right})", "bool")
        general = f"ordered({operation!r}, {left}, {right})"
        if type(literal) is int or type(literal) is str:
            fast = f"{left} {_SIGNS[operation]} {right}"
            return self.assign(f"{fast} if type({left}) is {type(literal).__name__} else {general}")
        return self.assign(general)

    def _function_expression(self, node: Node, source: str) -> str:
        name = node["value"]
        arguments = node["children"]
        if name == "if":
            return self._choice(node, source)
        call = self.constant(FUNCTIONS[name].call)
        if name in _INLINE:
            held = self.value(arguments[0], source)
            return self.assign(_INLINE[name].format(held, call))
        return self.assign(f"{call}({', '.join(self._argument(each, source) for each in arguments)})")

    def _argument(self, node: Node, source: str) -> str:
        if node["type"] == "expref":
            return f"Reference({self._function(node['children'][0])})"
        return self.value(node, source)

    def _choice(self, node: Node, source: str) -> str:
        condition, *branches = node["children"]
        decided = self.value(condition, source)
        name = self.assign("None")
        with self.block(f"if {decided} is not None"):
            for header, branch in zip((f"if {self.truth(decided)}", "else"), branches, strict=True):
                with self.block(header):
                    self.write(f"{name} = {self.value(branch, source)}")
        return name

    def _function(self, node: Node) -> str:
        with self.function() as (name, argument):
            self.write(f"return {self.value(node, argument)}")
        return name

    def _projection(self, node: Node, source: str) -> str:
        elements = self.value(node["children"][0], source)
        return self._collect(node, elements, elements, "list")

    _filter_projection = _projection

    def _value_projection(self, node: Node, source: str) -> str:
        entries = self.value(node["children"][0], source)
        return self._collect(node, entries, f"{entries}.values()", "dict")

    def _collect(self, node: Node, base: str, elements: str, kind: str) -> str:
        name = self.assign("None")
        element = self.variable()
        with self.block(f"if type({base}) is {kind}"):
            self.write(f"{name} = []")
            with self.block(f"for {element} in {elements}"), self._where(node, element):
                found = self.value(node["children"][1], element)
                self.write(f"if {found} is not None: {name}.append({found})")
        return name

    def _first(self, node: Node, source: str) -> str:
        """The first element of a projection, without the others; only where nothing can raise."""
        key = ("first", source, _identity(node))
        known = self.known(key)
        if known is not None:
            return known
        elements = self.value(node["children"][0], source)
        name = self.assign("None")
        element = self.variable()
        with (
            self.block(f"if type({elements}) is list"),
            self.block(f"for {element} in {elements}"),
            self._where(node, element),
        ):
            found = self.value(node["children"][1], element)
            with self.block(f"if {found} is not None"):
                self.write(f"{name} = {found}")
                self.write("break")
        return self.remember(key, name)

    def _end(self, node: Node, source: str, chosen: str) -> str:
        """The element with the first or the last key, without sorting; the keys are read once."""
        end = (chosen, source, _identity(node))
        known = self.known(end)
        if known is not None:
            return known
        elements = self.value(node["children"][0], source)
        read = ("keys", source, _identity(node))
        keys = self.known(read)
        if keys is None:
            self.write(f"if type({elements}) is not list: raise Surprise")
            keys = self.remember(read, self.assign("[]"))
            element = self.variable()
            with self.block(f"for {element} in {elements}"):
                key = self.value(node["children"][1]["children"][0], element)
                self.write(f"{keys}.append({key})")
            self.write(f"check_keys({keys})")
        return self.remember(end, self.assign(f"{chosen}({elements}, {keys})"))

    @contextmanager
    def _where(self, node: Node, element: str) -> Iterator[None]:
        if node["type"] != "filter_projection":
            yield
            return
        condition = self.value(node["children"][2], element)
        with self.block(f"if {self.truth(condition)}"):
            yield

    def _flatten(self, node: Node, source: str) -> str:
        return self.assign(f"flatten({self.value(node['children'][0], source)})")

    def _multi_select_list(self, node: Node, source: str) -> str:
        def literal() -> str:
            return f"[{', '.join(self.value(child, source) for child in node['children'])}]"

        return self._made(source, literal, "list")

    def _multi_select_dict(self, node: Node, source: str) -> str:
        def literal() -> str:
            pairs = ((pair["value"], self.value(pair["children"][0], source)) for pair in node["children"])
            return "{" + ", ".join(f"{name!r}: {value}" for name, value in pairs) + "}"

        return self._made(source, literal, "dict")

    def _made(self, source: str, literal: Callable[[], str], kind: str) -> str:
        if source in self.objects:
            return self.assign(literal(), kind)
        name = self.assign("None")
        with self.block(f"if {source} is not None"):
            self.write(f"{name} = {literal()}")
        return name

    def _or_expression(self, node: Node, source: str) -> str:
        return self._either(node, source, "not ")

    def _and_expression(self, node: Node, source: str) -> str:
        return self._either(node, source, "")

    def _either(self, node: Node, source: str, negation: str) -> str:
        left = self.value(node["children"][0], source)
        name = self.assign(left)
        with self.block(f"if {negation}{self.truth(left)}"):
            self.write(f"{name} = {self.value(node['children'][1], source)}")
        return name

    def _not_expression(self, node: Node, source: str) -> str:
        inner = self.value(node["children"][0], source)
        return self.assign(f"not {self.truth(inner)}", "bool")


def _identity(node: Node) -> tuple[Any, ...]:
    """What two nodes share that do the same; a literal is itself only."""
    value = id(node["value"]) if node["type"] == "literal" else node.get("value")
    if node["type"] == "slice":
        return ("slice", *node["children"])
    return (node["type"], value, *map(_identity, node["children"]))


def _index_of(node: Node) -> int | None:
    return node["value"] if node["type"] == "index" else None


def _sorts(node: Node) -> bool:
    return bool(node["type"] == "function_expression" and node["value"] == "sort_by")


def _calm(node: Node) -> bool:
    """Whether evaluation cannot raise, so that what is not needed may be left out."""
    calm: bool = node["value"] in {"eq", "ne"} if node["type"] == "comparator" else node["type"] in _CALM
    return calm and all(_calm(child) for child in children(node))
