"""The syntax tree, as jmespath's parser makes it: its measures and its canonical form."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from engine.expression.numbers import number_text

Node = dict[str, Any]
"""
``{type, children, value}``; the children of a slice are integers or None.

Whatever was parsed as a part of its own has ``start``, its offset in the text; a field in quotes ``quoted``.
"""


def children(node: Node) -> list[Node]:
    """The nodes below a node."""
    return [] if node["type"] == "slice" else node["children"]


def walk(tree: Node) -> Iterator[Node]:
    """Every node, parents first."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def measure(tree: Node) -> tuple[int, int]:
    """How many nodes there are, and how deep they nest."""
    nodes = deepest = 0
    waiting = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        nodes += 1
        deepest = max(deepest, depth)
        waiting.extend((child, depth + 1) for child in children(node))
    return nodes, deepest


_PASSED_ON = frozenset(
    {"subexpression", "index_expression", "pipe", "projection", "value_projection", "filter_projection"}
)
_COLLECTED = frozenset({"multi_select_list", "multi_select_dict"})


def copies(node: Node) -> int:
    """How often, at most, a result repeats what the expression reads; its depth is limited before."""
    kind = node["type"]
    parts = [copies(child) for child in children(node)]
    if kind in _PASSED_ON:
        product = 1
        for part in parts[:2] if kind == "filter_projection" else parts:
            product *= max(part, 1)
        return product
    if kind in _COLLECTED:
        return sum(parts)
    if kind == "function_expression":
        if node["value"] in {"map", "replace"}:
            product = 1
            for part in parts:
                product *= max(part, 1)
            return product
        return sum(parts)
    return max(parts, default=1)


_TEXT_MAKERS = frozenset({"base64", "concat", "join", "pad", "replace", "to_string", "url_encode"})


def grows(tree: Node) -> bool:
    """Whether a result that is a list or an object can be much larger than what was read."""
    made = any(node["type"] == "function_expression" and node["value"] in _TEXT_MAKERS for node in walk(tree))
    return made or copies(tree) > 64


def canonical(node: Node) -> Any:
    """The tree as JSON-able lists; equal for expressions that differ in spaces and quotes only."""
    if node["type"] == "slice":
        return ["slice", *node["children"]]
    if node["type"] == "literal":
        return ["literal", _literal(node["value"])]
    named = [node["value"]] if "value" in node else []
    return [node["type"], *named, *map(canonical, node["children"])]


def _literal(value: Any) -> Any:
    """Decimals are marked, so that the number 1.5 and the text ``1.5`` differ."""
    if isinstance(value, Decimal):
        return {"number": number_text(value)}
    if isinstance(value, list):
        return [_literal(each) for each in value]
    if isinstance(value, dict):
        return {"object": {key: _literal(each) for key, each in value.items()}}
    return value


_CHAINS = frozenset({"subexpression", "index_expression", "pipe"})


def chain(node: Node) -> list[Node]:
    """The steps that a value goes through one after the other; nested chains are opened."""
    steps: list[Node] = []
    waiting = [node]
    while waiting:
        step = waiting.pop()
        if step["type"] in _CHAINS:
            waiting.extend(reversed(step["children"]))
        elif step["type"] not in {"identity", "current"}:
            steps.append(step)
    return steps or [{"type": "identity", "children": []}]
