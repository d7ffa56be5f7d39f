"""An instant."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from engine.mapping.misfit import Misfit, shown
from engine.mapping.times import read_instant, to_utc
from engine.mapping.types import Field
from engine.spec.component import component


@component("timestamp")
class Timestamp(Field):
    """An instant to the microsecond; text is RFC 3339 unless a rule gives its ``format``."""

    sql: ClassVar[str] = "timestamptz"
    ordered: ClassVar[bool] = True
    timed: ClassVar[bool] = True

    def read(self, value: Any) -> dt.datetime:
        """Take what ``format`` and ``zone`` made, or an instant as text; UTC comes out."""
        if isinstance(value, dt.datetime):
            if value.tzinfo is None:
                raise Misfit("zone-missing", f"{value.isoformat()} has no zone: give one in the rule")
            return to_utc(value)
        if isinstance(value, dt.date):
            raise Misfit("time-missing", f"{value.isoformat()} is a date, without a time of day")
        if type(value) is not str:
            raise Misfit("not-a-timestamp", f"{shown(value)} is not a timestamp: give its format")
        return self.read(read_instant(value))

    def write(self, value: dt.datetime) -> tuple[str]:
        """Write ``YYYY-MM-DDTHH:MM:SS.ffffff+00:00``."""
        return (value.isoformat(timespec="microseconds"),)
