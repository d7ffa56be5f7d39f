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


def check_keys(keys: list[Any]) -> None:
    """Raise ``Surprise`` unless all keys are text, or all are numbers."""
    kinds = set(map(type, keys))
    if not (kinds <= _TEXTS or kinds <= _NUMBERS):
        raise Surprise


def last_of(elements: list[Any], keys: list[Any]) -> Any:
    """``sort_by(elements, &key)[-1]``, the keys given."""
    if not keys:
        return None
    largest = max(keys)
    position = len(keys) - 1
    while keys[position] != largest:
        position -= 1
    return elements[position]


def first_of(elements: list[Any], keys: list[Any]) -> Any:
    """``sort_by(elements, &key)[0]``, the keys given."""
    return elements[keys.index(min(keys))] if keys else None


RUNTIME: Mapping[str, Any] = {
    "EMPTY": {},
    "Decimal": Decimal,
    "Exception": Exception,
    "Reference": Reference,
    "Surprise": Surprise,
    "bool": bool,
    "check_keys": check_keys,
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
