"""Numbers: exact, 34 digits, half-even."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from functools import reduce
from typing import Any

from engine.expression.errors import EvaluationError
from engine.expression.functions.signature import function
from engine.expression.numbers import ARITHMETIC, compute, read_number, rounded, whole

Number = int | Decimal


@function("abs(n: number)", "The number without its sign.")
def absolute(number: Number) -> Number:
    """Exact: no digit is cut."""
    return abs(number) if isinstance(number, int) else number.copy_abs()


@function("ceil(n: number)", "The smallest integer that is not below the number.")
def ceil(number: Number) -> Number:
    """See ``whole``."""
    return whole(number, ROUND_CEILING)


@function("floor(n: number)", "The largest integer that is not above the number.")
def floor(number: Number) -> Number:
    """See ``whole``."""
    return whole(number, ROUND_FLOOR)


@function("sum(list: array[number])", "All elements added; 0 for an empty list.")
def total(numbers: list[Number]) -> Number:
    """Exact up to 34 digits."""
    start: Number = 0
    return reduce(plus, numbers, start)


@function("avg(list: array[number])", "The mean; null for an empty list.")
def average(numbers: list[Number]) -> Number | None:
    """The exact sum, divided once."""
    return compute(ARITHMETIC.divide, total(numbers), len(numbers)) if numbers else None


@function(
    "to_number(v: any)",
    "A number as it is, a text that is one as number (`'12.30'` is 12.30), anything else null.",
)
def to_number(value: Any) -> Number | None:
    """Never raises for text that is no number: null."""
    if isinstance(value, str):
        return read_number(value)
    return value if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


@function("add(a: number, b: number)", "a + b.", null=True)
def add(first: Number, second: Number) -> Number:
    """Exact up to 34 digits."""
    return plus(first, second)


@function("subtract(a: number, b: number)", "a - b.", null=True)
def subtract(first: Number, second: Number) -> Number:
    """Exact up to 34 digits."""
    if isinstance(first, int) and isinstance(second, int):
        return rounded(first - second)
    return compute(ARITHMETIC.subtract, first, second)


@function("multiply(a: number, b: number)", "a * b.", null=True)
def multiply(first: Number, second: Number) -> Number:
    """Exact up to 34 digits."""
    if isinstance(first, int) and isinstance(second, int):
        return rounded(first * second)
    return compute(ARITHMETIC.multiply, first, second)


@function("divide(a: number, b: number)", "a / b, to 34 digits; division by zero is an error.", null=True)
def divide(first: Number, second: Number) -> Number:
    """34 digits, half-even."""
    if second == 0:
        raise EvaluationError("divide: division by zero")
    return compute(ARITHMETIC.divide, first, second)


@function("round(n: number, places?: number)", "Rounded half-even to so many places (0).", null=True)
def round_half_even(number: Number, places: Number = 0) -> Number:
    """Negative places round to tens, hundreds, …"""
    if not isinstance(places, int) or not -100 <= places <= 100:
        raise EvaluationError(f"round: places is an integer from -100 to 100, not {places}")
    if isinstance(number, int) and places >= 0:
        return number
    quantum = Decimal((0, (1,), -places))
    if Decimal(number).adjusted() + places >= ARITHMETIC.prec:
        return rounded(number)
    made = Decimal(number).quantize(quantum, rounding=ROUND_HALF_EVEN, context=ARITHMETIC)
    return int(made) if places <= 0 else made


_SPACES = "[ \u00a0\u2009\u202f'\u2019]"


@function(
    "parse_number(s: string|number, decimal: string)",
    "The number in a text with grouped thousands: `parse_number('1.234,50', ',')` is 1234.50;"
    " a sign may stand before or after.",
    null=True,
)
def parse_number(written: str | Number, decimal: str) -> Number:
    """Groups are of three digits, of one kind, before the decimal mark only."""
    if not isinstance(written, str):
        return written
    if decimal not in {".", ","}:
        raise EvaluationError(f"parse_number: decimal is '.' or ',', not {decimal!r}")
    mark, group = re.escape(decimal), re.escape("," if decimal == "." else ".")
    digits = rf"(?:[0-9]+|[0-9]{{1,3}}(?:(?P<group>{group}|{_SPACES})[0-9]{{3}}(?:(?P=group)[0-9]{{3}})*)?)"
    found = re.fullmatch(
        rf"\s*(?P<before>[+\-\u2212]?)\s*(?P<number>{digits}(?:{mark}[0-9]+)?|{mark}[0-9]+)\s*(?P<after>-?)\s*",
        written,
    )
    number = None
    if found is not None and not (found["before"] and found["after"]):
        text = found["number"]
        if found["group"]:
            text = text.replace(found["group"], "")
        sign = "-" if found["before"] in {"-", "\u2212"} or found["after"] else ""
        number = read_number(sign + text.replace(decimal, "."))
    if number is None:
        raise EvaluationError(f"parse_number: {written[:40]!r} is no number")
    return number


def plus(first: Number, second: Number) -> Number:
    """The sum of two numbers: an int of two ints, where 34 digits hold it."""
    if isinstance(first, int) and isinstance(second, int):
        return rounded(first + second)
    return compute(ARITHMETIC.add, first, second)
