"""Which pattern of a time is meant? strftime's directives, compiled to one strict expression."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_MONTHS: Final = [
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
]
_DAYS: Final = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_SHORT: Final = [name[:3] for name in _MONTHS]

_TWO = "[0-9]{1,2}"
DIRECTIVES: Final[Mapping[str, tuple[str, str]]] = {
    "Y": ("year", "[0-9]{4,6}"),
    "y": ("short_year", "[0-9]{2}"),
    "m": ("month", _TWO),
    "d": ("day", _TWO),
    "e": ("day", " ?[0-9]{1,2}"),
    "j": ("day_of_year", "[0-9]{1,3}"),
    "H": ("hour", _TWO),
    "I": ("hour12", _TWO),
    "p": ("half", "[AaPp][Mm]"),
    "M": ("minute", _TWO),
    "S": ("second", _TWO),
    "f": ("fraction", "[0-9]{1,9}"),
    "3f": ("fraction", "[0-9]{3}"),
    "6f": ("fraction", "[0-9]{6}"),
    "z": ("offset", "Z|[+-][0-9]{2}:?[0-9]{2}"),
    ":z": ("offset", "Z|[+-][0-9]{2}:[0-9]{2}"),
    "b": ("month_name", "|".join(_SHORT)),
    "B": ("month_name", "|".join(_MONTHS)),
    "a": ("weekday", "|".join(name[:3] for name in _DAYS)),
    "A": ("weekday", "|".join(_DAYS)),
    "%": ("", "%"),
}
"""Directive, the part that it reads, and how that is written (names in English, any case)."""

_CLOCK = {"hour", "hour12", "half", "minute", "second", "fraction", "offset"}
_TOKEN = re.compile(r"%([:0-9]?[A-Za-z%])|%(.?)", re.DOTALL)

Parts = tuple[int, int, int, int, int, int, int, "tuple[str, int, int] | None"]
"""Year, month, day, hour, minute, second, microsecond, and the offset's sign, hours and minutes."""


class PatternError(ValueError):
    """A pattern that cannot be read."""

    def __init__(self, message: str, *, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern."""

    text: str
    expression: re.Pattern[str]
    clock: bool
    """It reads a time of day."""
    zoned: bool
    """It reads an offset."""

    def parts(self, text: str) -> Parts | None:
        """Read a text; None where it is not written so."""
        found = self.expression.fullmatch(text)
        return None if found is None else _parts(found.groupdict())


def _parts(of: dict[str, str]) -> Parts | None:
    year = int(of["year"]) if "year" in of else int(of["short_year"])
    if "short_year" in of and "year" not in of:
        year += 1900 if year >= 69 else 2000
    month, day = int(of.get("month", "1")), int(of.get("day", "1"))
    if "month_name" in of:
        month = _SHORT.index(of["month_name"][:3].lower()) + 1
    if "day_of_year" in of:
        ends = (0, *_ends(leap=year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)))
        count = int(of["day_of_year"])
        month = sum(count > end for end in ends)
        if not 1 <= month <= 12:
            return None
        day = count - ends[month - 1]
    hour = int(of.get("hour", "0"))
    if "hour12" in of:
        hour = int(of["hour12"])
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if of["half"].lower() == "pm" else 0)
    offset = None
    if of.get("offset") == "Z":
        offset = ("+", 0, 0)
    elif "offset" in of:
        offset = (of["offset"][0], int(of["offset"][1:3]), int(of["offset"][-2:]))
    micro = int(of.get("fraction", "").ljust(6, "0")[:6])
    return year, month, day, hour, int(of.get("minute", "0")), int(of.get("second", "0")), micro, offset


@functools.cache
def _ends(*, leap: bool) -> tuple[int, ...]:
    days = [31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return tuple(sum(days[: index + 1]) for index in range(12))


@functools.lru_cache(maxsize=256)
def compile_pattern(text: str) -> Pattern:
    """Compile a pattern; raise ``PatternError`` where it says too little, or something twice."""
    if len(text) > 200:
        raise PatternError("it is longer than 200 characters")
    pieces, seen, end = [], set[str](), 0
    for token in _TOKEN.finditer(text):
        pieces.append(re.escape(text[end : token.start()]))
        end = token.end()
        directive = token[1]
        if directive not in DIRECTIVES:
            raise PatternError(f"it has no directive '{token[0]}'", offset=token.start())
        part, written = DIRECTIVES[directive]
        if part in seen:
            raise PatternError(f"'{token[0]}' says the {part} again", offset=token.start())
        pieces.append(f"(?P<{part}>{written})" if part else written)
        seen.add(part)
        seen.discard("")
    pieces.append(re.escape(text[end:]))
    if not seen & {"year", "short_year"}:
        raise PatternError("it lacks the year")
    if not ("day_of_year" in seen or seen & {"month", "month_name"}):
        raise PatternError("it lacks the month")
    if not seen & {"day", "day_of_year"}:
        raise PatternError("it lacks the day")
    if ("hour12" in seen) != ("half" in seen):
        raise PatternError("%I and %p need one another")
    return Pattern(
        text,
        re.compile("".join(pieces), re.IGNORECASE | re.ASCII),
        clock=bool(seen & _CLOCK),
        zoned="offset" in seen,
    )
