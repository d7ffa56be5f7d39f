"""Which number is it, exactly? Integers and decimals as PostgreSQL can hold them."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation
from fractions import Fraction
from typing import Any, Final

from engine.mapping.misfit import Misfit, kind_of, shown

NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
"""Text that is exactly one number: as JSON writes it."""

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
_ROUNDED: Final = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN, Emax=999_999, Emin=-999_999)


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
    least = _places(value)
    if least is None:
        return _ROUNDED.divide(Decimal(value.numerator), Decimal(value.denominator))
    places = max(least, scale)
    digits = value.numerator * 10**places // value.denominator
    return Decimal(digits).scaleb(-places, WIDE)


def rounded(value: int | Decimal, scale: int) -> Decimal:
    """Round half-even to exactly ``scale`` places."""
    loose = WIDE.copy()
    loose.traps[Inexact] = False
    return Decimal(value).quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_EVEN, context=loose)
