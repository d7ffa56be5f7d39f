"""Encodings: JSON, base64, URLs, hashes."""

from __future__ import annotations

import base64 as base64_codec
import binascii
import hashlib
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from engine.expression.errors import EvaluationError
from engine.expression.functions.signature import function
from engine.expression.json_text import canonical_json, read_json
from engine.expression.numbers import text_of


@function("parse_json(s: string)", "The value of a JSON text, numbers exact.", null=True)
def parse_json(text: str) -> Any:
    """Raises for what is no JSON."""
    return read_json(text)


@function("base64(s: string)", "The UTF-8 bytes of a text in base64.", null=True)
def base64(text: str) -> str:
    """The standard alphabet, padded."""
    return base64_codec.b64encode(_bytes("base64", text)).decode("ascii")


@function(
    "base64_decode(s: string)", "The UTF-8 text in base64, of either alphabet, padded or not.", null=True
)
def base64_decode(text: str) -> str:
    """Raises for other characters, and for bytes that are no UTF-8."""
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64_codec.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        raise EvaluationError("base64_decode: this is no base64 of a text") from None


@function(
    "url_encode(s: string|number|boolean)", "Percent-encoded, all but letters, digits and `-._~`.", null=True
)
def url_encode(value: str | int | Decimal) -> str:
    """The UTF-8 bytes, one by one."""
    return quote(_bytes("url_encode", text_of(value)), safe="")


@function("hash(v: any)", "The sha256, in hex, of the value as canonical JSON.", null=True)
def hash_of(value: Any) -> str:
    """Keys sorted, no spaces, numbers as the source wrote them, UTF-8."""
    return hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()


def _bytes(name: str, text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise EvaluationError(f"{name}: the text holds a lone surrogate") from None
