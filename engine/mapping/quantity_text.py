"""Which quantity does a text name? "82.5 kg", "5 ft 11 in": numbers, each with its unit."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Final

from engine.mapping.affine import Affine
from engine.mapping.misfit import Misfit, shown
from engine.mapping.numbers import added

_NAME: Final = r"[^\s0-9.,+*/^-]+(?:(?:\*\*|\^)-?[0-9])?"
_PART = re.compile(rf"\s*([0-9]+(?:\.[0-9]+)?)\s*({_NAME}(?:\s?[*/]\s?{_NAME})*)")
_WHOLE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(\S.*)")
_LONGEST: Final = 200
_MOST: Final = 5


Line = Callable[[str], Affine | None]
"""Gives the constants of a unit by its name."""


def quantity_parts(text: str, line: Line) -> list[tuple[Decimal, str, Affine]]:
    """
    Read a text as its parts: number, unit, and the constants of that unit.

    A sign stands only before the first number and holds for all of them. What follows one number may
    also be a code with digits in it, ``m2``.
    """
    bare = text.strip()
    sign, rest = (bare[:1], bare[1:]) if bare[:1] in {"-", "+"} else ("", bare)
    parts: list[tuple[Decimal, str, Affine]] = []
    at = 0
    whole = _WHOLE.fullmatch(rest) if len(text) <= _LONGEST else None
    single = line(whole[2]) if whole is not None else None
    if whole is not None and single is not None:
        parts, at = [(Decimal(whole[1]), whole[2], single)], len(rest)
    while at < len(rest) and len(text) <= _LONGEST and len(parts) <= _MOST:
        found = _PART.match(rest, at)
        if found is None:
            break
        constants = line(found[2])
        if constants is None:
            raise Misfit(
                "unknown-unit", f"{shown(found[2])} in {shown(text)} is not a unit of this dimension"
            )
        parts.append((Decimal(found[1]), found[2], constants))
        at = found.end()
    if at < len(rest) or not parts or len(parts) > _MOST:
        raise Misfit(
            "not-a-quantity", f"{shown(text)} is not a number with its unit, as 82.5 kg or 5 ft 11 in"
        )
    if len(parts) > 1 and any(constants.offset for _, _, constants in parts):
        raise Misfit("not-a-quantity", f"{shown(text)} adds up units that count from different zeros")
    if sign == "-":
        parts = [(number.copy_negate(), unit, constants) for number, unit, constants in parts]
    return parts


def quantity_of(text: str, line: Line) -> Decimal | Fraction:
    """Add the parts of a text up, in the unit that ``line`` converts to."""
    total: Decimal | Fraction | None = None
    for number, _, constants in quantity_parts(text, line):
        one = constants.apply(number)
        total = one if total is None else added(total, one)
    assert total is not None  # noqa: S101 - there is no text without parts
    return total
