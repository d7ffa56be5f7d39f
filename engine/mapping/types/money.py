"""An amount and its currency."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal as Exact
from typing import Any, ClassVar

from engine.mapping.misfit import Misfit
from engine.mapping.numbers import finished, number_text
from engine.mapping.types.decimal import Scaled, check_bounds
from engine.spec.component import component, field

Stored = tuple[int | Exact, str]
"""An amount as it is kept, and its currency."""


@component("money")
class Money(Scaled):
    """An exact amount and an ISO 4217 code, in two columns; ``min`` and ``max`` hold for the amount."""

    per: str | None = field(
        "For a rate: the time that the amount is for.", default=None, examples=("work_year", "work_hour")
    )

    reserved: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("in", "on", "within"), "conversion between currencies is not built yet"
    )
    sql: ClassVar[str] = "numeric"
    plain: ClassVar[bool] = False

    def columns(self, name: str) -> tuple[tuple[str, str], ...]:
        """Amount and currency."""
        return ((name, "numeric"), (f"{name}_currency", "text"))

    def read(self, value: Any) -> Stored:
        """Take what the rule's ``currency`` made: an amount and a code."""
        if type(value) is not tuple:
            raise Misfit("currency-missing", "an amount without a currency")
        return finished(value[0], self.scale), value[1]

    def bound(self, value: Stored) -> None:
        """Compare the amount with ``min`` and ``max``."""
        check_bounds(value[0], self.min, self.max)

    def write(self, value: Stored) -> tuple[str, str]:
        """Write both."""
        return number_text(value[0]), value[1]
