"""A time of day."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from engine.expression.spans import DAY, Span
from engine.mapping.misfit import Misfit, shown
from engine.mapping.times import read_clock
from engine.mapping.types import Field
from engine.spec.component import component

_MIDNIGHT = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - only its clock is read


@component("time")
class Time(Field):
    """
    What a clock shows, to the microsecond, on no day and in no zone; text is HH:MM or HH:MM:SS.

    A rule's ``format`` is a pattern of a time of day, ``parts``, or ``iso_duration``: SAP writes PT14H30M00S.
    """

    sql: ClassVar[str] = "time"
    ordered: ClassVar[bool] = True
    keyed: ClassVar[bool] = True
    timed: ClassVar[bool] = True

    def read(self, value: Any) -> dt.time:
        """Take what ``format`` made, or a time as text; one with an offset is refused."""
        if isinstance(value, dt.time):
            return value
        if isinstance(value, Span):
            if value.months or value.days or not 0 <= value.micros < DAY:
                raise Misfit("not-a-time", f"{value} is no time of a day")
            return (_MIDNIGHT + dt.timedelta(microseconds=value.micros)).time()
        if type(value) is not str:
            raise Misfit("not-a-time", f"{shown(value)} is not a time of day: give its format")
        return read_clock(value)

    def write(self, value: dt.time) -> tuple[str]:
        """Write ``HH:MM:SS``, with six more digits where there are any."""
        return (value.isoformat(),)
