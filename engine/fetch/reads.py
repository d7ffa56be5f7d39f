"""Which names of its document does an expression read? And where do expressions stand at all?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any

from engine.expression import Expression, Template
from engine.spec.component import Component, Path, settings_of

Read = tuple[str, str | None]
"""A name at the top, and the name below it where the expression goes on to one."""

Spot = tuple[Path, Expression | Template]

_STEPS = frozenset({"index_expression", "projection", "value_projection", "filter_projection"})


def reads(expression: Expression) -> frozenset[Read]:
    """``secret.key`` gives ``("secret", "key")``; what a projection reads is not of its document."""
    return frozenset((each[0], each[1] if len(each) > 1 else None) for each in chains(expression))


def chains(expression: Expression) -> frozenset[tuple[str, ...]]:
    """The same with all names on the way: ``page.token.id`` gives ``("page", "token", "id")``."""
    return frozenset(_chains(expression.tree))


def texts(at: Path, value: Any) -> Iterator[Spot]:
    """Every expression and template below a value, with its place."""
    if isinstance(value, Expression | Template):
        yield at, value
    elif isinstance(value, Component):
        for key, setting in settings_of(type(value)).items():
            yield from texts((*at, key), getattr(value, setting.name, None))
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from texts((*at, key), each)
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from texts((*at, index), each)


def spliced(value: Any) -> frozenset[tuple[str, ...]]:
    """What the templates below a value read."""
    return frozenset(
        chain
        for _, text in texts((), value)
        if isinstance(text, Template)
        for expression in text.expressions
        for chain in chains(expression)
    )


def _chains(node: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    kind = node["type"]
    if kind == "field":
        yield (node["value"],)
        return
    if kind in {"literal", "identity", "current", "slice", "index", "expref"}:
        return
    children = node["children"]
    if kind in {"subexpression", "pipe"}:
        yield from _chained(children)
        return
    for child in children[:1] if kind in _STEPS else children:
        yield from _chains(child)


def _chained(steps: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """The first step reads the document, the next one only where the first was the document itself."""
    first, rest = steps[0], steps[1:]
    if first["type"] in {"identity", "current"} and rest:
        yield from _chained(rest)
    elif first["type"] == "field":
        below = takewhile(lambda step: step["type"] == "field", rest)
        yield (first["value"], *(step["value"] for step in below))
    else:
        yield from _chains(first)
