"""Which values did an expression read? Its tree, followed once more with the pointers of what it touches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from engine.expression import EvaluationError, Expression
from engine.expression.closures import closure
from engine.expression.tree import Node, children
from engine.expression.values import truth
from engine.mapping.json_bytes import Pointer

MOST_READS: Final = 50
"""Pointers kept of one expression; one over a long list reads more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A value, and where it stands; without a pointer it was computed, or is missing."""

    value: Any
    pointer: Pointer | None


class _Reads(dict[Pointer, None]):
    """Pointers in the order in which they were first read, ``most`` of them."""

    def __init__(self, most: int | None) -> None:
        self.most = most

    @property
    def enough(self) -> bool:
        return self.most is not None and len(self) > self.most


def pointers_read(
    expression: Expression, document: Any, *, most: int | None = MOST_READS
) -> tuple[Pointer, ...]:
    """
    The pointers of the values that an expression takes from a document, in order, each once.

    At most ``most``, or all. Of an expression that fails, those that it took before it did.
    """
    reads = _Reads(most)
    try:
        end = _follow(expression.tree, Located(value=document, pointer=()), reads)
    except EvaluationError:
        return tuple(reads)[:most]
    if end.pointer is not None:
        reads[end.pointer] = None
    return tuple(reads)[:most]


def _follow(node: Node, here: Located, reads: _Reads) -> Located:
    """Evaluate a node, noting what is read on the way to a computed value."""
    kind = node["type"]
    if kind in {"current", "identity"}:
        return here
    if kind == "key_val_pair":
        return _follow(node["children"][0], here, reads)
    if kind == "field":
        known = type(here.value) is dict and node["value"] in here.value
        return _step(here, node["value"]) if known else Located(value=None, pointer=None)
    if kind == "index":
        size = len(here.value) if type(here.value) is list else 0
        index = node["value"] + (size if node["value"] < 0 else 0)
        return _step(here, index) if 0 <= index < size else Located(value=None, pointer=None)
    if kind in {"subexpression", "index_expression", "pipe"}:
        for child in children(node):
            here = _follow(child, here, reads)
        return here
    if kind in {"or_expression", "and_expression"}:
        left = _follow(node["children"][0], here, reads)
        if truth(left.value) == (kind == "or_expression"):
            return left
        _note(left, reads)
        return _follow(node["children"][1], here, reads)
    for each in _inputs(node, here, reads):
        _note(each, reads)
    return Located(value=closure(node)(here.value), pointer=None)


def _inputs(node: Node, here: Located, reads: _Reads) -> Iterable[Located]:
    """What a node that computes takes in."""
    kind = node["type"]
    if kind.endswith("projection") or kind == "flatten":
        return _projected(node, here, reads)
    if kind in {"literal", "slice", "expref"}:
        return () if kind == "literal" else (here,)
    return _arguments(node, here, reads)


def _arguments(node: Node, here: Located, reads: _Reads) -> Iterator[Located]:
    for child in children(node):
        try:
            yield _follow(child, here, reads)
        except EvaluationError:
            continue  # a branch that `if` did not take


def _projected(node: Node, here: Located, reads: _Reads) -> Iterator[Located]:
    below = children(node)
    if len(below) == 1:
        yield from _spread(node, here, reads)
        return
    for each in _spread(below[0], here, reads):
        if reads.enough:
            return
        if len(below) > 2:
            test = _follow(below[2], each, reads)
            _note(test, reads)
            if not truth(closure(below[2])(each.value)):
                continue
        yield _follow(below[1], each, reads)


def _spread(node: Node, here: Located, reads: _Reads) -> Iterator[Located]:
    """The elements that a projection goes over."""
    if node["type"] == "flatten":
        for each in _spread(node["children"][0], here, reads):
            yield from _elements(each) if type(each.value) is list else [each]
    elif node["type"].endswith("projection"):
        yield from _projected(node, here, reads)
    else:
        yield from _elements(_follow(node, here, reads))


def _elements(source: Located) -> Iterator[Located]:
    value = source.value
    if type(value) is list:
        for index in range(len(value)):
            yield _step(source, index)
    elif type(value) is dict:
        for name in value:
            yield _step(source, name)


def _step(here: Located, step: str | int) -> Located:
    return Located(value=here.value[step], pointer=None if here.pointer is None else (*here.pointer, step))


def _note(found: Located, reads: _Reads) -> None:
    if found.pointer is not None:
        reads[found.pointer] = None
