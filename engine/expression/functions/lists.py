"""Lists: order, search, and what is done to each element."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine.expression.errors import EvaluationError
from engine.expression.functions.signature import function
from engine.expression.json_text import identity_json
from engine.expression.values import Reference, kind_of


@function("contains(v: array|string, x: any)", "Whether a list has an element, or a text a part.")
def contains(subject: list[Any] | str, search: Any) -> bool:
    """A text can only contain text."""
    if isinstance(subject, str) and not isinstance(search, str):
        raise EvaluationError(f"contains: a text cannot contain {kind_of(search)}")
    return search in subject


@function("length(v: string|array|object)", "Characters of a text, elements of a list, keys of an object.")
def length(value: Sequence[Any] | dict[str, Any]) -> int:
    """Characters are code points."""
    return len(value)


@function("reverse(v: array|string)", "The elements, or characters, last first.")
def reverse(value: list[Any] | str) -> list[Any] | str:
    """A new list or text."""
    return value[::-1]


@function("map(f: expression, list: array)", "The result of f for each element, nulls kept.")
def map_each(reference: Reference, elements: list[Any]) -> list[Any]:
    """As many results as elements."""
    return [reference.evaluate(element) for element in elements]


@function("max(list: array[number]|array[string])", "The largest element; null for an empty list.")
def largest(elements: list[Any]) -> Any:
    """The first of several that are equal."""
    return max(elements, default=None)


@function("min(list: array[number]|array[string])", "The smallest element; null for an empty list.")
def smallest(elements: list[Any]) -> Any:
    """The first of several that are equal."""
    return min(elements, default=None)


@function("sort(list: array[string]|array[number])", "The elements in rising order.")
def sort(elements: list[Any]) -> list[Any]:
    """Equal elements keep their order."""
    return sorted(elements)


@function(
    "sort_by(list: array, f: expression)", "The elements in rising order of f, all numbers or all text."
)
def sort_by(elements: list[Any], reference: Reference) -> list[Any]:
    """Equal elements keep their order."""
    keys = _keys("sort_by", elements, reference)
    return [elements[index] for index in sorted(range(len(elements)), key=keys.__getitem__)]


@function("max_by(list: array, f: expression)", "The element with the largest f; null for an empty list.")
def max_by(elements: list[Any], reference: Reference) -> Any:
    """The first of several that are equal."""
    return _extreme("max_by", max, elements, reference)


@function("min_by(list: array, f: expression)", "The element with the smallest f; null for an empty list.")
def min_by(elements: list[Any], reference: Reference) -> Any:
    """The first of several that are equal."""
    return _extreme("min_by", min, elements, reference)


@function("unique(list: array)", "The elements without repetitions, each where it came first.", null=True)
def unique(elements: list[Any]) -> list[Any]:
    """1 and 1.0 are the same element, 1 and true are not."""
    first: dict[str, Any] = {}
    for element in elements:
        first.setdefault(identity_json(element), element)
    return list(first.values())


@function(
    "table(columns: array[string], rows: array)",
    "Rows that are lists become objects with these keys: `table(['a','b'], rows)`.",
    null=True,
)
def table(columns: list[str], rows: list[Any]) -> list[dict[str, Any]]:
    """Every row has one value a column."""
    made = []
    for index, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(columns):
            raise EvaluationError(f"table: row {index} is no list of {len(columns)} values")
        made.append(dict(zip(columns, row, strict=True)))
    return made


def _keys(name: str, elements: list[Any], reference: Reference) -> list[Any]:
    """What to order by, all of one kind; raises EvaluationError."""
    keys = [reference.evaluate(element) for element in elements]
    kinds = {kind_of(key) for key in keys}
    if len(kinds) > 1 or not kinds <= {"number", "string"}:
        raise EvaluationError(f"{name}: the elements are ordered by {' and '.join(sorted(kinds))}")
    return keys


def _extreme(name: str, choose: Callable[..., int], elements: list[Any], reference: Reference) -> Any:
    keys = _keys(name, elements, reference)
    return elements[choose(range(len(keys)), key=keys.__getitem__)] if elements else None
