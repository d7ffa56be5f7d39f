"""The names that generated code may use, besides those the generator makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from engine.expression.numbers import Exponent
from engine.expression.values import Reference, equal, flatten, ordered, weigh


class Surprise(Exception):  # not an error: the record takes the exact way instead
    """The value is not of the kind that fast code was made for."""


_NUMBERS = frozenset({int, Decimal, Exponent})
_TEXTS = frozenset({str})


def last_by(elements: Any, key: Callable[[Any], Any]) -> Any:
    """``sort_by(elements, &key)[-1]`` in one pass."""
    keys = _sortable(elements, key)
    if not keys:
        return None
    largest = max(keys)
    position = len(keys) - 1
    while keys[position] != largest:
        position -= 1
    return elements[position]


def first_by(elements: Any, key: Callable[[Any], Any]) -> Any:
    """``sort_by(elements, &key)[0]`` in one pass."""
    keys = _sortable(elements, key)
    return elements[keys.index(min(keys))] if keys else None


def _sortable(elements: Any, key: Callable[[Any], Any]) -> list[Any]:
    if type(elements) is not list:
        raise Surprise
    keys = list(map(key, elements))
    kinds = set(map(type, keys))
    if not (kinds <= _TEXTS or kinds <= _NUMBERS):
        raise Surprise
    return keys


RUNTIME: Mapping[str, Any] = {
    "EMPTY": {},
    "Decimal": Decimal,
    "Exception": Exception,
    "Reference": Reference,
    "Surprise": Surprise,
    "bool": bool,
    "dict": dict,
    "equal": equal,
    "first_by": first_by,
    "flatten": flatten,
    "int": int,
    "last_by": last_by,
    "len": len,
    "list": list,
    "ordered": ordered,
    "str": str,
    "type": type,
    "weigh": weigh,
}
