"""
What of a body does its stream itself read? Enough to walk on, where the rest is known to be canonical.

A body that came before, byte for byte, was examined then. Only the names that the stream's own
expressions read are decoded of it; a mapping that wants the rest has it read whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import GenericAlias
from typing import Any, TypedDict

import msgspec

from engine.expression import EvaluationError, Expression, Template
from engine.expression.numbers import decode_number
from engine.expression.paths import NamePath, paths
from engine.expression.tree import Node, walk
from engine.fetch.decode.elements import steps_of
from engine.fetch.decode.json import short_numbers
from engine.fetch.reads import texts
from engine.fetch.stream import Stream

_typed: Any = TypedDict
"""Made from names that are only known as it runs."""

_STEPS = frozenset(
    (
        *("field", "identity", "index", "index_expression", "literal", "pipe", "slice", "subexpression"),
        *("filter_projection", "flatten", "projection"),
        *("and_expression", "not_expression", "or_expression"),
    )
)


class Skimmer:
    """Decodes the names that a stream reads; keeps no state."""

    def __init__(self, records: Expression, path: Sequence[str], names: frozenset[str]) -> None:
        """``path``: where ``records`` finds its list; ``names``: all that is read in it, and around it."""
        self._records, self._path = records, tuple(path)
        wanted = dict.fromkeys(sorted(names), Any)
        kind: Any = GenericAlias(list, (_typed("Record", wanted, total=False),))
        for name in reversed(self._path):
            kind = _typed("Around", {**wanted, name: kind}, total=False)
        self._decoder = msgspec.json.Decoder(kind, float_hook=decode_number)

    def skim(self, body: bytes) -> tuple[Any, list[Any]] | None:
        """The document and its records, of both these names only; None where it has to be read whole."""
        if not short_numbers(body):
            return None
        try:
            document = listed = self._decoder.decode(body)
            found = self._records.search(document)
        except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError, EvaluationError):
            return None
        for name in self._path:
            listed = listed.get(name, {})
        return (document, found) if found is listed and found and all(found) else None


def skimmer(stream: Stream) -> Skimmer | None:
    """What skims a stream's bodies; None where its expressions may look at a record as a whole."""
    if stream.records is None or stream.partial:
        return None
    lists = set(_lists(stream.records.tree))
    path = lists.pop() if lists else None
    if path is None or lists:
        return None
    names: set[str] = set()
    for expression in (*_own(stream), stream.records):
        read = paths(expression)
        names.update(name for each in read for name in each)
        if () in read:
            return None
        if expression is not stream.records and any(_meets(each, path) for each in read):
            nodes = list(walk(expression.tree))
            if not all(map(_stepping, nodes)):
                return None
            names.update(node["value"] for node in nodes if node["type"] == "field")
    return Skimmer(stream.records, path, frozenset(names))


def _own(stream: Stream) -> Iterator[Expression]:
    """Every expression that reads an answer or a record of the stream, but ``records``."""
    reading = (stream.key, stream.version, stream.when, stream.pagination, stream.incremental)
    for _, text in texts((), (*reading, stream.deletes, stream.errors)):
        yield from text.expressions if isinstance(text, Template) else (text,)


def _lists(node: Node) -> Iterator[NamePath | None]:
    """The paths that ``records`` may choose between, literals apart; None is anything else."""
    path = steps_of(node)
    if path is not None:
        yield path
    elif node["type"] == "or_expression":
        for child in node["children"]:
            yield from _lists(child)
    elif node["type"] == "function_expression" and node["value"] == "if":
        for child in node["children"][1:]:
            yield from _lists(child)
    elif node["type"] != "literal":
        yield None


def _meets(read: NamePath, records: NamePath) -> bool:
    """Whether what is read of an answer holds its records, or is inside of them."""
    if read[0] != "body":
        return False
    inside = read[1:]
    return all(here == there for here, there in zip(inside, records, strict=False))


def _stepping(node: Node) -> bool:
    """Whether a node only steps through names, so that what is not named cannot matter to it."""
    if node["type"] == "comparator":
        return any(_scalar(each) for each in node["children"])
    return node["type"] in _STEPS


def _scalar(node: Node) -> bool:
    return node["type"] == "literal" and not isinstance(node["value"], list | dict)
