"""A length of time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from engine.expression.spans import SECOND, Span
from engine.mapping.misfit import Misfit, shown
from engine.mapping.times import duration_of
from engine.mapping.types import Field
from engine.spec.component import Path, component, field
from engine.spec.values import Duration as Bound


@component("duration")
class Duration(Field):
    """
    Months, days and microseconds, as ISO 8601 writes them: P1Y2M, P3DT12H, PT37H30M.

    A month is no number of days and a day no number of hours: each stays what it is. Numbers need a
    rule's ``unit``. ``min`` and ``max`` compare as PostgreSQL does: by months of 30 days, days of 24 hours.
    """

    min: Bound | None = field("The shortest that it takes.", default=None, examples=("0s",))
    max: Bound | None = field("The longest that it takes.", default=None, examples=("24h",))

    sql: ClassVar[str] = "interval"
    ordered: ClassVar[bool] = True
    timed: ClassVar[bool] = True

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """``min`` is not above ``max``."""
        if self.min is not None and self.max is not None and self.min.seconds > self.max.seconds:
            yield ("min",), "wrong-bounds", "min is above max"

    def read(self, value: Any) -> Span:
        """Take what ``format`` or ``unit`` made, or a duration as text."""
        if isinstance(value, Span):
            return value
        if type(value) is not str:
            raise Misfit("not-a-duration", f"{shown(value)} is not a duration: a number needs its unit")
        return duration_of(value)

    @property
    def bounded(self) -> bool:
        """Whether it has ``min`` or ``max``."""
        return self.min is not None or self.max is not None

    def bound(self, value: Span) -> None:
        """Compare with ``min`` and ``max``."""
        if self.min is not None and value.length < self.min.seconds * SECOND:
            raise Misfit("below-min", f"{value} is below {self.min.text}")
        if self.max is not None and value.length > self.max.seconds * SECOND:
            raise Misfit("above-max", f"{value} is above {self.max.text}")
