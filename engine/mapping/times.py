"""When was it, and how long? Texts, numbers and parts become dates, times and durations, by a format."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, ParamSpec, Self, TypeVar
from zoneinfo import ZoneInfo

from engine.expression import instants
from engine.expression.instants import NAMED, TICKS, TimeFault
from engine.expression.parts import PartsError, read_clock_parts, read_parts
from engine.expression.spans import Span, SpanError, read_span
from engine.expression.strftime import Pattern, PatternError, compile_pattern
from engine.mapping.misfit import Misfit, shown
from engine.mapping.numbers import number_of
from engine.spec.values import ValueProblem

P = ParamSpec("P")
T = TypeVar("T")
Read = Callable[[Any], Any]

CODES_OF_TYPES: Final = {
    "date": "not-a-date",
    "timestamp": "not-a-timestamp",
    "time": "not-a-time",
    "duration": "not-a-duration",
}
"""The types that have a format, and the code of what is none of them."""


def _refusing(read: Callable[P, T]) -> Callable[P, T]:
    """The same, with ``Misfit`` for what is no time."""

    @functools.wraps(read)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return read(*args, **kwargs)
        except TimeFault as fault:
            raise Misfit(fault.code, str(fault)) from None

    return run


read_date = _refusing(instants.read_date)
read_instant = _refusing(instants.read_instant)
read_clock = _refusing(instants.read_clock)
zone_of = _refusing(instants.zone_of)
in_zone: Callable[[dt.datetime, ZoneInfo], dt.datetime] = _refusing(instants.in_zone)


@_refusing
def to_utc(moment: dt.datetime) -> dt.datetime:
    """Turn an aware time into UTC."""
    return instants.to_zone(moment, dt.UTC)


def duration_of(value: Any) -> Span:
    """Read text as ISO 8601 has durations."""
    try:
        span = read_span(value) if type(value) is str else None
    except SpanError as error:
        raise Misfit("duration-out-of-range", f"{shown(value)} is beyond an interval: {error}") from None
    if span is None:
        raise Misfit("not-a-duration", f"{shown(value)} is not a duration as P1DT2H30M")
    return span


def _texts_only(read: Callable[[str], Any]) -> Read:
    def checked(value: Any) -> Any:
        if type(value) is not str:
            raise Misfit("not-a-timestamp", f"{shown(value)} is no text: a time as text was expected")
        return read(value)

    return checked


def _ticks(form: str) -> Read:
    read = _refusing(instants.read_ticks)
    return lambda value: read(number_of(value), form)


def _dotnet(value: Any) -> dt.datetime:
    return _refusing(instants.read_ticks)(_refusing(instants.dotnet_ticks)(value), "dotnet")


def _in_parts(read: Read, code: str) -> Read:
    def checked(value: Any) -> Any:
        try:
            return read(value)
        except PartsError as error:
            raise Misfit(code, f"{shown(value)}: {error}") from None

    return checked


_READERS: Final[Mapping[str, Read]] = {
    "rfc3339": _texts_only(read_instant),
    "date": _texts_only(read_date),
    "epoch": _ticks("epoch"),
    "epoch_ms": _ticks("epoch_ms"),
    "dotnet": _dotnet,
    "parts": _in_parts(read_parts, "not-a-timestamp"),
    "iso_duration": duration_of,
}
_CLOCK_PARTS: Final = _in_parts(read_clock_parts, "not-a-time")


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """
    How a source writes times: ``rfc3339 date epoch epoch_ms dotnet parts``, or strftime's directives.

    ``iso_duration`` writes lengths of time. Patterns say a whole date, or nothing but a time of day.
    """

    format: ClassVar[str] = "time-format"

    text: str
    read: Read = field(compare=False, repr=False)
    """A date where the value has no time of day, a time where it has no date, else a datetime, naive
    without an offset; of ``iso_duration`` a ``Span``."""
    dated: bool = field(compare=False)
    """It has a date."""
    clock: bool = field(compare=False)
    """It has a time of day."""
    zoned: bool = field(compare=False)
    """What it reads always has an offset."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the name of a format, or a pattern."""
        if text in NAMED:
            spans = text == "iso_duration"
            return cls(text, _READERS[text], not spans, text not in {"date", "iso_duration"}, text in TICKS)
        try:
            pattern = compile_pattern(text)
        except PatternError as error:
            raise ValueProblem(
                f"{text!r} is not a format of times: {error}", code="wrong-time-format", offset=error.offset
            ) from None
        if not (pattern.complete or pattern.timely):
            raise ValueProblem(pattern.unfinished, code="wrong-time-format")
        return cls(text, _reader(pattern), pattern.complete, pattern.clock, pattern.zoned)

    def unfit(self, tag: str) -> str | None:
        """Why values of a type cannot be written so; None where they can."""
        if (self.text == "iso_duration") != (tag == "duration") and not (
            self.text == "iso_duration" and tag == "time"
        ):
            other = "has only 'iso_duration'" if tag == "duration" else "is no duration"
            return f"a {tag} {other}"
        if tag == "timestamp" and not self.clock:
            return f"{self.text!r} has no time of day, a timestamp has one"
        if tag in {"date", "timestamp"} and not self.dated:
            return f"{self.text!r} has no date, a {tag} has one"
        if tag == "time" and (self.dated or self.zoned) and self.text != "parts":
            return f"{self.text!r} has {'a date' if self.dated else 'an offset'}, a time of day has none"
        return None

    def reader(self, tag: str) -> Read:
        """``read``, for a type that it fits: a time of day has other parts than a date."""
        return _CLOCK_PARTS if self.text == "parts" and tag == "time" else self.read

    def meaning(self) -> Any:
        """Its text."""
        return self.text


def _reader(pattern: Pattern) -> Read:
    kind = ("timestamp" if pattern.clock else "date") if pattern.complete else "time"
    code = CODES_OF_TYPES[kind]

    def read(value: Any) -> Any:
        if type(value) is not str:
            raise Misfit(code, f"{shown(value)} is no text: a time as {pattern.text} was expected")
        moment = pattern.read(value)
        if moment is None:
            raise Misfit(code, f"{shown(value)} is not a time as {pattern.text}")
        if kind == "time":
            return moment.time()
        return moment if pattern.clock else moment.date()

    return read


def first_of(formats: tuple[TimeFormat, ...], tag: str) -> Read:
    """Read by the first format that fits."""
    readers = [each.reader(tag) for each in formats]
    if len(readers) == 1:
        return readers[0]
    written = ", ".join(each.text for each in formats)

    def read(value: Any) -> Any:
        last: Misfit | None = None
        for each in readers:
            try:
                return each(value)
            except Misfit as misfit:
                last = misfit
        raise Misfit(last.code if last else CODES_OF_TYPES[tag], f"none of {written}: {last}")

    return read
