"""What stands in a recording for one value or key? Itself where it has to, or its mask."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from engine.flow.mask import TIME, Mask

_AGAIN: Final = 20
"""Times that a mask is masked anew where something else stands for the same already."""
_NUMBERED: Final = re.compile(r"[A-Za-z_]*\d+[A-Za-z_]*", re.ASCII)
"""Texts of which two that differ in digits only are sorted alike by every source."""
_TELLS: Final = re.compile(r"[^\W\d_]{4}|@")
"""A name begins with so many letters; codes of units, currencies and months are shorter."""
_SHORT: Final = re.compile(r"[A-Z0-9]{1,3}|[+-]?\d{1,12}[.,]\d{1,4}")
"""A code, or an amount, which a condition may look into."""
_DAY: Final = (("year",), ("monthValue", "month"), ("day", "dayOfMonth"))
_CLOCK: Final = ("hour", "hours", "minute", "minutes", "second", "seconds")
_LATEST: Final = 60
"""No hour, minute or second is as late."""


class Kind(Enum):
    """What a value is needed for."""

    NOTHING = "nothing"
    """No rule needs it as it is."""
    UNKNOWN = "unknown"
    """Nobody can tell what it is needed for: it may be personal."""
    PERSONAL = "personal"
    """A personal field is made of it, and no other may show it."""
    ASKED = "asked"
    """A condition reads it: numbers, times and short codes stand."""
    SORTED = "sorted"
    """Pages are sorted by it: the digits of numbered texts stand too."""
    READ = "read"
    """A number, a time or a code is made of it: short texts stand too."""
    WHOLE = "whole"
    """It reads as a number, a time or a code: it stands."""
    CODE = "code"
    """It is a country or a currency, which stand also inside of what is personal."""


class StandIns:
    """Values and keys as they may stand in a recording: pure."""

    def __init__(self, mask: Mask, words: Iterable[str], names: Iterable[str]) -> None:
        """``words``: texts that the project's files say; ``names``: keys that its expressions name."""
        self._mask, self._words = mask, frozenset(words)
        self._known = self._words | frozenset(names)
        self._alike = frozenset(map(_folded, self._words))

    def said(self, text: str) -> bool:
        """Whether the project's files say a text themselves; case and space around make no difference."""
        return _folded(text) in self._alike

    def named(self, key: str) -> bool:
        """Whether an expression, or another text of the project's files, names a key."""
        return key in self._known

    def value(self, value: Any, kind: Kind = Kind.NOTHING) -> Any:
        """A text, number, boolean or null."""
        if value is None or isinstance(value, bool) or kind in {Kind.WHOLE, Kind.CODE}:
            return value
        needed = kind in {Kind.ASKED, Kind.SORTED, Kind.READ}
        if not isinstance(value, str):
            return value if needed or not isinstance(value, int | Decimal) else self._mask.number(value)
        if self.said(value) or (needed and TIME.fullmatch(value.strip())):
            return value
        if needed and _SHORT.fullmatch(value.strip()):
            return value
        if kind is Kind.READ and not _TELLS.search(value):
            return value
        if kind is Kind.SORTED and _NUMBERED.fullmatch(value):
            return "".join(each if each.isdigit() else self.text(each) for each in re.split(r"(\d+)", value))
        return self.text(value)

    def text(self, text: str) -> str:
        """The mask of a text, never a word or a name of the project's: nothing else is taken for one."""
        masked = self._text(text)
        for _ in range(_AGAIN):
            if masked not in self._known and not self.said(masked):
                break
            masked = self._text(masked)
        return masked

    def _text(self, text: str) -> str:
        if TIME.fullmatch(text.strip()):
            return self._mask.time(text)
        scheme, mark, rest = text.rpartition("://")
        return scheme + mark + self._mask.text(rest) if scheme.isalpha() else self._mask.text(text)

    def keys(self, keys: Collection[str]) -> Mapping[str, str]:
        """The keys of one object, masked as texts are where nothing names them, and all different."""
        made = {key: key for key in keys if self.named(key)}
        taken = set(made)
        for key in keys:
            if key in made:
                continue
            found, again = self.text(key), 0
            while found in taken:  # two days may have one mask, and so may letters without an alphabet
                again += 1
                found = self.text(found) if again <= _AGAIN else f"{found}-{again}"
            made[key] = found
            taken.add(found)
        return made

    def day(self, value: Any) -> Mapping[Any, Any]:
        """Personal parts of a time, by key or index: of another day, at the same time of it."""
        if isinstance(value, list):
            days, clock = ((0,), (1,), (2,)), range(3, 6)
            there: Any = range(len(value) if 3 <= len(value) <= 7 else 0)
        elif isinstance(value, dict):
            days, clock, there = _DAY, _CLOCK, value  # type: ignore[assignment] # keys in place of indices
        else:
            return {}
        places = [next((each for each in part if each in there), None) for part in days]
        if None in places or any(type(value[each]) is not int for each in places):
            return {}
        year, month, day = (value[each] for each in places)
        if not (1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= 31):
            return {}
        made = map(int, self._mask.time(f"{year:04d}-{month:02d}-{day:02d}").split("-"))
        kept = {each: value[each] for each in clock if each in there and value[each] in range(_LATEST)}
        return dict(zip(places, made, strict=True)) | kept


def _folded(text: str) -> str:
    return text.strip().casefold()
