"""When was it? Texts and numbers become dates and instants, by a format and a zone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar, Final, Self, TypeVar
from zoneinfo import ZoneInfo

from engine.expression.strftime import Pattern, PatternError, compile_pattern
from engine.mapping.misfit import Misfit, shown
from engine.mapping.numbers import number_of
from engine.spec.values import ValueProblem

M = TypeVar("M", bound=dt.date)

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_INSTANT = re.compile(
    r"([0-9]{4,6})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.]([0-9]{1,30}))?"
    r"(?:([Zz])|([+-])([0-9]{2}):?([0-9]{2}))?"
)
_DATE = re.compile(r"([0-9]{4,6})-([0-9]{2})-([0-9]{2})")
_DOTNET = re.compile(r"/Date\((-?[0-9]{1,20})(?:[+-][0-9]{4})?\)/")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+/-]{0,63}")


def read_date(text: str) -> dt.date:
    """Read YYYY-MM-DD."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise Misfit("not-a-date", f"{shown(text)} is not a date as YYYY-MM-DD")
    return _built(dt.date, text, "not-a-date", *map(int, found.groups()))


def read_instant(text: str) -> dt.datetime:
    """Read RFC 3339; without an offset the time is naive. Digits after the microsecond are cut off."""
    found = _INSTANT.fullmatch(text)
    if found is None:
        raise Misfit("not-a-timestamp", f"{shown(text)} is not a time as RFC 3339 has it")
    *parts, fraction, zulu, sign, hours, minutes = found.groups()
    zone: dt.tzinfo | None = dt.UTC if zulu else None
    if sign:
        zone = offset_zone(sign, int(hours), int(minutes), text)
    micro = int((fraction or "").ljust(6, "0")[:6])
    return _built(dt.datetime, text, "not-a-timestamp", *map(int, parts), micro, zone)


def offset_zone(sign: str, hours: int, minutes: int, text: str) -> dt.timezone:
    """Make the zone of an offset; raise ``Misfit`` beyond a day."""
    if hours > 23 or minutes > 59:
        raise Misfit("not-a-timestamp", f"{shown(text)} has an offset of more than a day")
    ahead = dt.timedelta(hours=hours, minutes=minutes)
    return dt.timezone(-ahead if sign == "-" else ahead)


def _built(make: Callable[..., M], text: str, code: str, *parts: Any) -> M:
    if parts[0] > 9999:
        raise Misfit("time-out-of-range", f"{shown(text)} lies outside the years 1 to 9999")
    try:
        return make(*parts)
    except ValueError:
        raise Misfit(code, f"{shown(text)} does not exist in the calendar or on the clock") from None


def _epoch(value: Any, per_second: int) -> dt.datetime:
    number = number_of(value)
    if not -(10**15) < number < 10**15:
        raise Misfit("time-out-of-range", f"{shown(value)} lies outside the years 1 to 9999")
    micros = Fraction(number) * 1_000_000 // per_second
    try:
        return _EPOCH + dt.timedelta(microseconds=int(micros))
    except OverflowError:
        message = f"{shown(value)} lies outside the years 1 to 9999"
        raise Misfit("time-out-of-range", message) from None


def _dotnet(value: Any) -> dt.datetime:
    found = _DOTNET.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Misfit("not-a-timestamp", f"{shown(value)} is not a time as /Date(…)/")
    return _epoch(int(found[1]), 1000)


def _texts_only(read: Callable[[str], Any]) -> Callable[[Any], Any]:
    def checked(value: Any) -> Any:
        if type(value) is not str:
            raise Misfit("not-a-timestamp", f"{shown(value)} is no text: a time as text was expected")
        return read(value)

    return checked


_NAMED: Mapping[str, Callable[[Any], dt.date]] = {
    "rfc3339": _texts_only(read_instant),
    "date": _texts_only(read_date),
    "epoch": lambda value: _epoch(value, 1),
    "epoch_ms": lambda value: _epoch(value, 1000),
    "dotnet": _dotnet,
}
_NOT_BUILT = ("iso_duration", "parts")


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """How a source writes times: ``rfc3339 date epoch epoch_ms dotnet``, or strftime's directives."""

    format: ClassVar[str] = "time-format"

    text: str
    read: Callable[[Any], dt.date] = field(compare=False, repr=False)
    """A date where the format has no time of day, else a datetime, naive without an offset."""
    clock: bool = field(compare=False)
    """It has a time of day."""
    zoned: bool = field(compare=False)
    """What it reads always has an offset."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the name of a format, or a pattern."""
        if text in _NOT_BUILT:
            raise ValueProblem(f"format '{text}' is not built yet", code="not-built")
        if text in _NAMED:
            return cls(text, _NAMED[text], text != "date", text.startswith("epoch") or text == "dotnet")
        try:
            pattern = compile_pattern(text)
        except PatternError as error:
            raise ValueProblem(
                f"{text!r} is not a format of times: {error}", code="wrong-time-format", offset=error.offset
            ) from None
        if not pattern.complete:
            raise ValueProblem(f"{text!r} lacks the year, the month or the day", code="wrong-time-format")
        return cls(text, _reader(pattern), pattern.clock, pattern.zoned)

    def meaning(self) -> Any:
        """Its text."""
        return self.text


def _reader(pattern: Pattern) -> Callable[[Any], dt.date]:
    code = "not-a-timestamp" if pattern.clock else "not-a-date"

    def read(value: Any) -> dt.date:
        if type(value) is not str:
            raise Misfit(code, f"{shown(value)} is no text: a time as {pattern.text} was expected")
        moment = pattern.read(value)
        if moment is None:
            raise Misfit(code, f"{shown(value)} is not a time as {pattern.text}")
        return moment if pattern.clock else moment.date()

    return read


def zone_of(name: Any) -> ZoneInfo:
    """Look a zone up in the IANA database."""
    try:
        if isinstance(name, str) and _ZONE.fullmatch(name):
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        pass  # said below, as for names that cannot be one
    raise Misfit("zone-unknown", f"{shown(name)} is not a zone of the IANA database, as Europe/Paris")


def in_zone(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Put a naive time into a zone; what the clocks there showed twice, or never, is refused."""
    early, late = moment.replace(tzinfo=zone, fold=0), moment.replace(tzinfo=zone, fold=1)
    if early.utcoffset() == late.utcoffset():
        return early
    written = moment.isoformat(" ")
    if to_utc(early).astimezone(zone).replace(tzinfo=None) == moment:
        raise Misfit("time-ambiguous", f"{written} came twice in {zone.key}, when the clocks went back")
    raise Misfit("time-nonexistent", f"{written} never came in {zone.key}, when the clocks went forward")


def to_utc(moment: dt.datetime) -> dt.datetime:
    """Turn an aware time into UTC."""
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError:
        message = f"{moment.isoformat()} lies outside the years 1 to 9999 in UTC"
        raise Misfit("time-out-of-range", message) from None
