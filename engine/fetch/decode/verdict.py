"""May the fast decoder be trusted with this body? Only where the exact one would say the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from engine.expression.numbers import Exponent
from engine.fetch.decode.exact import MAX_DEPTH


def _as_written(value: Any) -> msgspec.Raw:
    if isinstance(value, Exponent):
        return msgspec.Raw(value.source)
    raise TypeError(f"a {type(value).__name__} is no value of a document")


encode = msgspec.json.Encoder(decimal_format="number", enc_hook=_as_written).encode
"""Canonical JSON: what a record's hash is taken over. Numbers keep their digits, keys their order."""

encode_sorted = msgspec.json.Encoder(decimal_format="number", order="sorted", enc_hook=_as_written).encode
"""The same with keys in order: for what is compared as text."""


def agrees(body: bytes, rest: Any, values: Sequence[Any], encoded: Sequence[bytes], *, above: int) -> bool:
    """
    Whether the exact decoder would read ``body`` as the fast one did: into ``values``, whose JSON is
    ``encoded`` and which stand ``above`` levels down, and into ``rest``, the document without them.

    A key that is there twice loses a member in the fast reading, and with it at least one colon;
    every other colon is in both, unless the body writes one of them as an escape.
    """
    around = encode(rest)
    colons = around.count(b":")
    if _nests(around, rest, colons, MAX_DEPTH):
        return False
    left = MAX_DEPTH - above
    for piece, value in zip(encoded, values, strict=True):
        own = piece.count(b":")
        colons += own
        if own + piece.count(b"[") >= left and _nests(piece, value, own, left):
            return False
    return colons == body.count(b":") and not (b"\\" in body and b"\\u003" in body)


def _nests(piece: bytes, value: Any, colons: int, levels: int) -> bool:
    """Whether a value nests deeper than that; only looked at where its JSON has enough brackets."""
    lists = piece.count(b"[")  # an object that is not empty has a colon, an empty one is innermost
    return colons + lists >= levels and piece.count(b"{") + lists > levels and depth(value) > levels


def depth(value: Any) -> int:
    """Objects and lists inside one another; a scalar has none."""
    level, found = [value], 0
    while level := [each for each in level if isinstance(each, dict | list)]:
        found += 1
        level = [inner for each in level for inner in (each.values() if isinstance(each, dict) else each)]
    return found
