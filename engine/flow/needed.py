"""What of a record is needed as it is, so that it is read alike masked? The kind of each of its values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from engine.expression import EvaluationError, Expression
from engine.expression.parts import PART_NAMES
from engine.expression.tree import walk
from engine.fetch.incremental import Windows
from engine.fetch.stream import Stream
from engine.fetch.times import Scale
from engine.flow.stand_ins import Kind
from engine.flow.streams import own_expressions
from engine.mapping.json_bytes import Pointer
from engine.mapping.located import find
from engine.mapping.mapped import opened, sources_of
from engine.mapping.misfit import Misfit
from engine.mapping.plan import Plan
from engine.mapping.readings import Reading, Sources
from engine.mapping.reads import pointers_read
from engine.mapping.steps import CompiledRule
from engine.mapping.trace import at
from engine.records.received import Decoded

_CLOSED: Final = frozenset({"country", "currency"})
"""Types with a list of values that name nobody."""
_MASKED: Final = frozenset({"string", "text", "email", "url", "uuid", "json", "list", "ref"})
"""Types of fields whose values are as good masked; others need what they read."""
_CODES: Final = frozenset({"unit", "per", "currency", "zone"})
_TABLES: Final = frozenset({"map", "lookup"})

Kinds = Mapping[Pointer, Kind]


class Needed:
    """What a stream and its mappings need of records."""

    def __init__(self, stream: Stream, plans: Sequence[Plan]) -> None:
        self._stream, self._plans = stream, plans

    def kinds(self, decoded: Decoded, index: int) -> Kinds:
        """By pointer, of record ``index``: a later kind of a place wins over an earlier one."""
        record = decoded.records[index]
        found: dict[Kind, set[Pointer]] = {kind: set() for kind in Kind}
        for expression in own_expressions(self._stream, keys=False):
            found[Kind.ASKED] |= _leaves(expression, record)
        by = getattr(self._stream.pagination, "by", None)
        for expression in by.values() if isinstance(by, Mapping) else [by] if by is not None else []:
            found[Kind.SORTED] |= _leaves(expression, record)
        found[Kind.WHOLE] |= set(self._ordered(record))
        for plan in self._plans:
            if plan.when is not None:
                found[Kind.ASKED] |= _leaves(plan.when, record)
            roots = _opened(plan, decoded, index)
            if roots is None:  # nobody can tell what its rules would read: any text may be personal
                found[Kind.UNKNOWN] |= set(_texts_in(record))
            for sources, starts in roots or ():
                for at_, kind in _ruled(plan, sources, starts):
                    found[kind].add(at_)
        found[Kind.CODE] -= found[Kind.PERSONAL]
        return {pointer: kind for kind in _WINNING for pointer in found[kind]}

    def _ordered(self, record: Any) -> Iterator[Pointer]:
        """Version and cursor, where they read as what they are declared to be."""
        version, incremental = self._stream.version, self._stream.incremental
        scales: list[tuple[Expression, Scale | None]] = []
        if version is not None:
            scales.append((version.value, Scale(kind=version.type, format=version.format)))
        if incremental is not None and incremental.cursor is not None:
            scales.append((incremental.cursor, Windows(incremental).scale))
        for expression, scale in scales:
            for pointer in pointers_read(expression, record, most=None):
                value = at(record, pointer)
                if isinstance(value, list | dict):
                    continue
                if scale is not None and scale.read(value) is not None:
                    yield pointer


_WINNING: Final = (Kind.UNKNOWN, Kind.ASKED, Kind.SORTED, Kind.READ, Kind.WHOLE, Kind.PERSONAL, Kind.CODE)
"""From the weakest to the strongest."""

Starts = Mapping[str | None, Pointer]
"""Where in the record stands what rules read, by ``of``."""


def _opened(plan: Plan, decoded: Decoded, index: int) -> list[tuple[Sources, Starts]] | None:
    """
    What the rules of a plan read in a record or its elements.

    None where nobody can tell: ``each`` fails, or makes elements that do not stand in the record.
    """
    record = decoded.records[index]
    try:
        elements = opened(plan, record)
    except (EvaluationError, Misfit):
        return None
    found = []
    for each in elements:
        element, parent = find(record, each.element, None), find(record, each.parent, None)
        if element is None or parent is None:
            return None
        starts: Starts = {None: element, "parent": parent, "record": ()}
        found.append((sources_of(decoded, record, each), starts))
    return found


def _ruled(plan: Plan, sources: Sources, starts: Starts) -> Iterator[tuple[Pointer, Kind]]:
    """What the rules of a plan read, and what for."""
    for field, rule in zip(plan.shape.fields, plan.rules, strict=True):
        for reading in rule.leaves if rule is not None else ():
            if rule is None or reading.expression is None or reading.of not in starts:
                continue
            start, root = starts[reading.of], sources.root(reading.of)
            if field.pii and reading.key not in _CODES:
                for pointer in _personal(reading.expression, root):
                    yield (*start, *pointer), Kind.PERSONAL
                continue
            kind = _kind(field.type, rule, reading)
            if kind is None:
                continue
            whole = _whole(rule, reading, sources, root) if kind is Kind.READ else None
            for pointer in _leaves(reading.expression, root):
                alone = pointer == whole
                closed = Kind.CODE if field.type in _CLOSED else Kind.WHOLE
                yield (*start, *pointer), closed if alone else kind


def _kind(type_: str, rule: CompiledRule, reading: Reading) -> Kind | None:
    if reading.key in _CODES or type_ in _CLOSED:
        return Kind.READ
    if type_ == "enum" or any(step.key in _TABLES for step in rule.steps):
        return Kind.ASKED  # the words that it knows are the files' own
    return None if type_ in _MASKED else Kind.READ


def _whole(rule: CompiledRule, reading: Reading, sources: Sources, root: Any) -> Pointer | None:
    """The place of the one value that a reading takes as it is; None where the rule refuses it."""
    if reading.expression is None or rule.beside is not None:
        return None
    places = pointers_read(reading.expression, root)
    try:
        rule.read(sources)
        written = reading.written(sources)
    except (EvaluationError, Misfit):
        return None  # it is a dead letter: what is written there may be anything
    return next((each for each in places if at(root, each) is written), None)


def _personal(expression: Expression, root: Any) -> Iterator[Pointer]:
    """What a personal field is made of; where that fails, everything below the keys that it names."""
    yield from pointers_read(expression, root, most=None)
    try:
        expression.search(root)
    except EvaluationError:
        names = _names(expression)
        yield from (each for each in _below(root, ()) if not names.isdisjoint(each))


def _leaves(expression: Expression, root: Any) -> set[Pointer]:
    """
    The single values that an expression reads.

    Of a list or an object that it takes whole, those below keys that it names: the rest goes through
    it unread.
    """
    found: set[Pointer] = set()
    names = _names(expression) | PART_NAMES
    for pointer in pointers_read(expression, root, most=None):
        value = at(root, pointer)
        found |= {
            (*pointer, *each)
            for each in _below(value, ())
            if all(step in names for step in each if isinstance(step, str))
        }
    return found


def _names(expression: Expression) -> frozenset[str]:
    return frozenset(node["value"] for node in walk(expression.tree) if node["type"] == "field")


def _below(value: Any, place: Pointer) -> Iterator[Pointer]:
    """Where the single values in a value stand."""
    if isinstance(value, dict | list):
        for step, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _below(each, (*place, step))
    else:
        yield place


def _texts_in(record: Any) -> Iterator[Pointer]:
    return (each for each in _below(record, ()) if isinstance(at(record, each), str))
