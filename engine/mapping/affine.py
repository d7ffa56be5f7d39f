"""What does one unit make of a number of another? An exact straight line, kept as two fractions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from engine.mapping.numbers import WIDE, ends, exact_decimal


@dataclass(frozen=True, slots=True)
class Affine:
    """``value * factor + offset``."""

    factor: Fraction
    offset: Fraction = Fraction(0)
    apply: Callable[[int | Decimal], Decimal] = field(init=False, compare=False, repr=False)
    """Convert a number: exact where the result ends, else 34 digits, rounded half-even."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "apply", self._compiled())

    def _compiled(self) -> Callable[[int | Decimal], Decimal]:
        factor, offset = self.factor, self.offset
        if not (ends(factor) and ends(offset)):
            return self._by_fractions
        times, plus = exact_decimal(factor), exact_decimal(offset)
        if plus:
            return lambda value: WIDE.fma(Decimal(value), times, plus)
        return lambda value: WIDE.multiply(Decimal(value), times)

    def _by_fractions(self, value: int | Decimal) -> Decimal:
        number = Decimal(value)
        exponent = number.as_tuple().exponent
        places = max(0, -exponent) if isinstance(exponent, int) else 0
        return exact_decimal(Fraction(number) * self.factor + self.offset, places)

    def inverse_factor(self) -> Affine:
        """The line back, of one that has no offset."""
        return Affine(1 / self.factor)

    def meaning(self) -> Any:
        """Both constants, for fingerprints."""
        return [str(self.factor), str(self.offset)]


SAME = Affine(Fraction(1))
