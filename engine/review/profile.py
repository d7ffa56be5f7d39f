"""
What stands in the records of a stream, path by path, and how often? In bounded memory, for any number.

An object whose keys are no names but values (a map by id, by day, by currency) is one path: ``byId.*``. It is
known by keys that look so, or by there being many that few records share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from engine.review.forms import TEXT, form_of, names_records, type_of
from engine.review.reach import Fold, Steps

MOST_KEYS: Final = 500
"""Keys of one object that are told apart."""
MOST_PATHS: Final = 20_000
"""Of one stream; beyond it the widest objects become maps."""
MOST_WORDS: Final = 12
"""Different values of a path that are counted each."""
_LONGEST: Final = 60
"""Characters of a value that is kept."""
_FEW: Final = 24
"""Keys of an object that are names, whoever has them."""
_IDS: Final = 3
"""Keys that look like values make a map from so many on, where all do."""
_SHARED: Final = 0.25
"""Of the records that have the object, so many have a name of it; keys of a map are in fewer."""
_FORMS: Final = 1_000
"""So many values of a path are looked at for the form of their texts."""
_EARLY: Final = 256
"""Records that are counted anew where a map is found among them."""
_DEEPEST: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """What stands at one path."""

    steps: Steps
    records: int
    """That have the path, if only with null."""
    filled: int
    """That have a value there: no null, no empty text, list or object."""
    types: dict[str, int]
    """Values by type."""
    forms: dict[str, int]
    """Texts by what is written in them."""
    words: dict[str, int]
    """The values, while there are few."""
    many: bool
    """There are more different values than ``words`` tells."""
    values: int
    examples: tuple[Any, ...]
    """The first values."""


class _Node:
    __slots__ = (
        "below",
        "each",
        "examples",
        "filled",
        "forms",
        "full",
        "last",
        "many",
        "map",
        "records",
        "types",
        "values",
        "words",
    )  # fmt: skip

    def __init__(self) -> None:
        self.below: dict[str, _Node] = {}
        self.each: _Node | None = None
        self.map: _Node | None = None
        self.records = self.filled = self.values = 0
        self.last = self.full = -1
        self.types: Counter[str] = Counter()
        self.forms: Counter[str] = Counter()
        self.words: Counter[str] = Counter()
        self.many = False
        self.examples: list[Any] = []

    def value(self, value: Any, at: int) -> None:
        """A value that holds no others."""
        kind = type_of(value)
        self.types[kind] += 1
        if value is None or value in ("", [], {}):
            return
        self.values += 1
        if self.full != at:
            self.full = at
            self.filled += 1
        if kind == TEXT and self.values <= _FORMS:
            self.forms[form_of(value)] += 1
        if len(self.examples) < 3:
            self.examples.append(value if kind != TEXT else value[:_LONGEST])
        if self.many:
            return
        word = str(value)
        if len(word) > _LONGEST or (word not in self.words and len(self.words) == MOST_WORDS):
            self.many = True
        else:
            self.words[word] += 1


class Profile:
    """Counts what records hold. ``named``: the keys below a path that are names, because rules name them."""

    def __init__(self, named: Callable[[Steps], frozenset[str]] = lambda _: frozenset()) -> None:
        self.records = 0
        self._named = named
        self._maps: set[Steps] = set()
        self._kept: dict[Steps, frozenset[str]] = {}
        self._early: list[Any] = []
        self._begin()

    def _begin(self) -> None:
        self._top, self._paths = _Node(), 1

    def add(self, record: Any) -> None:
        """Count one record."""
        if self.records < _EARLY:
            self._early.append(record)
        elif self._early:
            self._early = []
        known = len(self._maps)
        self._visit(self._top, (), record, self.records)
        self.records += 1
        while self._paths > MOST_PATHS and self._fold_widest():
            pass
        while len(self._maps) > known and self._early:
            known = len(self._maps)
            self._begin()
            for at, each in enumerate(self._early):
                self._visit(self._top, (), each, at)

    def paths(self) -> Iterator[Stands]:
        """Every path that holds values by itself, in the order in which the records have them."""
        waiting: list[tuple[Steps, _Node]] = [((), self._top)]
        while waiting:
            steps, node = waiting.pop()
            under = [((*steps, name), each) for name, each in node.below.items()]
            under += [((*steps, Fold.ANY), node.map)] if node.map is not None else []
            under += [((*steps, Fold.EACH), node.each)] if node.each is not None else []
            waiting += reversed(under)
            if node.types and (node.values or not under):
                yield Stands(
                    steps=steps,
                    records=node.records,
                    filled=node.filled,
                    types=dict(node.types.most_common()),
                    forms=dict(node.forms.most_common()),
                    words=dict(node.words.most_common()),
                    many=node.many,
                    values=node.values,
                    examples=tuple(node.examples),
                )

    def _visit(self, node: _Node, steps: Steps, value: Any, at: int) -> None:
        if node.last != at:
            node.last = at
            node.records += 1
        if not value or type(value) not in {dict, list} or len(steps) >= _DEEPEST:
            node.value(value if len(steps) < _DEEPEST else None, at)
        elif type(value) is list:
            if node.each is None:
                node.each = self._new()
            for each in value:
                self._visit(node.each, (*steps, Fold.EACH), each, at)
        else:
            self._visit_object(node, steps, value, at)

    def _visit_object(self, node: _Node, steps: Steps, value: dict[str, Any], at: int) -> None:
        known = len(node.below)
        for name, each in value.items():
            found = node.below.get(name)
            if found is None and (steps not in self._maps or name in self._names(steps)):
                found = node.below[name] = self._new()
                if len(node.below) > MOST_KEYS:
                    self._fold(node, steps)
                    found = node.below.get(name)
            if found is not None:
                self._visit(found, (*steps, name), each, at)
            else:
                node.map = node.map or self._new()
                self._visit(node.map, (*steps, Fold.ANY), each, at)
        if len(node.below) > known and steps not in self._maps and self._is_map(node):
            self._fold(node, steps)

    def _names(self, steps: Steps) -> frozenset[str]:
        """The keys of a map that rules name: they stay apart."""
        if steps not in self._kept:
            self._kept[steps] = self._named(steps)
        return self._kept[steps]

    def _new(self) -> _Node:
        self._paths += 1
        return _Node()

    @staticmethod
    def _is_map(node: _Node) -> bool:
        count = len(node.below)
        if count >= _IDS and all(map(names_records, node.below)):
            return True
        if count <= _FEW or len({_shape(each) for each in node.below.values()}) > 1:
            return False
        return sum(each.records for each in node.below.values()) < _SHARED * count * node.records

    def _fold(self, node: _Node, steps: Steps) -> None:
        """Make one path of the keys of an object that no rule names."""
        self._maps.add(steps)
        node.map = node.map or self._new()
        for name in node.below.keys() - self._names(steps):
            self._paths -= _merge(node.map, node.below.pop(name), node.records)

    def _fold_widest(self) -> bool:
        widest, at = max(self._objects(), key=lambda each: len(each[0].below))
        if len(widest.below) <= _IDS:
            return False
        self._fold(widest, at)
        return True

    def _objects(self) -> Iterator[tuple[_Node, Steps]]:
        waiting: list[tuple[_Node, Steps]] = [(self._top, ())]
        while waiting:
            node, steps = waiting.pop()
            yield node, steps
            waiting += [(each, (*steps, name)) for name, each in node.below.items()]
            waiting += [(node.map, (*steps, Fold.ANY))] if node.map is not None else []
            waiting += [(node.each, (*steps, Fold.EACH))] if node.each is not None else []


def _shape(node: _Node) -> str:
    """What kind of value stands there: the keys of a map hold values that are alike."""
    if node.below or node.map is not None:
        return "object"
    if node.each is not None:
        return "list"
    kinds = set(node.types) - {"null"}
    return "number" if kinds <= {"integer", "number"} else "".join(sorted(kinds))


def _merge(into: _Node, gone: _Node, most: int) -> int:
    """
    Count what stood at one path with another; how many paths are gone.

    A record that has both was counted twice: no more than ``most`` have either.
    """
    into.records = min(into.records + gone.records, most)
    into.filled = min(into.filled + gone.filled, most)
    into.last, into.full = max(into.last, gone.last), max(into.full, gone.full)
    into.values += gone.values
    into.types += gone.types
    into.forms += gone.forms
    into.many = into.many or gone.many or len({*into.words, *gone.words}) > MOST_WORDS
    into.words += Counter() if into.many else gone.words
    into.examples = [*into.examples, *gone.examples][:3]
    left = 1
    for name, each in gone.below.items():
        if name in into.below:
            left += _merge(into.below[name], each, most)
        else:
            into.below[name] = each
    for slot in ("each", "map"):
        mine, theirs = getattr(into, slot), getattr(gone, slot)
        if mine is not None and theirs is not None:
            left += _merge(mine, theirs, most)
        elif theirs is not None:
            setattr(into, slot, theirs)
    return left
