"""Patterns of times: strftime's directives with `%3f` and `%:z`, read strictly and written back."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from engine.expression.instants import NAMED

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHORT: Final = [name[:3].lower() for name in _MONTHS]
_LONGEST = 200


def _offset(moment: dt.datetime, colon: str) -> str:
    ahead = moment.utcoffset()
    if ahead is None:
        raise ValueError("the time has no offset")
    minutes = int(ahead.total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{colon}{abs(minutes) % 60:02}"


_TWO = "[0-9]{1,2}"
_DIRECTIVES: Final[Mapping[str, tuple[str, str, Callable[[dt.datetime], str]]]] = {
    "Y": ("year", "[0-9]{4}", lambda t: f"{t.year:04}"),
    "y": ("short_year", "[0-9]{2}", lambda t: f"{t.year % 100:02}"),
    "m": ("month", _TWO, lambda t: f"{t.month:02}"),
    "d": ("day", _TWO, lambda t: f"{t.day:02}"),
    "e": ("day", " ?[0-9]{1,2}", lambda t: f"{t.day:2}"),
    "j": ("day_of_year", "[0-9]{1,3}", lambda t: f"{t.timetuple().tm_yday:03}"),
    "H": ("hour", _TWO, lambda t: f"{t.hour:02}"),
    "I": ("hour12", _TWO, lambda t: f"{(t.hour + 11) % 12 + 1:02}"),
    "p": ("half", "[AaPp][Mm]", lambda t: "AM" if t.hour < 12 else "PM"),
    "M": ("minute", _TWO, lambda t: f"{t.minute:02}"),
    "S": ("second", _TWO, lambda t: f"{t.second:02}"),
    "f": ("fraction", "[0-9]{1,9}", lambda t: f"{t.microsecond:06}"),
    "3f": ("fraction", "[0-9]{3}", lambda t: f"{t.microsecond // 1000:03}"),
    "6f": ("fraction", "[0-9]{6}", lambda t: f"{t.microsecond:06}"),
    "z": ("offset", "Z|[+-][0-9]{2}:?[0-9]{2}", lambda t: _offset(t, "")),
    ":z": ("offset", "Z|[+-][0-9]{2}:[0-9]{2}", lambda t: _offset(t, ":")),
    "b": ("month_name", "|".join(name[:3] for name in _MONTHS), lambda t: _MONTHS[t.month - 1][:3]),
    "B": ("month_name", "|".join(_MONTHS), lambda t: _MONTHS[t.month - 1]),
    "a": ("weekday", "|".join(name[:3] for name in _DAYS), lambda t: _DAYS[t.weekday()][:3]),
    "A": ("weekday", "|".join(_DAYS), lambda t: _DAYS[t.weekday()]),
    "%": ("", "%", lambda _t: "%"),
}
"""Directive: the part that it is, how that is read (names in English, any case) and written."""

_CLOCK = frozenset({"hour", "hour12", "half", "minute", "second", "fraction", "offset"})
_HOURS = frozenset({"hour", "hour12"})
_TOKEN = re.compile(r"%([:0-9]?[A-Za-z%])|%(.?)", re.DOTALL)


class PatternError(ValueError):
    """A pattern that cannot be used; ``offset`` counts characters from 0."""

    def __init__(self, message: str, *, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A compiled pattern."""

    text: str
    clock: bool
    """It has a time of day."""
    zoned: bool
    """It has an offset."""
    missing: str
    """What it lacks to read a date from (of a mere time of day: the hour), with how to say it."""
    timely: bool
    """It says a time of day, and nothing of a date."""
    expression: re.Pattern[str]
    writers: tuple[str | Callable[[dt.datetime], str], ...]

    @property
    def unfinished(self) -> str:
        """Why no date can be read by it, in words."""
        if "%" in self.text:
            return f"{self.text!r} lacks {self.missing}"
        return f"{self.text!r} is no format ({', '.join(sorted(NAMED))}) and no pattern such as %d/%m/%Y"

    @property
    def complete(self) -> bool:
        """Whether a date can be read by it."""
        return not self.missing

    def read(self, text: str) -> dt.datetime | None:
        """The time that a text writes, naive without an offset; None where it is not written so."""
        found = self.expression.fullmatch(text)
        if found is None:
            return None
        try:
            return _moment(found.groupdict())
        except ValueError:
            return None

    def write(self, moment: dt.datetime) -> str:
        """The text of a time; raises ValueError where an offset is to be written and there is none."""
        return "".join(part if isinstance(part, str) else part(moment) for part in self.writers)


