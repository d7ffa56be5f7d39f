"""For what is a stream asked once each? The values and parent records of ``for_each``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import xxhash

from engine.errors import PermanentFetchError
from engine.expression import EvaluationError, Template
from engine.expression.values import truth
from engine.fetch.decode.verdict import encode, encode_sorted
from engine.fetch.stream import ForEach

Parents = Callable[[str], Iterable[Any]]
"""The records of a parent stream that are known and not deleted, by its name."""


def partitions(
    for_each: tuple[ForEach, ...], scope: Mapping[str, Any], parents: Parents
) -> Iterator[dict[str, Any]]:
    """
    What ``partition`` is, once for each; the product where there are several. Without ``for_each``
    one that is empty. Only the first ``for_each`` is streamed, the others are held.
    """
    if not for_each:
        yield {}
        return
    rest = [list(_values(each, scope, parents)) for each in for_each[1:]]
    names = [each.as_ for each in for_each[1:]]
    for value in _values(for_each[0], scope, parents):
        yield from _product({str(for_each[0].as_): value}, names, rest)


def partition_key(partition: Mapping[str, Any]) -> str:
    """One partition as text, whatever the order of its names; empty without ``for_each``."""
    return encode_sorted(dict(partition)).decode() if partition else ""


def _product(bound: dict[str, Any], names: list[Any], rest: list[list[Any]]) -> Iterator[dict[str, Any]]:
    if not names:
        yield bound
        return
    for value in rest[0]:
        yield from _product({**bound, str(names[0]): value}, names[1:], rest[1:])


def _values(each: ForEach, scope: Mapping[str, Any], parents: Parents) -> Iterator[Any]:
    """Every value once, in the order in which they come; null is passed over."""
    seen: set[int] = set()
    for value in _said(each, scope) if each.stream is None else _taken(each, parents(each.stream)):
        if value is None:
            continue
        if not isinstance(value, str | bool | int | Decimal):
            raise PermanentFetchError(
                f"for_each gives {type(value).__name__}, not text, a number or a boolean",
                code="for-each-type",
            )
        mark = xxhash.xxh3_64_intdigest(encode(value))
        if mark not in seen:
            seen.add(mark)
            yield value


def _said(each: ForEach, scope: Mapping[str, Any]) -> Iterable[Any]:
    try:
        found = _rendered(each.values, scope)
    except EvaluationError as error:
        raise PermanentFetchError(f"for_each.values: {error}", code="expression-error") from None
    if not isinstance(found, list):
        raise PermanentFetchError("for_each.values is not a list", code="for-each-type")
    return found


def _taken(each: ForEach, records: Iterable[Any]) -> Iterator[Any]:
    if each.value is None:
        return
    for record in records:
        try:
            if each.when is None or truth(each.when.search(record)):
                yield each.value.search(record)
        except EvaluationError as error:
            raise PermanentFetchError(f"for_each: {error}", code="expression-error") from None


def _rendered(tree: Any, scope: Mapping[str, Any]) -> Any:
    if isinstance(tree, Template):
        return tree.render(scope)
    if isinstance(tree, list | tuple):
        return [_rendered(each, scope) for each in tree]
    return tree
