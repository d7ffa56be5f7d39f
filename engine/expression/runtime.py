"""The names that generated code may use, besides those the generator makes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.expression.numbers import Exponent
from engine.expression.values import Reference, equal, flatten, ordered, weigh


class Surprise(Exception):  # not an error: the record takes the exact way instead
    """The value is not of the kind that fast code was made for."""


_NUMBERS = frozenset({int, Decimal, Exponent})
_TEXTS = frozenset({str})


def last_of(elements: list[Any], keys: list[Any]) -> Any:
    """``sort_by(elements, &key)[-1]``, the keys given."""
    if not keys:
        return None
    _check_sortable(keys)
    largest = max(keys)
    position = len(keys) - 1
    while keys[position] != largest:
        position -= 1
    return elements[position]


def first_of(elements: list[Any], keys: list[Any]) -> Any:
    """``sort_by(elements, &key)[0]``, the keys given."""
    if not keys:
        return None
    _check_sortable(keys)
    return elements[keys.index(min(keys))]


def _check_sortable(keys: list[Any]) -> None:
    kinds = set(map(type, keys))
    if not (kinds <= _TEXTS or kinds <= _NUMBERS):
        raise Surprise


RUNTIME: Mapping[str, Any] = {
    "EMPTY": {},
    "Decimal": Decimal,
    "Exception": Exception,
    "Reference": Reference,
    "Surprise": Surprise,
    "bool": bool,
    "dict": dict,
    "equal": equal,
    "first_of": first_of,
    "flatten": flatten,
    "int": int,
    "last_of": last_of,
    "len": len,
    "list": list,
    "ordered": ordered,
    "str": str,
    "type": type,
    "weigh": weigh,
}
