"""May the fast decoder be trusted with this body? Only where the exact one would say the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def doubtful(body: bytes, encoded: bytes) -> bool:
    """
    Whether a key may stand twice in an object of ``body``, of whose fast reading ``encoded`` is the
    canonical JSON (in any pieces, joined).

    A key that is there twice loses a member in the fast reading, and with it at least one colon;
    every other colon is in both, unless the body writes one of them as an escape.
    """
    return body.count(b":") != encoded.count(b":") or (b"\\" in body and b"\\u003" in body)


def too_deep(pieces: Iterable[bytes], values: Sequence[Any], *, above: int) -> bool:
    """Whether one of ``values`` (``pieces``: their JSON) nests too deeply, ``above`` levels up counted."""
    left = MAX_DEPTH - above
    for piece, value in zip(pieces, values, strict=True):
        if len(piece) > 2 * left and piece.count(b"{") + piece.count(b"[") > left and depth(value) > left:
            return True
    return False


def depth(value: Any) -> int:
    """Objects and lists inside one another; a scalar has none."""
    level, found = [value], 0
    while level := [each for each in level if isinstance(each, dict | list)]:
        found += 1
        level = [inner for each in level for inner in (each.values() if isinstance(each, dict) else each)]
    return found
