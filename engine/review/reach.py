"""
Which paths of a record can an expression read? From its tree alone; the elements of a list are one path.

A value that is only looked at (is it there, how long is it, which keys has it) is read by itself, and not
what stands below it: ``length(items)`` knows no price.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Final, NamedTuple

from engine.expression import Expression
from engine.expression.tree import Node, children


class Fold(Enum):
    """A step that stands for many."""

    EACH = "[*]"
    """Every element of a list."""
    ANY = "*"
    """Every key of an object."""


Steps = tuple[str | Fold, ...]
"""A path: names of keys, and what stands for many."""


class Seen(NamedTuple):
    """What an expression has in hand: what stands at a path of the record."""

    steps: Steps = ()
    lists: int = 0
    """So many lists around it are the expression's own: ``items[*].price`` is a list of prices."""
    entry: bool = False
    """It is ``{key, value}``, of an object's ``entries``."""


TOP: Final = (Seen(),)
_CHAINED: Final = frozenset({"subexpression", "index_expression", "pipe"})
_PASSED: Final = frozenset({"null_if", "reverse", "sort", "unique"})
"""Functions that give what they take first."""
_ANY_OF: Final = frozenset({"merge", "not_null"})
_LOOKED_AT: Final = frozenset({"keys", "length", "type"})


class Reach:
    """The paths that some expressions can read."""

    def __init__(self) -> None:
        self.whole: set[Steps] = set()
        """With all that stands below."""
        self.looked_at: set[Steps] = set()

    def read(self, expression: Expression, start: Sequence[Seen] = TOP) -> None:
        """Note what an expression reads, from ``start`` on."""
        self._take(self._follow(expression.tree, start))

    def ask(self, expression: Expression, start: Sequence[Seen] = TOP) -> None:
        """Note what a condition reads: of its own value only whether it is true."""
        self._look_at(self._follow(expression.tree, start))

    def open(self, expression: Expression, start: Sequence[Seen] = TOP) -> list[Seen]:
        """The elements of the list that ``each`` opens; an object counts as a list of one."""
        found = self._follow(expression.tree, start)
        self._look_at(found)
        return [*_elements(found), *(each for each in found if not each.lists)]

    def covers(self, steps: Steps) -> bool:
        """Whether what stands at a path of the record is read."""
        above = (steps[:size] for size in range(len(steps) + 1))
        if any(_among(each, self.whole) for each in above):
            return True
        return _among(steps, self.looked_at)

    def named(self, steps: Steps) -> frozenset[str]:
        """The keys below a path that expressions name."""
        size = len(steps)
        return frozenset(
            step
            for each in (*self.whole, *self.looked_at)
            if len(each) > size and _same(each[:size], steps) and isinstance(step := each[size], str)
        )

    def _take(self, found: Iterable[Seen]) -> None:
        self.whole.update(each.steps for each in found)

    def _look_at(self, found: Iterable[Seen]) -> None:
        self.looked_at.update(each.steps for each in found)

    def _follow(self, node: Node, here: Sequence[Seen]) -> list[Seen]:
        """What a node gives of what it has in hand; nothing where it computes a value of its own."""
        kind, below = node["type"], children(node)
        if kind in {"current", "identity", "slice"}:
            return list(here)
        if kind == "field":
            return [one for each in here for one in _field(each, node["value"])]
        if kind == "index":
            return _elements(here)
        if kind in _CHAINED:
            for child in below:
                here = self._follow(child, here)
            return list(here)
        if kind == "flatten":
            once = _elements(self._follow(below[0], here))
            return _listed([*once, *_elements(once)])
        if kind.endswith("projection"):
            return self._project(node, here)
        return self._choose(node, here)

    def _project(self, node: Node, here: Sequence[Seen]) -> list[Seen]:
        left, right, *test = children(node)
        source = self._follow(left, here)
        elements = _members(source) if node["type"] == "value_projection" else _elements(source)
        for each in test:
            self._look_at(self._follow(each, elements))
        return _listed(self._follow(right, elements))

    def _choose(self, node: Node, here: Sequence[Seen]) -> list[Seen]:
        """Of several values one, or something that is computed of them."""
        kind, below = node["type"], children(node)
        if kind == "key_val_pair":
            return self._follow(below[0], here)
        if kind == "or_expression":
            return [one for child in below for one in self._follow(child, here)]
        if kind == "and_expression":  # what is left of it is given where it is empty, or false
            self._look_at(self._follow(below[0], here))
            return self._follow(below[1], here)
        if kind == "not_expression":
            self._look_at(self._follow(below[0], here))
            return []
        if kind == "multi_select_list":
            return _listed([one for child in below for one in self._follow(child, here)])
        if kind == "function_expression":
            return self._call(node["value"], below, here)
        for child in below:
            self._take(self._follow(child, here))
        return []

    def _call(self, name: str, arguments: Sequence[Node], here: Sequence[Seen]) -> list[Seen]:
        if any(each["type"] == "expref" for each in arguments):
            return self._call_for_each(name, arguments, here)
        found = [self._follow(each, here) for each in arguments]
        if name in _LOOKED_AT:
            self._look_at(found[0])
            return []
        if name == "if":
            self._look_at(found[0])
            return [one for each in found[1:] for one in each]
        if name in _ANY_OF:
            return [one for each in found for one in each]
        if name in _PASSED:
            for each in found[1:]:
                self._take(each)
            return found[0]
        if name == "to_array":
            return [*found[0], *_listed(found[0])]
        if name == "values":
            return _listed(_members(found[0]))
        if name == "entries":
            return _listed([each._replace(entry=True) for each in found[0]])
        for each in found:
            self._take(each)
        return []

    def _call_for_each(self, name: str, arguments: Sequence[Node], here: Sequence[Seen]) -> list[Seen]:
        """``map(&price, items)``, ``max_by(items, &price)``: an expression over the elements of a list."""
        (inner,) = (children(each)[0] for each in arguments if each["type"] == "expref")
        (over,) = (each for each in arguments if each["type"] != "expref")
        source = self._follow(over, here)
        elements = _elements(source)
        made = self._follow(inner, elements)
        if name == "map":
            return _listed(made)
        self._take(made)
        return source if name == "sort_by" else elements


def _field(seen: Seen, name: str) -> list[Seen]:
    if seen.lists:  # a list has no fields
        return []
    if not seen.entry:
        return [Seen((*seen.steps, name))]
    return [Seen((*seen.steps, Fold.ANY))] if name == "value" else []


def _elements(found: Iterable[Seen]) -> list[Seen]:
    return [
        each._replace(lists=each.lists - 1) if each.lists else Seen((*each.steps, Fold.EACH))
        for each in found
        if each.lists or not each.entry
    ]


def _members(found: Iterable[Seen]) -> list[Seen]:
    return [Seen((*each.steps, Fold.ANY)) for each in found if not each.lists and not each.entry]


def _listed(found: Iterable[Seen]) -> list[Seen]:
    return [each._replace(lists=each.lists + 1) for each in found]


def _among(steps: Steps, patterns: set[Steps]) -> bool:
    return steps in patterns or any(_same(each, steps) for each in patterns)


def _same(pattern: Steps, steps: Steps) -> bool:
    return len(pattern) == len(steps) and all(map(_meets, pattern, steps))


def _meets(one: str | Fold, other: str | Fold) -> bool:
    return one == other or (one is Fold.ANY and isinstance(other, str))
