"""Which rules of a mapping are valid and cannot be meant? Kinds of value held against the types of fields."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from typing import Any, Final

from engine.errors import Problem
from engine.expression import Expression
from engine.expression.doubts import examine
from engine.expression.judge import said
from engine.expression.kinds import GIVEN, NULL, RECORD, Kinds, Reads, anything
from engine.mapping.entity import Entity
from engine.mapping.rules import MappingFile, NameRule, Rule
from engine.spec.component import Component, Path, settings_of
from engine.spec.document import Document

WARNINGS: Final = {
    "map-never": "A key of a map that no value of the rule can ever be.",
    "never-fits": "An expression gives a kind of value that its key never takes.",
}

_TEXT = frozenset({"string", "number", "boolean"})
_LIST = frozenset({"array"})
_TAKES: Mapping[str, frozenset[str]] = {
    "boolean": frozenset({"boolean", "string"}),
    "date": frozenset({"string", "number"}),
    "decimal": frozenset({"string", "number"}),
    "integer": frozenset({"string", "number"}),
    "list": _LIST,
    "money": frozenset({"string", "number"}),
    "quantity": frozenset({"string", "number"}),
    "ref": frozenset({"string", "number"}),
    "timestamp": frozenset({"string", "number"}),
}
"""Kinds that a type reads; other types take text, numbers and booleans."""
_PARTS = frozenset({"array", "object"})
"""Kinds that ``format: parts`` reads."""
_CASES: Mapping[str, Any] = {"lower": str.lower, "upper": str.upper, "trim": str.strip}


def doubts(document: Document[MappingFile], entity: Document[Entity] | None) -> Iterator[Problem]:
    """Warnings about every expression of a mapping, each at its character."""
    mapping = document.draft
    if mapping is None:
        return
    if mapping.when is not None:
        yield from _expression(document, ("when",), mapping.when, RECORD, None, condition=True)
    for at, expression in _expressions(("each",), mapping.each):
        yield from _expression(document, at, expression, RECORD, _LIST)
    for at, expression in _expressions(("key",), mapping.key):
        yield from _expression(document, at, expression, RECORD, _TEXT)
    for at, expression in _expressions(("links",), mapping.links):
        yield from _expression(document, at, expression, RECORD, _TEXT)
    types = {} if entity is None or entity.draft is None else entity.draft.types
    for name, rule in mapping.fields.items():
        kind = types.get(name)
        takes = None if kind is None or kind.tag == "json" else _TAKES.get(kind.tag or "", _TEXT)
        yield from _rule(document, ("fields", name), rule, takes)


def doubts_of_contract(document: Document[Entity]) -> Iterator[Problem]:
    """Warnings about the conditions of an entity: a field that is not required may be missing."""
    entity = document.draft
    if entity is None:
        return
    given = frozenset(name for name, kind in entity.types.items() if kind.required)
    conditions = [
        ((*each.at, "that"), each.of_record, given) for each in entity.constraints if each.of_record
    ]
    conditions += [  # asked only where the record would say the key
        ((*each.at, "unless"), each.unless, given.union(each.on))
        for each in entity.identity
        if each.unless is not None
    ]
    for at, condition, there in conditions:
        reads = Reads(kinds=anything, absent=_absent(there), name="the entity")
        _, found = examine(condition, reads, condition=True)
        for doubt in found:
            yield document.warning(at, doubt.code, doubt.message, doubt.offset)


def _absent(there: Collection[str]) -> Callable[[Sequence[str]], bool]:
    """Whether a field of the entity may be missing."""
    return lambda names: names[0] not in there


def _rule(
    document: Document[MappingFile], at: Path, rule: Rule | NameRule, takes: frozenset[str] | None
) -> Iterator[Problem]:
    reads = GIVEN if rule.of == "partition" else RECORD
    worded = rule.map is not None or rule.lookup is not None
    expected = _TEXT if worded and takes != _LIST else takes
    if isinstance(rule, Rule) and takes is not None and any(each.text == "parts" for each in rule.formats):
        expected = takes | _PARTS
    for path, expression in _expressions((*at, "value"), rule.value):
        found = yield from _expression(document, path, expression, reads, expected)
        if rule.map is not None:
            yield from _keys(document, at, expression, rule.map, found)
    for key in ("zone", "unit", "currency", "per"):
        name = getattr(rule, key, None)
        if isinstance(name, NameRule):
            yield from _rule(document, (*at, key), name, _TEXT)


def _expressions(at: Path, value: Any) -> Iterator[tuple[Path, Expression]]:
    """Every expression below a value, with its place."""
    if isinstance(value, Expression):
        yield at, value
    elif isinstance(value, tuple):
        for index, each in enumerate(value):
            yield from _expressions((*at, index), each)
    elif isinstance(value, Component):
        for key, setting in settings_of(type(value)).items():
            yield from _expressions((*value.at, key), getattr(value, setting.name))


def _expression(
    document: Document[MappingFile],
    path: Path,
    expression: Expression,
    reads: Reads,
    takes: frozenset[str] | None,
    *,
    condition: bool = False,
) -> Generator[Problem, None, Kinds]:
    kinds, found = examine(expression, reads, condition=condition)
    for each in found:
        yield document.warning(path, each.code, each.message, each.offset)
    known = (kinds or frozenset()) - NULL
    if takes is not None and known and not known & takes:
        instead = ": write `| [0]` for the first" if known == {"array"} else ""
        yield document.warning(
            path, "never-fits", f"this gives {said(kinds)}, and {said(takes)} is taken here{instead}"
        )
    return kinds


def _keys(
    document: Document[MappingFile], at: Path, value: Expression, mapped: Mapping[str, Any], kinds: Kinds
) -> Iterator[Problem]:
    """Keys of a map that the value can never be: lower(status) is never ``Active``."""
    function = value.tree["value"] if value.tree["type"] == "function_expression" else ""
    for key in mapped:
        reason = None
        made = _CASES.get(function)
        if made is not None and made(key) != key:
            reason = f"{function}(…) is never {key!r}: write {made(key)!r}"
        elif kinds is not None and kinds <= {"boolean", "null"} and key not in {"true", "false"}:
            reason = f"the value is true or false, never {key!r}"
        if reason is not None:
            yield document.key_warning((*at, "map", key), "map-never", reason)
