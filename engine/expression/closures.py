"""
The exact evaluation: a syntax tree becomes nested Python functions, each ``document -> value``.

This is the reference form. Generated code must agree with it, and falls back to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.expression.functions import FUNCTIONS
from engine.expression.tree import Node, chain
from engine.expression.values import Reference, equal, flatten, ordered, truth

Closure = Callable[[Any], Any]


def closure(node: Node) -> Closure:
    """The function that evaluates a tree; it raises EvaluationError."""
    return _MAKERS[node["type"]](node)


def _same(_node: Node) -> Closure:
    return lambda value: value


def _field(node: Node) -> Closure:
    name = node["value"]
    return lambda value: value.get(name) if type(value) is dict else None


def _path(node: Node) -> Closure:
    """A chain of steps; one that is fields only walks in one loop."""
    steps = chain(node)
    if all(step["type"] == "field" for step in steps):
        names = tuple(step["value"] for step in steps)

        def fields(value: Any) -> Any:
            for name in names:
                if type(value) is not dict:
                    return None
                value = value.get(name)
            return value

        return fields
    parts = tuple(map(closure, steps))

    def follow(value: Any) -> Any:
        for part in parts:
            value = part(value)
        return value

    return follow


def _index(node: Node) -> Closure:
    position = node["value"]

    def index(value: Any) -> Any:
        if type(value) is not list:
            return None
        try:
            return value[position]
        except IndexError:
            return None

    return index


def _slice(node: Node) -> Closure:
    part = slice(*node["children"])
    return lambda value: value[part] if type(value) is list else None


def _literal(node: Node) -> Closure:
    literal = node["value"]
    return lambda _value: literal


def _comparator(node: Node) -> Closure:
    left, right = map(closure, node["children"])
    operation = node["value"]
    if operation == "eq":
        return lambda value: equal(left(value), right(value))
    if operation == "ne":
        return lambda value: not equal(left(value), right(value))
    return lambda value: ordered(operation, left(value), right(value))


def _reference(node: Node) -> Closure:
    reference = Reference(closure(node["children"][0]))
    return lambda _value: reference


def _function(node: Node) -> Closure:
    name = node["value"]
    arguments = tuple(map(closure, node["children"]))
    if name == "if":
        return _choice(*arguments)
    call = FUNCTIONS[name].call
    if len(arguments) == 1:
        only = arguments[0]
        return lambda value: call(only(value))
    return lambda value: call(*[argument(value) for argument in arguments])


def _choice(condition: Closure, first: Closure, second: Closure) -> Closure:
    """``if``: only the branch that is taken is evaluated."""

    def choose(value: Any) -> Any:
        decided = condition(value)
        if decided is None:
            return None
        return first(value) if truth(decided) else second(value)

    return choose


def _filter(node: Node) -> Closure:
    base, result, condition = map(closure, node["children"])

    def select(value: Any) -> Any:
        elements = base(value)
        if type(elements) is not list:
            return None
        return [
            found
            for element in elements
            if truth(condition(element)) and (found := result(element)) is not None
        ]

    return select


def _projection(node: Node) -> Closure:
    base, result = map(closure, node["children"])

    def project(value: Any) -> Any:
        elements = base(value)
        if type(elements) is not list:
            return None
        return [found for element in elements if (found := result(element)) is not None]

    return project


def _value_projection(node: Node) -> Closure:
    base, result = map(closure, node["children"])

    def project(value: Any) -> Any:
        entries = base(value)
        if type(entries) is not dict:
            return None
        return [found for element in entries.values() if (found := result(element)) is not None]

    return project


def _flatten(node: Node) -> Closure:
    base = closure(node["children"][0])
    return lambda value: flatten(base(value))


def _multi_list(node: Node) -> Closure:
    parts = tuple(map(closure, node["children"]))
    return lambda value: None if value is None else [part(value) for part in parts]


def _multi_dict(node: Node) -> Closure:
    parts = tuple((pair["value"], closure(pair["children"][0])) for pair in node["children"])
    return lambda value: None if value is None else {name: part(value) for name, part in parts}


def _or(node: Node) -> Closure:
    left, right = map(closure, node["children"])
    return lambda value: found if truth(found := left(value)) else right(value)


def _and(node: Node) -> Closure:
    left, right = map(closure, node["children"])
    return lambda value: right(value) if truth(found := left(value)) else found


def _not(node: Node) -> Closure:
    inner = closure(node["children"][0])
    return lambda value: not truth(inner(value))


_MAKERS: dict[str, Callable[[Node], Closure]] = {
    "identity": _same,
    "current": _same,
    "field": _field,
    "subexpression": _path,
    "index_expression": _path,
    "pipe": _path,
    "index": _index,
    "slice": _slice,
    "literal": _literal,
    "comparator": _comparator,
    "expref": _reference,
    "function_expression": _function,
    "filter_projection": _filter,
    "projection": _projection,
    "value_projection": _value_projection,
    "flatten": _flatten,
    "multi_select_list": _multi_list,
    "multi_select_dict": _multi_dict,
    "or_expression": _or,
    "and_expression": _and,
    "not_expression": _not,
}
