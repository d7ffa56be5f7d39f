"""
Exact numbers: int and Decimal everywhere, a float nowhere.

Arithmetic has 34 significant digits, half-even, and the range of IEEE decimal128; what a source
sent keeps all its digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import (
    ROUND_HALF_EVEN,
    Clamped,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from typing import Any, Self

from engine.expression.errors import EvaluationError

MAXIMUM_DIGITS = 1000
"""Significant digits of one number in a document, and the size of its decimal exponent at most."""

ARITHMETIC = Context(
    prec=34,
    rounding=ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
"""Only its methods are used, never the context of a thread."""
ARITHMETIC.clear_traps()
ARITHMETIC.traps.update(dict.fromkeys((InvalidOperation, DivisionByZero, Overflow), True))
ARITHMETIC.traps[Clamped] = False

_EXACT = Context(prec=MAXIMUM_DIGITS * 3, Emin=-999_999, Emax=999_999, traps=[InvalidOperation])
_NUMBER = re.compile(r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\s*", re.ASCII)
_LARGEST_INT = 10**34


class NumberError(ValueError):
    """A number with more digits, or a larger exponent, than one that can be kept."""

    code = "number-too-large"


class Exponent(Decimal):
    """A number that its source wrote with an exponent; remembers how."""

    __slots__ = ("source",)
    source: str

    def __new__(cls, source: str) -> Self:
        """``source`` is the text of a JSON number."""
        made = super().__new__(cls, source)
        made.source = source
        return made

    def __reduce__(self) -> tuple[type[Exponent], tuple[str]]:
        return Exponent, (self.source,)

    def __copy__(self) -> Exponent:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Exponent:
        return self


def decode_integer(text: str) -> int:
    """The value of a JSON number without fraction and exponent; raises NumberError."""
    if len(text) > MAXIMUM_DIGITS:
        raise NumberError(f"a number of {len(text)} digits; at most {MAXIMUM_DIGITS} are kept")
    return int(text)


def decode_number(text: str) -> int | Decimal:
    """The exact value of a JSON number; raises NumberError where it is too large to keep."""
    if len(text) > MAXIMUM_DIGITS:
        raise NumberError(f"a number of {len(text)} characters; at most {MAXIMUM_DIGITS} are kept")
    if "e" in text or "E" in text:
        number = Exponent(text)
        if abs(number.adjusted()) > MAXIMUM_DIGITS:
            raise NumberError(f"the number {text} is out of range")
        return number
    if "." in text:
        return Decimal(text)
    return int(text)


def read_number(text: str) -> int | Decimal | None:
    """The number that a text is (spaces around it, a sign, leading zeros allowed), else None."""
    if _NUMBER.fullmatch(text) is None:
        return None
    text = text.strip()
    if len(text) > MAXIMUM_DIGITS:
        raise EvaluationError(f"a number of {len(text)} characters; at most {MAXIMUM_DIGITS} are kept")
    if text.lstrip("+-").isdigit():
        return int(text)
    number = Decimal(text)
    if abs(number.adjusted()) > MAXIMUM_DIGITS:
        raise EvaluationError(f"the number {text} is out of range")
    return number


def is_number(value: Any) -> bool:
    """Whether a value is a number; true and false are none."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def number_text(number: int | Decimal) -> str:
    """A number as its source wrote it; one that we computed without an exponent."""
    if isinstance(number, int):
        return str(number)
    if isinstance(number, Exponent):
        return number.source
    return format(number, "f")


def shortest(number: int | Decimal) -> str:
    """The shortest decimal: 17, 17.0 and 1.7e1 are all ``17``."""
    if isinstance(number, int):
        return str(number)
    text = format(Decimal(number), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", "", "-"} else text


def text_of(value: Any) -> str:
    """Text, a number as the source wrote it, or a boolean; raises EvaluationError for others."""
    if isinstance(value, str):
        return value
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int | Decimal):
        return number_text(value)
    raise EvaluationError(f"{_named(value)} is no text")


def key_text(value: Any) -> str | None:
    """A key as text, a number as its shortest decimal; None for null, raises for lists and objects."""
    if value is None or isinstance(value, str):
        return value
    if is_number(value):
        return shortest(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    raise EvaluationError(f"{_named(value)} cannot be a key")


def rounded(number: int | Decimal) -> int | Decimal:
    """A result cut to 34 digits; an int stays one where it fits; raises EvaluationError."""
    if isinstance(number, int):
        return number if -_LARGEST_INT < number < _LARGEST_INT else compute(ARITHMETIC.plus, Decimal(number))
    return compute(ARITHMETIC.plus, number)


def compute(operation: Callable[..., Decimal], *operands: int | Decimal) -> Decimal:
    """One operation of ``ARITHMETIC``; raises EvaluationError where it has no result."""
    try:
        return operation(*map(Decimal, operands))
    except DivisionByZero:
        raise EvaluationError("division by zero") from None
    except (InvalidOperation, Overflow):
        raise EvaluationError("the result is no number that 34 digits can hold") from None


def whole(number: int | Decimal, rounding: str) -> int | Decimal:
    """The integer next to a number, in the direction of ``rounding``."""
    if isinstance(number, int):
        return number
    near = Decimal(number).to_integral_value(rounding=rounding, context=_EXACT)
    return int(near) if near.adjusted() <= MAXIMUM_DIGITS else near


def _named(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    return f"a {type(value).__name__}"