@functools.lru_cache(maxsize=256)
def compile_pattern(text: str) -> Pattern:
    """Compile a pattern; raises PatternError for what is no directive, or says a part twice."""
    if len(text) > _LONGEST:
        raise PatternError(f"it is longer than {_LONGEST} characters")
    pieces: list[str] = []
    writers: list[str | Callable[[dt.datetime], str]] = []
    seen: set[str] = set()
    end = 0
    for token in _TOKEN.finditer(text):
        between = text[end : token.start()]
        end = token.end()
        if token[1] not in _DIRECTIVES:
            raise PatternError(f"it has no directive '{token[0]}'", offset=token.start())
        part, written, writer = _DIRECTIVES[token[1]]
        if part and part in seen:
            raise PatternError(f"'{token[0]}' says the {part} again", offset=token.start())
        seen.add(part)
        pieces += [re.escape(between), f"(?P<{part}>{written})" if part else written]
        writers += [between, writer]
    pieces.append(re.escape(text[end:]))
    writers.append(text[end:])
    if ("hour12" in seen) != ("half" in seen):
        raise PatternError("%I and %p need one another")
    return Pattern(
        text=text,
        clock=bool(seen & _CLOCK),
        zoned="offset" in seen,
        missing=_missing(seen - {""}),
        timely=bool(seen & _HOURS) and not seen - _CLOCK - {""},
        expression=re.compile("".join(pieces), re.IGNORECASE | re.ASCII),
        writers=tuple(writers),
    )


def _missing(seen: set[str]) -> str:
    if seen and seen < _CLOCK and not seen & _HOURS:
        return "the hour (%H)"
    wanted = {
        "the year (%Y)": {"year", "short_year"},
        "the month (%m)": {"month", "month_name", "day_of_year"},
        "the day (%d)": {"day", "day_of_year"},
    }
    lacking = [part for part, ways in wanted.items() if not seen & ways]
    return " and ".join((", ".join(lacking[:-1]), lacking[-1]) if len(lacking) > 1 else lacking)


def _moment(of: Mapping[str, str]) -> dt.datetime:
    """The time of its parts, in 1970 without a year; ValueError for one that no calendar or clock has."""
    year = int(of.get("year") or of.get("short_year") or "1970")
    if "short_year" in of:
        year += 1900 if year >= 69 else 2000
    month, day = int(of.get("month", "1")), int(of.get("day", "1"))
    if "month_name" in of:
        month = _SHORT.index(of["month_name"][:3].lower()) + 1
    date = dt.date(year, month, day)
    if "day_of_year" in of:
        date = dt.date(year, 1, 1) + dt.timedelta(days=int(of["day_of_year"]) - 1)
        if date.year != year:
            raise ValueError("no such day in this year")
    hour = int(of.get("hour", "0"))
    if "hour12" in of:
        hour = int(of["hour12"])
        if not 1 <= hour <= 12:
            raise ValueError("no such hour on a clock of twelve")
        hour = hour % 12 + (12 if of["half"].lower() == "pm" else 0)
    clock = dt.time(
        hour,
        int(of.get("minute", "0")),
        int(of.get("second", "0")),
        int(of.get("fraction", "").ljust(6, "0")[:6]),
        tzinfo=_zone(of.get("offset")),
    )
    return dt.datetime.combine(date, clock)


def _zone(offset: str | None) -> dt.tzinfo | None:
    if offset is None:
        return None
    if offset in {"Z", "z"}:
        return dt.UTC
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    if hours > 23 or minutes > 59:
        raise ValueError("an offset of more than a day")
    ahead = dt.timedelta(hours=hours, minutes=minutes)
    return dt.timezone(-ahead if offset[0] == "-" else ahead)
