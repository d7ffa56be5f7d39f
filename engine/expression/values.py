"""The kinds of value that an expression knows, and what is true, equal and in order among them."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from engine.expression.errors import EvaluationError
from engine.expression.numbers import Exponent

MAXIMUM_TEXT = 10_000_000
"""Characters of one text that a function makes."""
MAXIMUM_ITEMS = 1_000_000
"""Elements of one list that an expression makes; only flattening, and split, make longer ones."""
MAXIMUM_WEIGHT = 10_000_000
"""Elements, and characters of texts, in one whole result."""


class Reference:
    """``&expression``: what sort_by and its like apply to each element."""

    __slots__ = ("evaluate",)

    def __init__(self, evaluate: Callable[[Any], Any]) -> None:
        self.evaluate = evaluate


KINDS: Mapping[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    Decimal: "number",
    Exponent: "number",
    str: "string",
    list: "array",
    dict: "object",
    Reference: "expression",
    dt.date: "date",
    dt.datetime: "timestamp",
}


def kind_of(value: Any) -> str:
    """``null boolean number string array object``; in entities also ``date`` and ``timestamp``."""
    kind = KINDS.get(type(value))
    if kind is None:
        raise EvaluationError(f"a {type(value).__name__} is no value of a document")
    return kind


def truth(value: Any) -> bool:
    """False are null, false and the empty text, list and object; zero is true."""
    return bool(value) or (value == 0 and value is not False)


def equal(left: Any, right: Any) -> bool:
    """Equality of values: numbers by value whatever their digits; true is not 1."""
    if type(left) is bool or type(right) is bool:
        return left is right
    try:
        return bool(left == right)
    except RecursionError:
        raise EvaluationError("values that nest too deeply cannot be compared") from None


_ORDERED = frozenset({"number", "string", "date", "timestamp"})
ORDERINGS: Mapping[str, Callable[[Any, Any], bool]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}


def ordered(operation: str, left: Any, right: Any) -> bool | None:
    """
    ``< <= > >=``: two numbers, two texts by code point, two dates or two times.

    Null, as a boolean, a list and an object, has no order: the result is null. Two ordered values
    of different kinds raise EvaluationError.
    """
    first, second = kind_of(left), kind_of(right)
    if first not in _ORDERED or second not in _ORDERED:
        return None
    if first != second:
        raise EvaluationError(f"a {first} and a {second} have no order")
    return ORDERINGS[operation](left, right)


def flatten(value: Any) -> list[Any] | None:
    """One level of lists opened; null for what is no list."""
    if type(value) is not list:
        return None
    flat: list[Any] = []
    for element in value:
        if type(element) is list:
            flat.extend(element)
        else:
            flat.append(element)
    if len(flat) > MAXIMUM_ITEMS:
        raise EvaluationError(f"a list of more than {MAXIMUM_ITEMS} elements")
    return flat


def weigh(value: Any) -> None:
    """Raise EvaluationError where a value, written out, would be larger than a result may be."""
    weight = 0
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if type(each) is str:
            weight += len(each)
        elif type(each) is list:
            weight += len(each)
            waiting.extend(each)
        elif type(each) is dict:
            weight += len(each)
            waiting.extend(each.values())
        weight += 1
        if weight > MAXIMUM_WEIGHT:
            raise EvaluationError("the result is too large")
