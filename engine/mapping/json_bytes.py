"""Where in a body does a value stand? Byte ranges of JSON pointers, on the bytes as received."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

Pointer = tuple[str | int, ...]
"""Keys and indices from the top of a document."""

_BLANK: Final = re.compile(rb"[ \t\n\r]*")
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_PLAIN: Final = re.compile(rb"[^ \t\n\r,\]}]+")
_NEXT: Final = re.compile(rb'["{}\[\]]')


def pointer_text(pointer: Sequence[str | int]) -> str:
    """As RFC 6901 writes it: ``/data/16/pay``."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in pointer)


def byte_range(body: bytes, pointer: Sequence[str | int]) -> tuple[int, int] | None:
    """
    Find where the value at a pointer starts and ends: ``body[start:end]`` is its text.

    Of a key that comes twice the last one counts, as in decoding. None where there is no such value.
    """
    start = 3 if body.startswith(b"\xef\xbb\xbf") else 0
    at: int | None = _blank(body, start)
    for step in pointer:
        if at is None or at >= len(body):
            return None
        at = _element(body, at, step) if isinstance(step, int) else _member(body, at, step)
    if at is None or at >= len(body):
        return None
    end = _end(body, at)
    return None if end is None else (at, end)


def _blank(body: bytes, at: int) -> int:
    found = _BLANK.match(body, at)
    return found.end() if found else at


def _end(body: bytes, at: int) -> int | None:
    """Where the value that starts at ``at`` ends."""
    first = body[at : at + 1]
    if first == b'"':
        found = _STRING.match(body, at)
        return found.end() if found else None
    if first not in {b"{", b"["}:
        found = _PLAIN.match(body, at)
        return found.end() if found else None
    depth = 0
    while True:
        mark = _NEXT.search(body, at)
        if mark is None:
            return None
        if mark[0] == b'"':
            text = _STRING.match(body, mark.start())
            if text is None:
                return None
            at = text.end()
            continue
        at = mark.end()
        depth += 1 if mark[0] in b"{[" else -1
        if depth == 0:
            return at


def _element(body: bytes, at: int, index: int) -> int | None:
    if body[at : at + 1] != b"[" or index < 0:
        return None
    at = _blank(body, at + 1)
    while body[at : at + 1] not in {b"]", b""}:
        if index == 0:
            return at
        end = _end(body, at)
        if end is None:
            return None
        at = _blank(body, end)
        if body[at : at + 1] == b",":
            at = _blank(body, at + 1)
        index -= 1
    return None


def _member(body: bytes, at: int, name: str) -> int | None:
    if body[at : at + 1] != b"{":
        return None
    found: int | None = None
    at = _blank(body, at + 1)
    while body[at : at + 1] == b'"':
        key = _STRING.match(body, at)
        if key is None:
            return found
        value = _blank(body, _blank(body, key.end()) + 1)
        if json.loads(key[0]) == name:
            found = value
        end = _end(body, value)
        if end is None:
            return found
        at = _blank(body, end)
        if body[at : at + 1] == b",":
            at = _blank(body, at + 1)
    return found
