"""Which names of its document does an expression read?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.expression import Expression

Read = tuple[str, str | None]
"""A name at the top, and the name below it where the expression goes on to one."""

_STEPS = frozenset({"index_expression", "projection", "value_projection", "filter_projection"})


def reads(expression: Expression) -> frozenset[Read]:
    """``secret.key`` gives ``("secret", "key")``; what a projection reads is not of its document."""
    return frozenset(_reads(expression.tree))


def _reads(node: dict[str, Any]) -> Iterator[Read]:
    kind = node["type"]
    if kind == "field":
        yield node["value"], None
        return
    if kind in {"literal", "identity", "current", "slice", "index", "expref"}:
        return
    children = node["children"]
    if kind in {"subexpression", "pipe"}:
        yield from _chained(children)
        return
    for child in children[:1] if kind in _STEPS else children:
        yield from _reads(child)


def _chained(steps: list[dict[str, Any]]) -> Iterator[Read]:
    """The first step reads the document, the next one only where the first was the document itself."""
    first, rest = steps[0], steps[1:]
    if first["type"] in {"identity", "current"} and rest:
        yield from _chained(rest)
    elif first["type"] == "field":
        below = rest[0]["value"] if rest and rest[0]["type"] == "field" else None
        yield first["value"], below
    else:
        yield from _reads(first)
