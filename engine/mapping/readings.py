"""Where is a value read from? One expression or constant, over one part of what came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.expression import Expression, text_of
from engine.mapping.misfit import Misfit, kind_of, shown
from engine.mapping.parts import Root
from engine.mapping.rules import Constant, NameRule, Rule
from engine.spec.component import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What rules may read: as decoded, never changed."""

    element: Any
    """What rules read that do not say ``of``: the record, after ``each`` one element of it."""
    record: Any
    parent: Any = None
    partition: Mapping[str, Any] | None = None
    body: Any = None

    def root(self, of: Root | None) -> Any:
        """Give the part that ``of`` names."""
        if of is None:
            return self.element
        if of == "record":
            return self.record
        if of == "parent":
            return self.parent
        return self.partition if of == "partition" else self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One thing that a rule reads. Without an expression it is the constant."""

    key: str
    """The rule's key that it belongs to: ``value``, ``unit``, ``per``, ``currency`` or ``zone``."""
    expression: Expression | None = None
    of: Root | None = None
    constant: Any = None
    parts: tuple[Reading, ...] = ()
    """Of a key of several parts: what they are read by."""
    blank: frozenset[str] = frozenset()
    """Texts that are null where an expression gives them."""

    @property
    def text(self) -> str:
        """What it reads, as it is written."""
        if self.parts:
            return f"[{', '.join(part.text for part in self.parts)}]"
        return shown(self.constant) if self.expression is None else self.expression.text

    @property
    def leaves(self) -> tuple[Reading, ...]:
        """The single things that it reads."""
        return self.parts or (self,)

    def read(self, sources: Sources) -> Any:
        """Evaluate it, several parts to a tuple or null; raises the expression room's ``EvaluationError``."""
        value = self.written(sources)
        return None if self.hides(value) else value

    def written(self, sources: Sources) -> Any:
        """Evaluate it, and leave a blank text as it is."""
        if self.parts:
            values = tuple([part.read(sources) for part in self.parts])
            return None if None in values else values
        if self.expression is None:
            return self.constant
        return self.expression.search(sources.root(self.of))

    def hides(self, value: Any) -> bool:
        """Whether a value is one of the blank texts; numbers never are."""
        return type(value) is str and value in self.blank and self.expression is not None

    def meaning(self) -> Any:
        """What a fingerprint is taken over."""
        if self.parts:
            return {"parts": [part.meaning() for part in self.parts]}
        if self.expression is None:
            return {"constant": repr(self.constant)}
        said = {"value": self.expression.meaning(), "of": self.of}
        return said | {"blank": sorted(self.blank)} if self.blank else said


Look = Callable[[Any], Any]


def lookup(rule: Rule | NameRule) -> Look | None:
    """
    ``map`` and ``otherwise`` as one function of a value that is not null; None without a ``map``.

    A ``lookup`` counts as the map that ``consult`` made of it.
    """
    if rule.map is None:
        return None
    table, otherwise = dict(rule.map), rule.otherwise
    missing = otherwise.constant if isinstance(otherwise, Constant) else None
    refuses = otherwise in {None, "reject"} if not isinstance(otherwise, Constant) else False
    code, place = "map-miss", "the map"
    if rule.lookup is not None:
        code, place = "lookup-miss", f"column {rule.lookup.from_} of table {rule.lookup.table}"

    def look(value: Any) -> Any:
        if isinstance(value, list | dict):
            raise Misfit("wrong-type", f"{kind_of(value)} cannot be looked up")
        text = text_of(value)
        if text in table:
            return table[text]
        if refuses:
            raise Misfit(code, f"{shown(text)} is not in {place}")
        return missing

    return look


def outputs(rule: Rule | NameRule) -> list[tuple[Path, Any]]:
    """Everything that a ``map`` or a table can give, with its place below the rule; nulls left out."""
    words = rule.map or {}
    found: list[tuple[Path, Any]] = [(("map", key), value) for key, value in words.items()]
    if rule.lookup is not None:
        found = [(("lookup", "to"), value) for value in dict.fromkeys(words.values())]
    if isinstance(rule.otherwise, Constant):
        found.append((("otherwise", "constant"), rule.otherwise.constant))
    return [(path, value) for path, value in found if value is not None]
