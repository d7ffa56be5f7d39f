"""When was it, in parts? Objects and lists of numbers, as Java, Google and Tryton write times in JSON."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from engine.expression.errors import shown

_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "year": ("year",),
    "month": ("monthValue", "month"),
    "day": ("day", "dayOfMonth"),
    "hour": ("hour", "hours"),
    "minute": ("minute", "minutes"),
    "second": ("second", "seconds"),
}
"""A part, and what it is called: monthValue before month, which Java writes as a word beside it."""

_DIGITS = re.compile("[0-9]{1,10}")
_MOST = 10**10

_FRACTIONS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("millisecond", "milliseconds", "millis"), 1_000),
    **dict.fromkeys(("microsecond", "microseconds", "micros"), 1_000_000),
    **dict.fromkeys(("nanosecond", "nanoseconds", "nano", "nanos"), 1_000_000_000),
}
"""What a part of a second is called, and how many make one."""

PART_NAMES: Final = frozenset(each for names in _NAMES.values() for each in names) | _FRACTIONS.keys()
"""Every key of an object that is looked at."""


class PartsError(ValueError):
    """No parts of a time, or of one that does not exist; the message says which."""


def read_parts(value: Any) -> dt.date:
    """
    Read ``{year, month, day}`` or ``[year, month, day]`` as a date; with an hour it is a naive time.

    An object may have ``hour``, ``minute``, ``second`` (0 where they are missing or null) and one of
    ``millisecond``, ``microsecond`` and ``nanosecond``; other keys are not looked at. A list goes on with
    hour, minute, second and nanoseconds. Months count from 1. Raises ``PartsError``.
    """
    date, clock = _dated(value)
    try:
        day = dt.date(*date)
        return day if clock is None else dt.datetime.combine(day, dt.time(*clock))
    except (ValueError, OverflowError):
        raise PartsError("these parts are no time of the calendar and the clock") from None


def read_clock_parts(value: Any) -> dt.time:
    """Read ``{hour, minute, second, …}`` or ``[hour, minute, second, nanoseconds]`` as a time of day."""
    clock = _list_clock(value) if isinstance(value, list) else _object_clock(value)
    if clock is None:
        raise PartsError("these parts lack the hour")
    try:
        return dt.time(*clock)
    except (ValueError, OverflowError):
        raise PartsError("these parts are no time of the clock") from None


Clock = tuple[int, int, int, int]
"""Hour, minute, second, microsecond."""


def _dated(value: Any) -> tuple[list[int], Clock | None]:
    if isinstance(value, list):
        if not 3 <= len(value) <= 7 or len(value) == 4:
            raise PartsError("a list of parts is [year, month, day] or goes on with hour, minute, …")
        return [_whole(each) for each in value[:3]], _list_clock(value[3:]) if len(value) > 3 else None
    clock = _object_clock(value)
    date = [_named(value, part) for part in ("year", "month", "day")]
    if None in date:
        raise PartsError("parts of a date are year, month and day")
    return [each for each in date if each is not None], clock


def _list_clock(value: Sequence[Any]) -> Clock:
    if not 2 <= len(value) <= 4:
        raise PartsError("a list of parts of the day is [hour, minute, second, nanoseconds]")
    hour, minute, second, nanos = [*map(_whole, value), 0, 0][:4]
    return hour, minute, second, _micros(nanos, 1_000_000_000)


def _object_clock(value: Any) -> Clock | None:
    if not isinstance(value, dict):
        raise PartsError("parts are an object or a list")
    hour = _named(value, "hour")
    if hour is None:
        return None
    fractions = [(name, per) for name, per in _FRACTIONS.items() if value.get(name) is not None]
    if len(fractions) > 1:
        raise PartsError(f"{' and '.join(name for name, _ in fractions)} say the same")
    micros = _micros(_whole(value[fractions[0][0]]), fractions[0][1]) if fractions else 0
    return hour, _named(value, "minute") or 0, _named(value, "second") or 0, micros


def _named(value: Mapping[str, Any], part: str) -> int | None:
    found = next((value[name] for name in _NAMES[part] if value.get(name) is not None), None)
    return None if found is None else _whole(found)


def _whole(value: Any) -> int:
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    if not number or not -_MOST < value < _MOST or value != int(value):
        raise PartsError(f"{shown(value)} is not a whole number, as a part is")
    return int(value)


def _micros(value: int, per_second: int) -> int:
    """Digits after the microsecond are cut off."""
    if not 0 <= value < per_second:
        raise PartsError("a part of a second is less than one")
    return value * 1_000_000 // per_second
