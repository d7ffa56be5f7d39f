"""What do the files of a project say themselves? Their words, the keys that they name, and their paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

from engine.expression import Expression, Template
from engine.expression.parts import PART_NAMES
from engine.expression.tree import walk
from engine.mapping.lookups import NO_TABLES, Tables
from engine.mapping.rules import Lookup

_UNKNOWN: Final = "\0"
"""Stands in a path for what is spliced in."""


def words_of(*sources: Any, tables: Tables = NO_TABLES) -> frozenset[str]:
    """Every text that documents of the project say: literals, keys of maps, constants, cells of tables."""
    found: set[str] = set()
    for each in _parts(*sources):
        if isinstance(each, Expression):
            literals = (node["value"] for node in walk(each.tree) if node["type"] == "literal")
            found |= {text for literal in literals for text in _texts(literal)}
        elif isinstance(each, Lookup):
            found |= {cell for _, cells in tables.table(each.table).rows for cell in cells}
        elif isinstance(each, str):
            found.add(each)
        elif isinstance(each, Mapping):
            found |= {key for key in each if isinstance(key, str)}
    return frozenset(found)


def names_of(*sources: Any) -> frozenset[str]:
    """Every key of an object that an expression names, and those of the parts of a time."""
    return PART_NAMES | {
        node["value"]
        for each in _parts(*sources)
        if isinstance(each, Expression)
        for node in walk(each.tree)
        if node["type"] == "field"
    }


def segments_of(template: Template | None, config: Mapping[str, Any]) -> frozenset[str]:
    """The steps of a path that a template and ``config`` say whole; what else is spliced in says none."""
    if template is None:
        return frozenset()
    text = "".join(
        part if isinstance(part, str) else str(config.get(_setting(part), _UNKNOWN))
        for part in template.parts
    )
    path = text.partition("://")[2].partition("/")[2] if "://" in text else text
    return frozenset(each for each in path.split("/") if _UNKNOWN not in each)


def _setting(expression: Expression) -> str:
    """The key of ``config`` that an expression is."""
    scope, _, name = expression.text.strip().partition(".")
    return name if scope == "config" else ""


def _texts(literal: Any) -> Iterator[str]:
    if isinstance(literal, str):
        yield literal
    elif isinstance(literal, list | dict):
        for each in literal:
            yield from _texts(each)
        for each in literal.values() if isinstance(literal, dict) else ():
            yield from _texts(each)


def _parts(*sources: Any) -> Iterator[Any]:
    """Everything that stands below: expressions are not opened, all else is."""
    waiting: list[Any] = list(sources)
    while waiting:
        each = waiting.pop()
        yield each
        if isinstance(each, Template):
            waiting += each.parts
        elif isinstance(each, Expression | str):
            continue
        elif isinstance(each, Mapping):
            waiting += each.values()
        elif isinstance(each, list | tuple | set | frozenset):
            waiting += each
        elif is_dataclass(each):
            waiting += [getattr(each, one.name) for one in fields(each)]
