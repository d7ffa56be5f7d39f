"""
A plain interpreter of drawn expressions: no parser, no compiler, numbers as fractions.

It shares no code with the engine; ``Failed`` is what the engine calls expression-error.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.unit.expression.drawn import Tree

DIGITS = 34


class Failed(Exception):
    """The expression has no value."""


def evaluate(tree: Tree, value: Any) -> Any:  # noqa: PLR0911 # one a kind
    """The value of an expression."""
    kind = tree[0]
    if kind == "current":
        return value
    if kind == "literal":
        return tree[1]
    if kind == "path":
        return walk(tree[2], evaluate(tree[1], value))
    if kind == "pipe":
        return evaluate(tree[2], evaluate(tree[1], value))
    if kind == "project":
        return project(tree, value)
    if kind == "or":
        left = evaluate(tree[1], value)
        return left if true(left) else evaluate(tree[2], value)
    if kind == "and":
        left = evaluate(tree[1], value)
        return evaluate(tree[2], value) if true(left) else left
    if kind == "not":
        return not true(evaluate(tree[1], value))
    if kind == "compare":
        return compare(tree[1], evaluate(tree[2], value), evaluate(tree[3], value))
    if kind == "list":
        return None if value is None else [evaluate(each, value) for each in tree[1]]
    if kind == "object":
        return None if value is None else {name: evaluate(each, value) for name, each in tree[1]}
    arguments = [each if each[0] == "each" else evaluate(each, value) for each in tree[2]]
    return call(tree[1], arguments)


def walk(steps: tuple[Tree, ...], value: Any) -> Any:
    """Fields, indices and selections, one after the other."""
    for step in steps:
        if step[0] == "field":
            value = value.get(step[1]) if isinstance(value, dict) else None
        elif step[0] == "index":
            here = isinstance(value, list) and -len(value) <= step[1] < len(value)
            value = value[step[1]] if here else None
        else:
            value = evaluate(step, value)
    return value


def project(tree: Tree, value: Any) -> Any:
    """The rest of the steps for each element, nulls left out."""
    _, kind, base, extra, rest = tree
    elements = evaluate(base, value)
    if kind == "values":
        elements = list(elements.values()) if isinstance(elements, dict) else None
    if not isinstance(elements, list):
        return None
    if kind == "slice":
        elements = elements[slice(*extra)]
    if kind == "flat":
        elements = [inner for each in elements for inner in (each if isinstance(each, list) else [each])]
    if kind == "filter":
        elements = [each for each in elements if true(evaluate(extra, each))]
    return [found for each in elements if (found := walk(rest, each)) is not None]


def true(value: Any) -> bool:
    """All but null, false and what is empty."""
    return not (value is None or value is False or (isinstance(value, str | list | dict) and not value))


def kind_of(value: Any) -> str:
    """The name of a kind."""
    if value is None:
        return "null"
    for name, kind in (("boolean", bool), ("number", int | Fraction), ("string", str), ("array", list)):
        if isinstance(value, kind):
            return name
    return "object"


def compare(sign: str, left: Any, right: Any) -> Any:
    """Equality of anything, order of two numbers or two texts."""
    kinds = kind_of(left), kind_of(right)
    if sign in {"==", "!="}:
        equal = kinds[0] == kinds[1] and left == right
        return equal if sign == "==" else not equal
    if not {*kinds} <= {"number", "string"}:
        return None
    if kinds[0] != kinds[1]:
        raise Failed
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[sign]


def cut(number: int | Fraction) -> Fraction:
    """The number with 34 significant digits, half-even."""
    exact = Fraction(number)
    if exact == 0:
        return exact
    exponent = 0
    while abs(exact) >= Fraction(10) ** (exponent + DIGITS):
        exponent += 1
    while abs(exact) < Fraction(10) ** (exponent + DIGITS - 1):
        exponent -= 1
    unit = Fraction(10) ** exponent
    return round(exact / unit) * unit


def demand(value: Any, *kinds: str) -> Any:
    """The value, if it is of one of these kinds."""
    if kind_of(value) not in kinds:
        raise Failed
    return value


def alike(values: list[Any]) -> list[Any]:
    """The list, if all are numbers or all are texts."""
    kinds = {kind_of(each) for each in values}
    if len(kinds) > 1 or not kinds <= {"number", "string"}:
        raise Failed
    return values


def call(name: str, arguments: list[Any]) -> Any:  # noqa: PLR0911 # one a function
    """One function."""
    first = arguments[0]
    if name in {"add", "subtract", "multiply", "divide", "round"}:
        return arithmetic(name, first, arguments[1])
    if name in {"map", "sort_by", "max_by", "min_by"}:
        each, elements = (first, arguments[1]) if name == "map" else (arguments[1], first)
        found = [evaluate(each[1], element) for element in demand(elements, "array")]
        if name == "map":
            return found
        order = sorted(range(len(found)), key=alike(found).__getitem__)
        if name == "sort_by":
            return [elements[index] for index in order]
        if not order:
            return None
        best = max(found) if name == "max_by" else min(found)
        return elements[found.index(best)]
    if name in {"abs", "ceil", "floor"}:
        demand(first, "number")
        return {"abs": abs(first), "ceil": -(-first // 1), "floor": first // 1}[name]
    if name in {"sum", "avg"}:
        for each in demand(first, "array"):
            demand(each, "number")
        total = Fraction(0)
        for each in first:
            total = cut(total + each)
        return total if name == "sum" else (cut(total / len(first)) if first else None)
    if name in {"max", "min", "sort"}:
        values = sorted(alike(demand(first, "array")))
        return values if name == "sort" else (values or [None])[-1 if name == "max" else 0]
    if name == "contains":
        if isinstance(first, str):
            return demand(arguments[1], "string") in first
        return any(each == arguments[1] for each in demand(first, "array"))
    if name in {"starts_with", "ends_with"}:
        text, part = demand(first, "string"), demand(arguments[1], "string")
        return text[: len(part)] == part if name == "starts_with" else text.endswith(part)
    if name == "join":
        return first.join(demand(each, "string") for each in demand(arguments[1], "array"))
    if name in {"keys", "values"}:
        return list(getattr(demand(first, "object"), name)())
    if name == "length":
        return len(demand(first, "string", "array", "object"))
    if name == "merge":
        merged = dict(demand(first, "object"))
        merged.update(demand(arguments[1], "object"))
        return merged
    if name == "not_null":
        return next((each for each in arguments if each is not None), None)
    if name == "reverse":
        return demand(first, "string", "array")[::-1]
    if name == "to_array":
        return first if isinstance(first, list) else [first]
    if name == "to_number":
        if isinstance(first, str):
            return int(first) if first.lstrip("-").isdigit() else None
        return first if kind_of(first) == "number" else None
    return kind_of(first)


def arithmetic(name: str, first: Any, second: Any) -> Any:
    """Exact, then cut to 34 digits; null in the first argument gives null."""
    if first is None:
        return None
    demand(first, "number")
    demand(second, "number")
    if name == "round":
        return round(Fraction(first), second)
    if name == "divide" and second == 0:
        raise Failed
    exact = {
        "add": lambda: Fraction(first) + second,
        "subtract": lambda: Fraction(first) - second,
        "multiply": lambda: Fraction(first) * second,
        "divide": lambda: Fraction(first) / second,
    }
    return cut(exact[name]())
