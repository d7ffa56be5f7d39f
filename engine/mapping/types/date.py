"""A day of the calendar."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from engine.mapping.misfit import Misfit, shown
from engine.mapping.times import read_date
from engine.mapping.types import Field
from engine.spec.component import component


@component("date")
class Date(Field):
    """A day, years 1 to 9999; text is YYYY-MM-DD unless a rule gives its ``format``."""

    sql: ClassVar[str] = "date"
    ordered: ClassVar[bool] = True
    keyed: ClassVar[bool] = True
    timed: ClassVar[bool] = True

    def read(self, value: Any) -> dt.date:
        """Take what ``format`` made, or a date as text; a time of day other than midnight is refused."""
        if isinstance(value, dt.datetime):
            if value.time() != dt.time():
                raise Misfit("time-lost", f"{value.isoformat()} holds a time of day, which a date would lose")
            return value.date()
        if isinstance(value, dt.date):
            return value
        if type(value) is not str:
            raise Misfit("not-a-date", f"{shown(value)} is not a date: give its format")
        return read_date(value)

    def write(self, value: dt.date) -> tuple[str]:
        """Write YYYY-MM-DD."""
        return (value.isoformat(),)
