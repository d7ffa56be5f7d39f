"""How long is it? ISO 8601 durations, as PostgreSQL's interval keeps them: months, days and microseconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
MONTH: Final = 30 * DAY
"""Only where lengths are compared, as PostgreSQL compares them."""

_WHOLE = "([+-]?[0-9]{1,10})"
_BROKEN = r"([+-]?[0-9]{1,15}(?:[.,][0-9]{1,30})?)"
_SPAN = re.compile(
    rf"([+-]?)P(?=[0-9+-]|T[0-9+-])(?:{_WHOLE}Y)?(?:{_WHOLE}M)?(?:{_WHOLE}W)?(?:{_WHOLE}D)?"
    rf"(?:T(?=[0-9+-])(?:{_BROKEN}H)?(?:{_BROKEN}M)?(?:{_BROKEN}S)?)?"
)
_MOST_MONTHS = _MOST_DAYS = 2**31 - 1
_MOST_MICROS = 2**63 - 2
"""One less than fits: where all three are the largest, PostgreSQL reads infinity."""


class SpanError(ValueError):
    """A length of time that PostgreSQL's interval cannot hold."""


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time; a month and a day are no fixed number of seconds, so each is kept by itself."""

    months: int = 0
    days: int = 0
    micros: int = 0

    def __post_init__(self) -> None:
        fits = abs(self.months) <= _MOST_MONTHS and abs(self.days) <= _MOST_DAYS
        if not fits or abs(self.micros) > _MOST_MICROS:
            raise SpanError(f"{self.months} months, {self.days} days and {self.micros} µs: too long")

    @property
    def length(self) -> int:
        """Microseconds, of months of 30 days and days of 24 hours: what PostgreSQL orders intervals by."""
        return self.months * MONTH + self.days * DAY + self.micros

    def __str__(self) -> str:
        """ISO 8601, one text for one value: ``P1Y2M3DT4H5M6.5S``."""
        years, months = _split(self.months, 12)
        hours, rest = _split(self.micros, HOUR)
        minutes, rest = _split(rest, MINUTE)
        date = _parts((years, "Y"), (months, "M"), (self.days, "D"))
        clock = _parts((hours, "H"), (minutes, "M")) + (f"{_seconds(rest)}S" if rest else "")
        return f"P{date}T{clock}" if clock else f"P{date or 'T0S'}"


def read_span(text: str) -> Span | None:
    """
    Read a duration of ISO 8601; None where it is not written so.

    Hours, minutes and seconds may be broken; digits after the microsecond are cut off. A week is seven
    days. Each part may have a sign, as Java writes them. Raises ``SpanError`` for what is too long.
    """
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    sign, years, months, weeks, days, *clock = found.groups()
    turn = -1 if sign == "-" else 1
    micros = sum(
        int(Decimal(part.replace(",", ".")) * size)
        for part, size in zip(clock, (HOUR, MINUTE, SECOND), strict=True)
        if part
    )
    return Span(
        months=turn * (12 * int(years or 0) + int(months or 0)),
        days=turn * (7 * int(weeks or 0) + int(days or 0)),
        micros=turn * micros,
    )


def _split(value: int, size: int) -> tuple[int, int]:
    """Quotient and remainder of the same sign."""
    quotient, remainder = divmod(abs(value), size)
    return (-quotient, -remainder) if value < 0 else (quotient, remainder)


def _parts(*parts: tuple[int, str]) -> str:
    return "".join(f"{number}{letter}" for number, letter in parts if number)


def _seconds(micros: int) -> str:
    whole, rest = divmod(abs(micros), SECOND)
    digits = f".{rest:06}".rstrip("0") if rest else ""
    return f"{'-' if micros < 0 else ''}{whole}{digits}"
