"""What may generated code call to convert a value fast? Nothing here accepts what the exact road refuses."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from engine.expression import Exponent
from engine.expression.runtime import Surprise
from engine.mapping.countries import COUNTRIES
from engine.mapping.currencies import CURRENCIES
from engine.mapping.numbers import number_text
from engine.mapping.texts import copy_text, escaped, storable

MOST_KNOWN: Final = 20_000
"""Results that one rule remembers; then it starts anew."""
LONGEST: Final = 250
"""Characters of a key that needs no counting of bytes."""
LONGEST_NUMBER: Final = 150
"""Characters of a number whose plain digits PostgreSQL gets."""

_SIZES: Final = frozenset({20, 24, 27})
"""Lengths of a time in UTC with no digits after the second, with three, with six."""

_FLAT: Final = frozenset({str, int, bool, type(None)})
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode

Columns = tuple[str | None, ...]


class Memo:
    """Remembers what a rule made of a value: dates, words and units come again and again."""

    __slots__ = ("convert", "known")

    def __init__(self, convert: Callable[..., Columns]) -> None:
        self.convert = convert
        self.known: dict[Any, Columns] = {}

    def fill(self, key: Any, value: Any, *inputs: Any) -> Columns:
        """Convert, remember, give the columns; what raises is not remembered."""
        made = self.convert(value, *inputs)
        if len(self.known) >= MOST_KNOWN:
            self.known.clear()
        self.known[key] = made
        return made


def distinct(value: Any) -> Any:
    """A key under which only the very same value is found: 1, 1.0, 1.00 and true differ."""
    kind = type(value)
    if kind is str or kind is int or value is None:
        return value
    if kind is Decimal:
        return (str(value),)
    if kind is Exponent:
        return (str(value), value.source)
    if kind is list:
        return (list, *map(distinct, value))
    if kind is dict:
        return (dict, *value, *map(distinct, value.values()))
    raise Surprise


def number(value: Decimal) -> str:
    """PostgreSQL's text of a Decimal; usually its digits as they are."""
    text = str(value)
    return text if value and len(text) < LONGEST_NUMBER and "E" not in text else number_text(value)


def instant(text: str) -> str:
    """PostgreSQL's text of RFC 3339 as it is usually written; else ``Surprise``."""
    size = len(text)
    plain = text[-1:] == "Z"
    size += 0 if plain else -5
    if (
        size not in _SIZES
        or text[10] != "T"
        or text[5] not in "01"
        or text[11:13] >= "24"
        or (size > 20 and text[19] != ".")
        or not (plain or (text[-3] == ":" and text[-2] < "6" and text[-6] in "+-"))
        or not text.isascii()
    ):
        raise Surprise
    moment = dt.datetime.fromisoformat(text)
    if size == 20 and plain:
        return f"{text[:19]}.000000+00:00"
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")


def flat(value: dict[str, Any]) -> bool:
    """Whether an object holds nothing but texts, integers, booleans and nulls."""
    return set(map(type, value.values())) <= _FLAT


def flat_json(value: dict[str, Any]) -> str:
    """Canonical JSON of a flat object; ``Surprise`` where a text may hold U+0000."""
    text = _encode(value)
    if "\\u0000" in text:
        raise Surprise
    return text


QUICK: Final[Mapping[str, Any]] = {
    "COUNTRIES": COUNTRIES,
    "CURRENCIES": CURRENCIES,
    "LONGEST": LONGEST,
    "NULL": r"\N",
    "copy_text": copy_text,
    "distinct": distinct,
    "escaped": escaped,
    "flat": flat,
    "flat_json": flat_json,
    "instant": instant,
    "number": number,
    "storable": storable,
}
"""The names that a generated program may use, beside those of expressions."""
