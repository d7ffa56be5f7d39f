"""May an example be shown? What may be personal keeps its shape and loses what it says."""

from __future__ import annotations

import re
from typing import Any, Final

from engine.review.forms import EPOCHS, TEXT
from engine.review.profile import Stands
from engine.review.reach import Steps

_TELLING: Final = re.compile(
    r"name|mail|phone|telefon|mobil|fax|addr|street|strasse|city|zip|postal|postcode|birth|geburt|iban|bic"
    r"|passport|ssn|social|national|gender|religion|person|owner|contact|login|user|account|ip$|comment|note",
    re.IGNORECASE,
)
"""In the names of a path: whatever stands there may be personal."""
_TELLING_WORDS: Final = frozenset(
    ("cell", "dob", "first", "given", "last", "middle", "nick", "sex", "surname", "tel", "tin", "vat")
)
_PERSONAL: Final = (
    re.compile(r"[^@\s]+@[^@\s]+"),
    re.compile(r"(?<![\w.])[+(]?\d[\d\s()/.-]{5,}\d(?!\w)"),
    re.compile(r"\b[A-Z]{2}\d{2}[ A-Z0-9]{11,40}"),
    re.compile(r"[^\W\d_]+(?:[-'\u2019]\w+)*,? (?=[^\W\d_])(?![a-z])"),
    re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b"),
    re.compile(r"\S+(?:\s+\S+){3}"),
)
"""An address, a number of a phone or a person, an IBAN, words of which one has a capital, sentences."""
_TELL_NOBODY: Final = frozenset(
    {
        *("date", "timestamp", "local time", "day/month/year", "day.month.year", "time of day"),
        *("duration", "quantity", "uuid"),
    }
)
_LONG_NUMBER: Final = 7
"""Digits from which on a number may be somebody's."""
_AGAIN: Final = 3
"""A word of a few comes so often, on average."""


def tells(steps: Steps) -> bool:
    """Whether the names of a path say that somebody is told of there."""
    names = [step for step in steps if isinstance(step, str)]
    return any(_TELLING.search(each) or not _TELLING_WORDS.isdisjoint(words(each)) for each in names)


def words(name: str) -> list[str]:
    """``badgeNumber``, ``badge-number``, ``BADGE_NUMBER`` as their words, in lower case."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return [each.lower() for each in re.split(r"[^A-Za-z0-9]+", parted) if each]


def example(stands: Stands, *, personal: bool = False) -> tuple[str, bool]:
    """
    A value of a path as it may be shown, and whether it is masked; ``personal``: it is known to be.

    Numbers, days and words that come again and again are shown, where neither the path nor they themselves
    look personal; any other text may be anything.
    """
    value = _typical(stands)
    text = _text(value)
    if not personal and not tells(stands.steps) and _harmless(stands, value):
        return text, False
    return masked(text), True


def masked(text: str) -> str:
    """Letters are x, digits 9; capitals, length and all else stay."""
    return "".join(
        "9" if each.isdigit() else ("X" if each.isupper() else "x") if each.isalpha() else each
        for each in text
    )


def _typical(stands: Stands) -> Any:
    if not stands.many and stands.words and isinstance(stands.examples[0], str):
        return max(stands.words, key=lambda each: stands.words[each])
    return stands.examples[0] if stands.examples else None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _harmless(stands: Stands, value: Any) -> bool:
    if value is None or isinstance(value, bool):
        return True
    if not isinstance(value, str):
        epoch = isinstance(value, int) and any(fits(value) for _, fits in EPOCHS)
        return epoch or sum(each.isdigit() for each in str(value).partition(".")[0]) < _LONG_NUMBER
    forms = set(stands.forms)
    if forms <= _TELL_NOBODY:
        return True
    if any(each.search(word) for word in (value, *stands.words) for each in _PERSONAL):
        return False
    if forms == {"number in text"}:
        return len(value) < _LONG_NUMBER
    few = not stands.many and stands.values >= _AGAIN * len(stands.words)
    return few and forms <= {TEXT, "number in text"} | _TELL_NOBODY
