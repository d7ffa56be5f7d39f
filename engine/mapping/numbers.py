"""Which number is it, exactly? Integers and decimals as PostgreSQL can hold them."""

from __future__ import annotations

import functools
import re
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation
from fractions import Fraction
from typing import Any, Final

from engine.mapping.misfit import Misfit, kind_of, shown

NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
"""Text that is exactly one number: as JSON writes it."""

Number = int | Decimal | Fraction
"""Between the steps of a rule a result that does not end is a fraction: only the type's step rounds."""

DIGITS: Final = 34
"""Significant digits of a result that does not end."""

_LARGEST: Final = 131_071
"""PostgreSQL's numeric: digits before the point, less one."""
_FINEST: Final = 16_383
"""PostgreSQL's numeric: digits after the point."""
_LONGEST: Final = 1_000
"""Characters of a text that is read as a number."""

WIDE: Final = Context(prec=200_000, Emax=999_999, Emin=-999_999, traps=[Inexact])
"""Decimal arithmetic that is exact or raises ``Inexact``."""
_LOOSE: Final = Context(prec=200_000, rounding=ROUND_HALF_EVEN, Emax=999_999, Emin=-999_999, traps=[])
"""As wide, for rounding to places."""
_ROUNDED: Final = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN, Emax=999_999, Emin=-999_999)


def carried(value: Any) -> Number:
    """As ``number_of``, and a fraction that an earlier step of the rule made."""
    return value if isinstance(value, Fraction) else number_of(value)


def number_of(value: Any) -> int | Decimal:
    """Take a number, or text that is exactly one; raise ``Misfit`` otherwise."""
    kind = type(value)
    if kind is int:
        return value  # type: ignore[no-any-return] # the line above says so
    if isinstance(value, Decimal):
        return _checked(value)
    if kind is str:
        if len(value) > _LONGEST or NUMBER.fullmatch(value) is None:
            raise Misfit("not-a-number", f"{shown(value)} is not exactly one number")
        if value.lstrip("-").isdigit():
            return int(value)
        return _checked(_decimal(value))
    raise Misfit("not-a-number", f"{shown(value)} is {kind_of(value)}, not a number")


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        message = f"{shown(text)} is beyond what a numeric column can hold"
        raise Misfit("number-out-of-range", message) from None


def _checked(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise Misfit("not-a-number", f"{shown(value)} is not a finite number")
    exponent = value.as_tuple().exponent
    if value.adjusted() > _LARGEST or (isinstance(exponent, int) and -exponent > _FINEST):
        raise Misfit("number-out-of-range", f"{shown(value)} is beyond what a numeric column can hold")
    return value


def number_text(value: int | Decimal) -> str:
    """PostgreSQL's text of a number: plain digits, scientific beyond 200 of them."""
    if type(value) is int:
        if value.bit_length() > 420_000:
            raise Misfit("number-out-of-range", "an integer beyond what a numeric column can hold")
        return str(value) if value.bit_length() < 10_000 else str(Decimal(value))
    exact = _checked(Decimal(value))
    if exact.is_zero():
        exact = exact.copy_abs()
    return f"{exact:f}" if -200 < exact.adjusted() < 200 else str(Decimal(exact))


def ends(value: Fraction) -> bool:
    """Whether a fraction is a decimal that ends."""
    return _places(value) is not None


def _places(value: Fraction) -> int | None:
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None


def exact_decimal(value: Fraction, scale: int = 0) -> Decimal:
    """The decimal of a fraction, with at least ``scale`` places: exact if it ends, else 34 digits."""
    made = settled(value, scale)
    if isinstance(made, Decimal):
        return made
    return _ROUNDED.divide(Decimal(value.numerator), Decimal(value.denominator))


def settled(value: Fraction, scale: int = 0) -> Decimal | Fraction:
    """A fraction that ends as a decimal with at least ``scale`` places; any other as it is."""
    least = _places(value)
    if least is None:
        return value
    places = max(least, scale)
    digits = value.numerator * 10**places // value.denominator
    return Decimal(digits).scaleb(-places, WIDE)


def finished(value: Number, scale: int | None) -> int | Decimal:
    """The number to store, rounded once: half-even to ``scale`` places; None: exact, or to 34 digits."""
    if scale is not None:
        return rounded(value, scale)
    return exact_decimal(value) if isinstance(value, Fraction) else value


def rounded(value: Number, scale: int) -> Decimal:
    """Round half-even to exactly ``scale`` places."""
    if isinstance(value, Fraction):
        return Decimal(round(value * 10**scale)).scaleb(-scale, WIDE)
    return Decimal(value).quantize(_unit_of(scale), context=_LOOSE)


@functools.cache
def _unit_of(scale: int) -> Decimal:
    """One in the last of so many places; a contract has at most 30."""
    return Decimal(1).scaleb(-scale)


def added(one: Decimal | Fraction, other: Decimal | Fraction) -> Decimal | Fraction:
    """The exact sum."""
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return WIDE.add(one, other)
    return settled(Fraction(one) + Fraction(other))
