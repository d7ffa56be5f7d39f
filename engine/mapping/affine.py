"""What does one unit make of a number of another? An exact straight line, kept as two fractions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from engine.mapping.numbers import WIDE, Number, ends, exact_decimal, settled


@dataclass(frozen=True, slots=True)
class Affine:
    """``value * factor + offset``."""

    factor: Fraction
    offset: Fraction = Fraction(0)
    apply: Callable[[Number], Decimal | Fraction] = field(init=False, compare=False, repr=False)
    """Convert a number, exactly: a decimal where the result ends, else a fraction."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "apply", self._compiled())

    def _compiled(self) -> Callable[[Number], Decimal | Fraction]:
        factor, offset, by_fractions = self.factor, self.offset, self._by_fractions
        if not (ends(factor) and ends(offset)):
            return by_fractions
        times, plus = exact_decimal(factor), exact_decimal(offset)

        def line(value: Number) -> Decimal | Fraction:
            if isinstance(value, Fraction):
                return by_fractions(value)
            return WIDE.fma(Decimal(value), times, plus) if plus else WIDE.multiply(Decimal(value), times)

        return line

    def _by_fractions(self, value: Number) -> Decimal | Fraction:
        places = 0
        if not isinstance(value, Fraction):
            exponent = Decimal(value).as_tuple().exponent
            places = max(0, -exponent) if isinstance(exponent, int) else 0
        return settled(Fraction(value) * self.factor + self.offset, places)

    def inverse_factor(self) -> Affine:
        """The line back, of one that has no offset."""
        return Affine(1 / self.factor)

    def meaning(self) -> Any:
        """Both constants, for fingerprints."""
        return [str(self.factor), str(self.offset)]


SAME = Affine(Fraction(1))
