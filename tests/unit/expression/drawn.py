"""Random expressions, as trees and as text, and random documents for them to read."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

KEYS = ("a", "b", "c", "d e")
TEXTS = ("", "a", "b", "12", "-3", "xyz", "é", "0")
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
SHARED_FUNCTIONS = {
    "abs": "v",
    "ceil": "v",
    "contains": "vv",
    "ends_with": "vv",
    "floor": "v",
    "join": "tv",
    "keys": "v",
    "length": "v",
    "map": "ev",
    "max": "v",
    "max_by": "ve",
    "merge": "vo",
    "min": "v",
    "min_by": "ve",
    "not_null": "vvv",
    "reverse": "v",
    "sort": "v",
    "sort_by": "ve",
    "starts_with": "vt",
    "sum": "v",
    "to_array": "v",
    "to_number": "v",
    "type": "v",
    "values": "v",
}
"""Arguments: any value, a text, an object, an expression for each element."""
ARITHMETIC = {"add": "nn", "avg": "v", "divide": "nn", "multiply": "nn", "round": "np", "subtract": "nn"}

Tree = tuple[Any, ...]


@dataclass(slots=True, kw_only=True)
class Drawer:
    """Draws from a seeded generator; with ``decimals`` numbers have fractions."""

    draw: random.Random
    decimals: bool = False

    def record(self) -> Any:
        """What an expression reads: most often an object with all keys."""
        if self.draw.random() < 0.15:
            return self.document()
        return {key: self.document(3) for key in KEYS}

    def document(self, depth: int = 4) -> Any:
        """A value of JSON; numbers are ints and, with ``decimals``, Fractions that end."""
        kind = self.draw.random()
        if depth == 0 or kind < 0.25:
            return self.scalar()
        size = self.draw.randrange(4)
        if kind < 0.65:
            if self.draw.random() < 0.4:
                pool = self.number if self.draw.random() < 0.5 else self.text
                return [pool() for _ in range(size)]
            return [self.document(depth - 1) for _ in range(size)]
        return {key: self.document(depth - 1) for key in self.draw.sample(KEYS, k=min(size + 1, 4))}

    def scalar(self) -> Any:
        """Null, a boolean, a text or a number."""
        kind = self.draw.randrange(8)
        if kind < 2:
            return (None, True, False)[self.draw.randrange(3)]
        return self.text() if kind < 5 else self.number()

    def text(self) -> str:
        """A short text."""
        return self.draw.choice(TEXTS)

    def number(self) -> int | Fraction:
        """A small number, often 0 or 1."""
        if self.decimals and self.draw.random() < 0.7:
            places = 10 ** self.draw.randrange(1, 4)
            return Fraction(self.draw.randrange(-5000, 5000), places)
        return self.draw.choice((0, 1, 2, -1, 7, 12, 100))

    def tree(self, depth: int = 3) -> Tree:
        """An expression."""
        kind = self.draw.random()
        if depth == 0 or kind < 0.15:
            return self._leaf()
        if kind < 0.35:
            return ("path", self._base(depth), self._steps(depth))
        if kind < 0.55:
            return self._projection(depth)
        if kind < 0.65:
            return ("compare", self.draw.choice(COMPARISONS), self.tree(depth - 1), self.tree(depth - 1))
        if kind < 0.75:
            return (self.draw.choice(("or", "and", "pipe")), self.tree(depth - 1), self.tree(depth - 1))
        if kind < 0.78:
            return ("not", self.tree(depth - 1))
        if kind < 0.86:
            return self._select(depth)
        return self._call(depth)

    def calculation(self, depth: int = 3) -> Tree:
        """Arithmetic on fields and literals that are numbers."""
        if depth == 0 or self.draw.random() < 0.2:
            field = ("call", "to_number", (("path", ("current",), (("field", self.draw.choice(KEYS)),)),))
            return field if self.draw.random() < 0.5 else ("literal", self.number())
        name = self.draw.choice(("add", "divide", "multiply", "round", "subtract"))
        second = ("literal", self.draw.randrange(4)) if name == "round" else self.calculation(depth - 1)
        return ("call", name, (self.calculation(depth - 1), second))

    def _leaf(self) -> Tree:
        kind = self.draw.random()
        if kind < 0.7:
            return ("path", ("current",), (("field", self.draw.choice(KEYS)),))
        return ("current",) if kind < 0.8 else ("literal", self.document(1))

    def _base(self, depth: int) -> Tree:
        return ("current",) if self.draw.random() < 0.7 else self.tree(depth - 1)

    def _steps(self, depth: int) -> tuple[Tree, ...]:
        steps: list[Tree] = []
        for _ in range(self.draw.randrange(1, 4)):
            if self.draw.random() < 0.75:
                steps.append(("field", self.draw.choice(KEYS)))
            else:
                steps.append(("index", self.draw.choice((0, 1, -1, -2, 5))))
        if self.draw.random() < 0.2:
            steps.append(self._select(depth))
        return tuple(steps)

    def _projection(self, depth: int) -> Tree:
        base = ("path", self._base(depth), self._steps(depth))
        rest = self._steps(depth) if self.draw.random() < 0.6 else ()
        kind = self.draw.choice(("list", "filter", "flat", "values", "slice"))
        if kind == "values":  # jmespath's parser ends the projection `a.*` after one name
            rest = rest[: rest[:1] != () and rest[0][0] != "index"]
        extra: Any = None
        if kind == "filter":
            extra = self.tree(depth - 1)
        elif kind == "slice":
            extra = tuple(self.draw.choice((None, 0, 1, -1, 2)) for _ in range(2))
            extra = (*extra, self.draw.choice((None, 1, -1, 2)))
        tree: Tree = ("project", kind, base, extra, rest)
        first = ("path", ("current",), (("index", 0),))
        return ("pipe", tree, first) if self.draw.random() < 0.3 else tree

    def _select(self, depth: int) -> Tree:
        if self.draw.random() < 0.5:
            return ("list", tuple(self.tree(depth - 1) for _ in range(self.draw.randrange(1, 4))))
        return self._object(depth)

    def _object(self, depth: int) -> Tree:
        names = self.draw.sample(KEYS, k=self.draw.randrange(1, 4))
        return ("object", tuple((name, self.tree(depth - 1)) for name in names))

    def _call(self, depth: int) -> Tree:
        known = {**SHARED_FUNCTIONS, **ARITHMETIC} if self.decimals else SHARED_FUNCTIONS
        name = self.draw.choice(sorted(known))
        return ("call", name, tuple(self._argument(kind, depth) for kind in known[name]))

    def _argument(self, kind: str, depth: int) -> Tree:
        if kind == "o":
            return self._object(depth)
        if kind == "e":
            return ("each", self.tree(depth - 1))
        if kind == "t":
            return ("literal", self.text())
        if kind == "p":
            return ("literal", self.draw.randrange(4))
        if kind == "n" and self.draw.random() < 0.4:
            return ("literal", self.number())
        return self.tree(depth - 1)


def json_of(value: Any) -> str:
    """JSON text of a document; a Fraction that ends becomes its decimal."""
    if isinstance(value, Fraction):
        sign, scaled = "-" if value < 0 else "", abs(value) * 1000
        return f"{sign}{scaled.numerator // 1000}.{scaled.numerator % 1000:03}"
    if isinstance(value, list):
        return f"[{','.join(map(json_of, value))}]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{json_of(each)}" for key, each in value.items()) + "}"
    return json.dumps(value)


def text_of(tree: Tree) -> str:  # noqa: PLR0911 # one form a kind
    """How an expression is written; whatever is combined stands in parentheses."""
    kind = tree[0]
    if kind == "current":
        return "@"
    if kind == "literal":
        return f"`{json_of(tree[1])}`"
    if kind == "path":
        return _chained(tree[1], tree[2])
    if kind == "project":
        return _projected(tree)
    if kind in {"or", "and", "pipe"}:
        sign = {"or": "||", "and": "&&", "pipe": "|"}[kind]
        return f"({text_of(tree[1])} {sign} {text_of(tree[2])})"
    if kind == "compare":
        return f"({text_of(tree[2])} {tree[1]} {text_of(tree[3])})"
    if kind == "not":
        return f"!({text_of(tree[1])})"
    if kind == "each":
        return f"&({text_of(tree[1])})"
    if kind == "list":
        return f"[{', '.join(map(text_of, tree[1]))}]"
    if kind == "object":
        return "{" + ", ".join(f'"{name}": {text_of(each)}' for name, each in tree[1]) + "}"
    return f"{tree[1]}({', '.join(map(text_of, tree[2]))})"


def _chained(base: Tree, steps: tuple[Tree, ...]) -> str:
    if base == ("current",) and steps and steps[0][0] == "field":
        return _rest(steps)[1:]
    return f"({text_of(base)}){_rest(steps)}"


def _rest(steps: tuple[Tree, ...]) -> str:
    written = ""
    for step in steps:
        if step[0] == "field":
            written += f'."{step[1]}"'
        elif step[0] == "index":
            written += f"[{step[1]}]"
        else:
            written += f".{text_of(step)}"
    return written


def _projected(tree: Tree) -> str:
    _, kind, base, extra, rest = tree
    if kind == "filter":
        sign = f"[?{text_of(extra)}]"
    if kind == "slice":
        start, stop, step = ("" if part is None else part for part in extra)
        # jmespath's parser makes no projection of a slice right after an index, hence the pipe
        return f"({text_of(base)} | @)[{start}:{stop}:{step}]{_rest(rest)}"
    if kind != "filter":
        sign = {"list": "[*]", "flat": "[]", "values": ".*"}[kind]
    return f"({text_of(base)}){sign}{_rest(rest)}"
