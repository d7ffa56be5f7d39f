"""When was it? The named ways in which sources write dates and times, read strictly; and zones."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from engine.expression.errors import shown

M = TypeVar("M", bound=dt.date)

EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
TICKS: Final = {"epoch": 1, "epoch_ms": 1000, "dotnet": 1000}
"""Formats that count from 1970, and how many of their units make a second."""
NAMED: Final = frozenset({*TICKS, "rfc3339", "date", "parts", "iso_duration"})
"""Formats that have a name; all others are patterns."""

_INSTANT = re.compile(
    r"([0-9]{4,6})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.]([0-9]{1,30}))?"
    r"(?:([Zz])|([+-])([0-9]{2}):?([0-9]{2}))?"
)
_DATE = re.compile(r"([0-9]{4,6})-([0-9]{2})-([0-9]{2})")
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.]([0-9]{1,30}))?)?")
_DOTNET = re.compile(r"/Date\((-?[0-9]{1,20})(?:[+-][0-9]{4})?\)/")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+/-]{0,63}")
_FARTHEST = 10**15


class TimeFault(ValueError):
    """A value that is no time, or none that the calendar, the clock or the zone has."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_date(text: str) -> dt.date:
    """Read YYYY-MM-DD."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise TimeFault("not-a-date", f"{shown(text)} is not a date as YYYY-MM-DD")
    return _built(dt.date, text, "not-a-date", *map(int, found.groups()))


def read_instant(text: str) -> dt.datetime:
    """Read RFC 3339; without an offset the time is naive. Digits after the microsecond are cut off."""
    found = _INSTANT.fullmatch(text)
    if found is None:
        raise TimeFault("not-a-timestamp", f"{shown(text)} is not a time as RFC 3339 has it")
    *parts, fraction, zulu, sign, hours, minutes = found.groups()
    zone: dt.tzinfo | None = dt.UTC if zulu else None
    if sign:
        zone = _offset(sign, int(hours), int(minutes), text)
    return _built(dt.datetime, text, "not-a-timestamp", *map(int, parts), _micros(fraction), zone)


def read_clock(text: str) -> dt.time:
    """Read HH:MM, with seconds and their digits where there are; those after the microsecond are cut off."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise TimeFault("not-a-time", f"{shown(text)} is not a time of day as HH:MM or HH:MM:SS")
    try:
        return dt.time(int(found[1]), int(found[2]), int(found[3] or 0), _micros(found[4]))
    except ValueError:
        raise TimeFault("not-a-time", f"{shown(text)} is on no clock") from None


def read_ticks(number: int | Decimal, form: str) -> dt.datetime:
    """Count from 1970 in the unit of a format of ``TICKS``; what is finer than a microsecond is cut off."""
    said = f"{shown(number)} lies outside the years 1 to 9999"
    if not -_FARTHEST < number < _FARTHEST:
        raise TimeFault("time-out-of-range", said)
    micros = Fraction(number) * 1_000_000 // TICKS[form]
    try:
        return EPOCH + dt.timedelta(microseconds=int(micros))
    except OverflowError:
        raise TimeFault("time-out-of-range", said) from None


def dotnet_ticks(value: Any) -> int:
    """The milliseconds in ``/Date(…)/``; an offset there says nothing of the instant."""
    found = _DOTNET.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise TimeFault("not-a-timestamp", f"{shown(value)} is not a time as /Date(…)/")
    return int(found[1])


def zone_of(name: Any) -> ZoneInfo:
    """Look a zone up in the IANA database."""
    try:
        if isinstance(name, str) and _ZONE.fullmatch(name):
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        pass  # said below, as for names that cannot be one
    raise TimeFault("zone-unknown", f"{shown(name)} is not a zone of the IANA database, as Europe/Paris")


def in_zone(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Put a naive time into a zone; what the clocks there showed twice, or never, is refused."""
    early, late = moment.replace(tzinfo=zone, fold=0), moment.replace(tzinfo=zone, fold=1)
    if early.utcoffset() == late.utcoffset():
        return early
    written = moment.isoformat(" ")
    if to_zone(early, dt.UTC).astimezone(zone).replace(tzinfo=None) == moment:
        raise TimeFault("time-ambiguous", f"{written} came twice in {zone.key}, when the clocks went back")
    raise TimeFault("time-nonexistent", f"{written} never came in {zone.key}, when the clocks went forward")


def to_zone(moment: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """What the clocks of a zone show at an aware time."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        message = f"{moment.isoformat()} lies outside the years 1 to 9999 there"
        raise TimeFault("time-out-of-range", message) from None


def _micros(fraction: str | None) -> int:
    return int((fraction or "").ljust(6, "0")[:6])


def _offset(sign: str, hours: int, minutes: int, text: str) -> dt.timezone:
    if hours > 23 or minutes > 59:
        raise TimeFault("not-a-timestamp", f"{shown(text)} has an offset of more than a day")
    ahead = dt.timedelta(hours=hours, minutes=minutes)
    return dt.timezone(-ahead if sign == "-" else ahead)


def _built(make: Callable[..., M], text: str, code: str, *parts: Any) -> M:
    if parts[0] > 9999:
        raise TimeFault("time-out-of-range", f"{shown(text)} lies outside the years 1 to 9999")
    try:
        return make(*parts)
    except ValueError:
        said = f"{shown(text)} does not exist in the calendar or on the clock"
        raise TimeFault(code, said) from None
