"""A whole number."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from engine.mapping.misfit import Misfit, shown
from engine.mapping.numbers import number_of
from engine.mapping.types.decimal import Bounded
from engine.spec.component import component

_LARGEST = 2**63 - 1


@component("integer")
class Integer(Bounded):
    """A whole number of 64 bits, or text that is exactly one."""

    sql: ClassVar[str] = "bigint"
    ordered: ClassVar[bool] = True
    keyed: ClassVar[bool] = True

    def read(self, value: Any) -> int:
        """Take a number without a fraction."""
        number = number_of(value)
        if isinstance(number, Decimal):
            if number.adjusted() > 20:
                raise Misfit("number-out-of-range", f"{shown(value)} is beyond 64 bits")
            if number != number.to_integral_value():
                raise Misfit("not-an-integer", f"{shown(value)} has a fraction")
            number = int(number)
        if not -_LARGEST - 1 <= number <= _LARGEST:
            raise Misfit("number-out-of-range", f"{shown(value)} is beyond 64 bits")
        return number
