"""An exact number."""

from __future__ import annotations

from decimal import Decimal as Exact
from typing import Any, ClassVar

from engine.mapping.misfit import Misfit
from engine.mapping.numbers import carried, finished, number_text
from engine.mapping.types import Field
from engine.spec.component import component, field


@component()
class Bounded(Field):
    """A type whose values lie between bounds."""

    min: Exact | None = field("The smallest value it takes.", default=None)
    max: Exact | None = field("The largest value it takes.", default=None)

    @property
    def bounded(self) -> bool:
        """Whether it has ``min`` or ``max``."""
        return self.min is not None or self.max is not None

    def bound(self, value: Any) -> None:
        """Compare with ``min`` and ``max``."""
        check_bounds(value, self.min, self.max)


def check_bounds(value: int | Exact, low: Exact | None, high: Exact | None) -> None:
    """Raise ``Misfit`` where a number lies outside two bounds, each of which may be open."""
    if low is not None and value < low:
        raise Misfit("below-min", f"{number_text(value)} is below {number_text(low)}")
    if high is not None and value > high:
        raise Misfit("above-max", f"{number_text(value)} is above {number_text(high)}")


@component()
class Scaled(Bounded):
    """A type whose values may be kept with a fixed number of places."""

    scale: int | None = field(
        "Places after the point, rounded half-even; left out: exact.", default=None, minimum=0, maximum=30
    )


@component("decimal")
class Decimal(Scaled):
    """A number of any size, exact, with the places that the source wrote unless `scale` says how many."""

    sql: ClassVar[str] = "numeric"
    ordered: ClassVar[bool] = True

    def read(self, value: Any) -> int | Exact:
        """Take a number, or text that is exactly one."""
        return finished(carried(value), self.scale)

    def write(self, value: int | Exact) -> tuple[str]:
        """Write its digits."""
        return (number_text(value),)
