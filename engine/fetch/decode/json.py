"""JSON, whatever Content-Type says."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Any

import msgspec

from engine.expression.numbers import decode_number
from engine.fetch.decode import Decoder
from engine.fetch.decode.exact import Damage, Scan, Unreadable
from engine.spec.component import component

__all__ = ["Body", "Json", "Unreadable", "decode", "decode_exact"]


@component("json")
class Json(Decoder):
    """One JSON document; ``records`` finds the records in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A decoded body."""

    document: Any
    damages: tuple[Damage, ...] = ()
    """Single values that are bad; each stands replaced in the document."""
    certain: bool
    """False from the fast decoder: keys that are there twice, and depth, are still to be looked for."""


_fast = msgspec.json.Decoder(float_hook=decode_number)
_STRIDE = 100
_LONG_NUMBER = re.compile(rb"[0-9]{9}")
"""In every hundredth byte of a body: no integer of more than 1,000 digits can hide from it."""


def short_numbers(body: bytes) -> bool:
    """Whether no number of a body is so long that reading it would take its time."""
    return _LONG_NUMBER.search(body[::_STRIDE]) is None


def decode(body: bytes) -> Body:
    """A body as the fast decoder reads it, as the exact one where it cannot; raises ``Unreadable``."""
    if not short_numbers(body):
        return decode_exact(body)
    try:
        document = _fast.decode(body)
    except (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError):
        return decode_exact(body)
    return Body(document=document, certain=False)


def decode_exact(body: bytes) -> Body:
    """A body as the exact decoder reads it; raises ``Unreadable``."""
    text = body.removeprefix(codecs.BOM_UTF8)
    if not text.strip(b" \t\n\r"):
        raise Unreadable("body-empty", "nothing but an empty body", 0)
    if text[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or b"\0" in text[:4]:
        raise Unreadable("not-utf8", "the body is not UTF-8", 0)
    if text.lstrip()[:1] == b"<":
        raise Unreadable("not-json", "the body is a page of HTML or XML, not JSON", 0)
    scan = Scan(text)
    return Body(document=scan.document, damages=tuple(scan.damages), certain=True)
