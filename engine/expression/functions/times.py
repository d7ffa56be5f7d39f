"""Times: as RFC 3339 text inside expressions; no function reads a clock."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from engine.expression.errors import EvaluationError
from engine.expression.functions.signature import function
from engine.expression.instants import (
    EPOCH,
    NAMED,
    TICKS,
    TimeFault,
    dotnet_ticks,
    in_zone,
    read_date,
    read_instant,
    read_ticks,
    to_zone,
    zone_of,
)
from engine.expression.numbers import read_number
from engine.expression.strftime import Pattern, PatternError, compile_pattern

T = TypeVar("T")

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DURATION = re.compile(r"(-?)([0-9]{1,12})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _pattern(form: str) -> Pattern:
    if form in NAMED:
        raise EvaluationError(f"{form!r} writes no text of a time: it is a format of rules alone")
    try:
        return compile_pattern(form)
    except PatternError as error:
        raise EvaluationError(f"{form!r} is no format of times: {error}") from None


def _check_format(form: str) -> None:
    if form not in TICKS and form not in {"rfc3339", "date"}:
        _pattern(form)


def _duration(by: str) -> tuple[str, str, str]:
    found = _DURATION.fullmatch(by)
    if found is None:
        raise EvaluationError(f"{by!r} is no duration such as 30s, 5m, 1h or -7d")
    return found[1], found[2], found[3]


def _zone(name: str) -> ZoneInfo:
    return _told(zone_of, name)


@function(
    "parse_time(s: string|number, format: string, zone?: string|null)",
    "A time as RFC 3339 in UTC (`2024-05-01T08:30:00Z`), a date as `2024-05-01`; the format is"
    " `rfc3339 date epoch epoch_ms dotnet` or strftime's. Without offset and zone it stays local.",
    null=True,
    version=2,
    literals={1: _check_format, 2: _zone},
)
def parse_time(written: str | int | Decimal, form: str, zone: str | None = None) -> str:
    """Digits after the microsecond are cut off."""
    moment = _read(written, form)
    if not isinstance(moment, dt.datetime):
        return moment.isoformat()
    if moment.tzinfo is None and zone is not None:
        moment = _placed(moment, zone)
    return _text(moment if moment.tzinfo is None else _shifted(moment, dt.UTC))


@function(
    "format_time(t: string|date|timestamp, format: string, zone?: string|null)",
    "A time, given as RFC 3339 or a date, written in a format, in a zone; epochs are numbers.",
    null=True,
    version=2,
    literals={1: _check_format, 2: _zone},
)
def format_time(time: str | dt.date, form: str, zone: str | None = None) -> str | int:
    """Without a zone the clock is the one of the text."""
    moment = _moment(time)
    if zone is not None:
        moment = _placed(moment, zone) if moment.tzinfo is None else _shifted(moment, _zone(zone))
    if form == "rfc3339":
        return _text(moment)
    if form == "date":
        return moment.date().isoformat()
    if form in TICKS:
        if moment.tzinfo is None:
            raise EvaluationError(f"format_time: {time!s} has no offset, so it has no {form}")
        ticks = (moment - EPOCH) // dt.timedelta(microseconds=1_000_000 // TICKS[form])
        return f"/Date({ticks})/" if form == "dotnet" else ticks
    try:
        return _pattern(form).write(moment)
    except ValueError as error:
        raise EvaluationError(f"format_time: {error}") from None


@function(
    "date_parts(t: string|date|timestamp)",
    "`{year, month, day, weekday, hour, minute, second}` as the text shows them; Monday is 1.",
    null=True,
    version=2,
)
def date_parts(time: str | dt.date) -> dict[str, int]:
    """The parts of the day are 0 for a date."""
    moment = _moment(time)
    return {
        "year": moment.year,
        "month": moment.month,
        "day": moment.day,
        "weekday": moment.isoweekday(),
        "hour": moment.hour,
        "minute": moment.minute,
        "second": moment.second,
    }


@function(
    "shift(t: string|date|timestamp, by: string)",
    "A time moved by a duration such as `'1d'` or `'-30m'`; a date by days.",
    null=True,
    version=2,
    literals={1: _duration},
)
def shift(time: str | dt.date, by: str) -> str | dt.date:
    """Days have 24 hours; the offset of the text stays. A date gives a date, a time a time."""
    sign, digits, unit = _duration(by)
    amount = -int(digits) if sign else int(digits)
    date_only = _is_date(time)
    if date_only and unit != "d":
        raise EvaluationError(f"shift: a date is moved by days, not by {by!r}")
    try:
        moved = _moment(time) + dt.timedelta(**{_UNITS[unit]: amount})
    except OverflowError:
        raise EvaluationError("shift: the result lies outside the years 1 to 9999") from None
    if isinstance(time, dt.date):
        return moved.date() if date_only else moved
    return moved.date().isoformat() if date_only else _text(moved)


def _read(written: str | int | Decimal, form: str) -> dt.date:
    if form in TICKS:
        return _ticks(written, form)
    if not isinstance(written, str):
        raise EvaluationError(f"parse_time: a number is no time as {form!r}")
    if form == "rfc3339":
        return _told(read_instant, written)
    if form == "date":
        return _told(read_date, written)
    pattern = _pattern(form)
    if not pattern.complete:
        raise EvaluationError(f"parse_time: {pattern.unfinished}")
    moment = pattern.read(written)
    if moment is None:
        raise EvaluationError(f"parse_time: {written[:40]!r} is no time as {form!r}")
    return moment if pattern.clock else moment.date()


def _ticks(written: str | int | Decimal, form: str) -> dt.datetime:
    if form == "dotnet":
        return _told(read_ticks, _told(dotnet_ticks, written), form)
    ticks = read_number(written) if isinstance(written, str) else written
    if ticks is None:
        raise EvaluationError(f"parse_time: {written!s:.40} is no time as {form!r}")
    return _told(read_ticks, ticks, form)


def _told(read: Callable[..., T], *arguments: Any) -> T:
    """What a reader gives; its refusal as that of an expression."""
    try:
        return read(*arguments)
    except TimeFault as fault:
        raise EvaluationError(str(fault)) from None


def _is_date(time: Any) -> bool:
    return _DATE.fullmatch(time) is not None if isinstance(time, str) else not isinstance(time, dt.datetime)


def _moment(time: str | dt.date) -> dt.datetime:
    if isinstance(time, dt.datetime):
        return time
    if isinstance(time, str) and not _is_date(time):
        return _told(read_instant, time)
    date = _told(read_date, time) if isinstance(time, str) else time
    return dt.datetime.combine(date, dt.time())


def _placed(moment: dt.datetime, name: str) -> dt.datetime:
    """A local time in a zone; one that the clocks there showed twice, or never, is refused."""
    return _told(in_zone, moment, _zone(name))


def _shifted(moment: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    return _told(to_zone, moment, zone)


def _text(moment: dt.datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
