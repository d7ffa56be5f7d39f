"""A number of units."""

from __future__ import annotations

from decimal import Decimal as Exact
from typing import Any, ClassVar

from engine.mapping.numbers import number_of, number_text, rounded
from engine.mapping.types.decimal import Bounded
from engine.spec.component import component, field


@component("quantity")
class Quantity(Bounded):
    """A number in the contract's unit, whatever the source sends; rules say the source's unit."""

    unit: str = field(
        "What it is kept in: a unit, or a product or quotient of units.", examples=("kg", "m/s")
    )
    scale: int | None = field(
        "Places after the point, rounded half-even; left out: exact.", default=None, minimum=0, maximum=30
    )

    sql: ClassVar[str] = "numeric"
    plain: ClassVar[bool] = False

    def read(self, value: Any) -> int | Exact:
        """Take a number that is already in the contract's unit."""
        number = number_of(value)
        return number if self.scale is None else rounded(number, self.scale)

    def write(self, value: int | Exact) -> tuple[str]:
        """Write its digits."""
        return (number_text(value),)
