"""Objects: their keys, values and entries."""

from __future__ import annotations

from typing import Any

from engine.expression.functions.signature import function


@function("keys(o: object)", "The keys, in the order of the document.")
def keys(value: dict[str, Any]) -> list[str]:
    """A new list."""
    return list(value)


@function("values(o: object)", "The values, in the order of the document.")
def values(value: dict[str, Any]) -> list[Any]:
    """A new list."""
    return list(value.values())


@function("merge(o...: object)", "One object with the keys of all; a later one wins.")
def merge(*objects: dict[str, Any]) -> dict[str, Any]:
    """A new object."""
    merged: dict[str, Any] = {}
    for each in objects:
        merged.update(each)
    return merged


@function("entries(o: object)", "`[{key, value}, …]`, in the order of the document.", null=True)
def entries(value: dict[str, Any]) -> list[dict[str, Any]]:
    """One object a key."""
    return [{"key": key, "value": each} for key, each in value.items()]
