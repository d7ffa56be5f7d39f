"""A number of units."""

from __future__ import annotations

from decimal import Decimal as Exact
from typing import Any, ClassVar

from engine.mapping.numbers import carried, finished, number_text
from engine.mapping.types.decimal import Scaled
from engine.spec.component import component, field


@component("quantity")
class Quantity(Scaled):
    """A number in the contract's unit, whatever the source sends; rules say the source's unit."""

    unit: str = field(
        "What it is kept in: a unit, or a product or quotient of units.", examples=("kg", "m/s")
    )

    sql: ClassVar[str] = "numeric"
    ordered: ClassVar[bool] = True
    plain: ClassVar[bool] = False

    def read(self, value: Any) -> int | Exact:
        """Take a number that is already in the contract's unit."""
        return finished(carried(value), self.scale)

    def write(self, value: int | Exact) -> tuple[str]:
        """Write its digits."""
        return (number_text(value),)
