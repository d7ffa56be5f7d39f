"""How does a source write the values that order its records? Text to integers and back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Literal, Self
from zoneinfo import ZoneInfo

from engine.expression.instants import NAMED, dotnet_ticks
from engine.expression.parts import read_parts
from engine.expression.strftime import PatternError, compile_pattern
from engine.spec.values import ValueProblem

Kind = Literal["timestamp", "date", "integer"]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EPOCH_NAIVE = dt.datetime(1970, 1, 1)  # noqa: DTZ001 # the difference of two times without a zone
_MICROSECOND = dt.timedelta(microseconds=1)
SECOND = 1_000_000
DAY = 86_400 * SECOND
_FIRST = (dt.datetime.min.replace(tzinfo=dt.UTC) - _EPOCH) // _MICROSECOND + DAY  # room for any zone
_LAST = (dt.datetime.max.replace(tzinfo=dt.UTC) - _EPOCH) // _MICROSECOND - DAY
_LOW, _HIGH = -(2**63) + 1, 2**63 - 1
_BETWEEN = ("T", "t", " ")
"""What may stand between the date and the time of RFC 3339."""


class TimeStyle(str):
    """How times are written: ``rfc3339 date epoch epoch_ms dotnet parts``, or strftime's directives."""

    __slots__ = ()
    format: ClassVar[str] = "time-format"  # type: ignore[assignment] # a str has a method of that name

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the name of a format, or a pattern that says a whole date."""
        if text == "iso_duration":
            said = "a length of time orders no records: a cursor and a version say when"
            raise ValueProblem(said, code="wrong-time-format")
        if text in NAMED:
            return cls(text)
        try:
            pattern = compile_pattern(text)
        except PatternError as error:
            raise ValueProblem(
                f"{text!r} is not a format of times: {error}", code="wrong-time-format", offset=error.offset
            ) from None
        if not pattern.complete:
            raise ValueProblem(pattern.unfinished, code="wrong-time-format")
        return cls(text)


@dataclass(frozen=True, slots=True)
class Scale:
    """
    One way to write a time, a date or a number.

    Times and dates are microseconds since 1970 (a date: its midnight, UTC), integers themselves.
    """

    kind: Kind = "timestamp"
    format: str = "rfc3339"
    zone: ZoneInfo | None = None
    """Of times that are written without one; None: UTC."""

    def read(self, value: Any) -> int | None:
        """The value as an integer; None where it is null, malformed or out of range."""
        try:
            read = self._integer(value) if self.kind == "integer" else self._time(value)
        except (ValueError, OverflowError, ArithmeticError):
            return None
        if read is not None and self.kind == "date":
            read -= read % DAY
        return read if read is not None and _LOW <= read <= _HIGH else None

    def reader(self) -> Callable[[Any], int | None]:
        """``read``, with a short cut for the most usual times."""
        if self.kind != "timestamp" or self.format != "rfc3339":
            return self.read
        parse, epoch, unit, exact = dt.datetime.fromisoformat, _EPOCH, _MICROSECOND, self.read

        def quick(value: Any) -> int | None:
            try:
                return (parse(value) - epoch) // unit if value[10] in _BETWEEN else None
            except (TypeError, ValueError, LookupError):
                return exact(value)

        return quick

    def write(self, value: int, format_: str | None = None, *, end: Literal["lower", "upper"]) -> Any:
        """
        The text (or number) that a request carries, never later than a lower ``value`` and never
        earlier than an upper one where local time repeats an hour.
        """
        if self.kind == "integer":
            return value
        style = format_ or self.format
        if style == "parts":
            style = "rfc3339"  # parts are read only; what stands in a template has to be a text
        if style in {"epoch", "epoch_ms"}:
            return value // (SECOND if style == "epoch" else 1000)
        if style == "dotnet":
            return f"/Date({value // 1000})/"
        moment = moment_of(value)
        if style == "date" or (style == "rfc3339" and self.kind == "date"):
            return self._local(moment).date().isoformat() if self.kind == "timestamp" else str(moment.date())
        if style == "rfc3339":
            return canonical_time(value, short=True)
        return compile_pattern(style).write(
            self._safe(moment, style, end) if self.kind == "timestamp" else moment
        )

    def floor(self, value: int) -> int:
        """The latest value that is not after ``value`` and can be written exactly."""
        if self.kind == "integer":
            return value
        if self.kind == "date":
            # Without a zone somebody to the west still writes yesterday's date.
            local = self._local(moment_of(value if self.zone else value - DAY // 2))
            return (local.date() - _EPOCH.date()).days * DAY
        if self.format in {"rfc3339", "parts"} or "%f" in self.format:
            return value
        if self.format in {"epoch_ms", "dotnet"} or "%3f" in self.format:
            return value - value % 1000
        if self.format == "epoch" or "%S" in self.format or "%s" in self.format:
            return value - value % SECOND
        local = self._local(moment_of(value))
        start = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        return micros(start)

    def canonical(self, value: int) -> str:
        """RFC 3339 UTC with microseconds, an ISO date, or digits: what a watermark is kept as."""
        if self.kind == "integer":
            return str(value)
        return canonical_time(value) if self.kind == "timestamp" else str(moment_of(value).date())

    def from_canonical(self, text: str) -> int:
        """What ``canonical`` wrote."""
        if self.kind == "integer":
            return int(text)
        return micros(dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC))

    def _integer(self, value: Any) -> int | None:
        if isinstance(value, bool):
            return None
        if isinstance(value, int):
            return value
        if isinstance(value, str):
            return int(value) if len(value) < 25 and value.lstrip("-").isdecimal() else None
        return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else None

    def _time(self, value: Any) -> int | None:
        style = self.format
        if style in {"epoch", "epoch_ms"}:
            if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
                return None
            return int(Decimal(value) * (SECOND if style == "epoch" else 1000))
        if style == "dotnet":
            return dotnet_ticks(value) * 1000
        if not (isinstance(value, str) or style == "parts"):
            return None
        if style == "rfc3339":
            whole = value[10:11] in _BETWEEN or (self.kind == "date" and len(value) == 10)
            moment = dt.datetime.fromisoformat(value) if whole else None
        elif style == "date":
            moment = dt.datetime.fromisoformat(value) if len(value) == 10 else None
        elif style == "parts":
            moment = _midnight(read_parts(value))
        else:
            moment = compile_pattern(style).read(value)
        if moment is None:
            return None
        if moment.tzinfo is None:
            if self.zone is None:
                return (moment - _EPOCH_NAIVE) // _MICROSECOND
            moment = moment.replace(tzinfo=self.zone)
        if self.kind == "date":
            return (moment.replace(tzinfo=None) - _EPOCH_NAIVE) // _MICROSECOND
        return micros(moment)

    def _local(self, moment: dt.datetime) -> dt.datetime:
        return moment if self.zone is None else moment.astimezone(self.zone)

    def _safe(self, moment: dt.datetime, style: str, end: Literal["lower", "upper"]) -> dt.datetime:
        """Local time; the text of an hour that comes twice is moved out of doubt."""
        local = self._local(moment)
        if self.zone is None or compile_pattern(style).zoned:
            return local
        first, second = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
        if first is None or second is None or first == second:
            return local
        gap = abs(first - second)
        return self._local(moment - gap if end == "lower" else moment + gap)


def _midnight(day: dt.date) -> dt.datetime:
    """A time as it is; a date as the time at which it begins."""
    return day if isinstance(day, dt.datetime) else dt.datetime.combine(day, dt.time())


def micros(moment: dt.datetime) -> int:
    """Microseconds since 1970 of a time with a zone."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(value: int) -> dt.datetime:
    """The UTC time of microseconds since 1970, within the years 1 to 9999."""
    return _EPOCH + dt.timedelta(microseconds=min(max(value, _FIRST), _LAST))


def canonical_time(value: int, *, short: bool = False) -> str:
    """RFC 3339, UTC; with microseconds, or (``short``) as many digits as are needed."""
    moment = moment_of(value)
    if short:
        return moment.replace(tzinfo=None).isoformat() + "Z"
    return moment.isoformat(timespec="microseconds")
