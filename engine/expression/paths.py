"""
Which paths of its document does an expression read, and is one of them there? From its tree alone.

A record that is a patch leaves out what it does not change. What a rule reads of it is then not null but
absent, and only the paths that the rule could read tell the two apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.expression.expression import Expression
from engine.expression.tree import Node, children

NamePath = tuple[str, ...]
"""Names from the top of a document, down to where a list begins or something is computed."""

_CHAINED = frozenset({"subexpression", "index_expression", "pipe"})
_OVER_LISTS = frozenset({"projection", "value_projection", "filter_projection", "flatten"})


def paths(expression: Expression) -> frozenset[NamePath]:
    """
    Every path that an expression may read; ``()`` is the whole document.

    A list is one value, whatever is read of its elements: ``phones[?main].number`` reads ``phones``.
    """
    return frozenset(_read(expression.tree))


def present(path: NamePath, document: Any) -> bool:
    """
    Whether a document says anything at a path: null is said, and so is null above it.

    Absent is only a name that an object on the way lacks.
    """
    for name in path:
        if type(document) is not dict:
            return True
        if name not in document:
            return False
        document = document[name]
    return True


def _read(tree: Node) -> Iterator[NamePath]:
    found: list[NamePath] = []
    end = _follow(tree, (), found)
    if end is not None:
        found.append(end)
    return iter(found)


def _follow(node: Node, here: NamePath | None, found: list[NamePath]) -> NamePath | None:
    """Where a node leads from ``here``; None is a computed value, of which nothing more is read."""
    kind = node["type"]
    if kind in {"current", "identity"}:
        return here
    if kind == "field":
        return None if here is None else (*here, node["value"])
    if kind in _CHAINED:
        for child in children(node):
            here = _follow(child, here, found)
        return here
    if kind in {"index", "slice"} or kind in _OVER_LISTS:
        below = children(node)
        end = _follow(below[0], here, found) if below else here
        if end is not None:
            found.append(end)
        return None
    if kind not in {"literal", "expref"}:
        for child in children(node):
            end = _follow(child, here, found)
            if end is not None:
                found.append(end)
    return None
