"""How values that are not columns stand in the database: as JSON text that PostgreSQL takes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(order="sorted", decimal_format="number", enc_hook=str)
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def to_text(value: Any) -> str:
    """Canonical JSON; what PostgreSQL cannot hold (NUL, lone surrogates) becomes U+FFFD."""
    try:
        encoded = _encoder.encode(value)
    except UnicodeEncodeError:
        encoded = _encoder.encode(_clean(value))
    if rb"\u0000" in encoded:
        encoded = _encoder.encode(_clean(value))
    return encoded.decode("utf-8")


def from_text(text: str) -> Any:
    """What ``to_text`` wrote; numbers with a fraction are Decimals."""
    return _decoder.decode(text)


def partition_text(partition: Mapping[str, Any]) -> str:
    """The name of a partition in the tables: empty where ``for_each`` binds nothing."""
    return to_text(partition) if partition else ""


def partition_of(text: str) -> dict[str, Any]:
    """The partition of such a name."""
    return dict(from_text(text)) if text else {}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return {_clean(str(key)): _clean(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(each) for each in value]
    return value
