"""What does a value look like? Its type in JSON, and of a text what is evidently written in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

TEXT: Final = "text"

_DAY = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?"

_DIGITS: Final = (
    ("date", re.compile(_DAY)),
    ("timestamp", re.compile(rf"{_DAY}[Tt ]{_CLOCK}(?:[Zz]|[+-]\d\d:\d\d)")),
    ("local time", re.compile(rf"{_DAY}[T ]{_CLOCK}")),
    ("day/month/year", re.compile(r"\d\d/\d\d/\d{4}")),
    ("day.month.year", re.compile(r"\d\d\.\d\d\.\d{4}")),
    ("time of day", re.compile(_CLOCK)),
    ("number in text", re.compile(r"[+-]?\d{1,30}(?:\.\d{1,30})?")),
    ("quantity", re.compile(r"[+-]?\d{1,12}(?:\.\d{1,12})?\s?[A-Za-z°%\"'][^\d]{0,14}")),
)
"""What begins with a digit or a sign."""
_OTHERS: Final = (
    ("email", re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")),
    ("url", re.compile(r"[a-z][a-z0-9+.-]{1,10}://\S+", re.IGNORECASE)),
    ("duration", re.compile(r"P(?=[\dT])(?:\d+[YMWD])*(?:T(?:\d+(?:\.\d+)?[HMS])+)?")),
)
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LONGEST: Final = 80
"""Characters of what can be a single value; longer texts are texts."""
_ID: Final = re.compile(
    rf"\d+|{_UUID.pattern}|{_DAY}|(?=[a-f]*\d)[0-9a-f]{{8,}}|[A-Za-z]{{1,4}}[-_]?\d{{2,}}", re.IGNORECASE
)


def type_of(value: Any) -> str:
    """Its type, in the words of the types of fields."""
    return _TYPES.get(type(value), TEXT)


_TYPES: Final = {
    str: TEXT,
    int: "integer",
    Decimal: "number",
    bool: "boolean",
    type(None): "null",
    dict: "object",
    list: "list",
}


def form_of(text: str) -> str:
    """What is written in a text, or ``text``."""
    text = text.strip()
    if len(text) > _LONGEST or not text:
        return TEXT
    if _UUID.fullmatch(text):
        return "uuid"
    return _first(_DIGITS if text[0].isdigit() or text[0] in "+-" else _OTHERS, text)


def _first(forms: tuple[tuple[str, re.Pattern[str]], ...], text: str) -> str:
    return next((name for name, form in forms if form.fullmatch(text)), TEXT)


def names_records(key: str) -> bool:
    """Whether a key of an object is evidently one of many: a number, a day, a UUID, ``E-00017``."""
    return _ID.fullmatch(key) is not None


EPOCHS: Final[tuple[tuple[str, Callable[[int], bool]], ...]] = (
    ("epoch", lambda n: 946_684_800 <= n < 4_102_444_800),
    ("epoch_ms", lambda n: 946_684_800_000 <= n < 4_102_444_800_000),
)
"""Integers that are seconds, or milliseconds, from 2000 to 2100."""
