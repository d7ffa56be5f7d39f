"""
Which units need no registry? The everyday ones, whose exact sizes are written here.

pint takes half a second to load. A test holds every line against it: names, dimensions, sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final


@dataclass(frozen=True, slots=True)
class Everyday:
    """A unit: pint's name for it, what it measures, and its size in metres, kilograms, seconds."""

    name: str
    dimension: str
    size: Fraction


_LINES: Final = """
[length] meter metre m = 1
[length] kilometer kilometre km = 1000
[length] centimeter centimetre cm = 1/100
[length] millimeter millimetre mm = 1/1000
[length] inch in = 127/5000
[length] foot ft = 381/1250
[length] yard yd = 1143/1250
[length] mile mi = 201168/125
[mass]   kilogram kg = 1
[mass]   gram g = 1/1000
[mass]   milligram mg = 1/1000000
[mass]   pound lb = 45359237/100000000
[mass]   ounce oz = 45359237/1600000000
[time]   second s = 1
[time]   minute min = 60
[time]   hour h = 3600
[time]   day = 86400
[time]   week = 604800
"""


def _read() -> dict[str, Everyday]:
    found: dict[str, Everyday] = {}
    for line in _LINES.split("\n"):
        if line:
            words, _, size = line.partition(" = ")
            dimension, name, *others = words.split()
            unit = Everyday(name, dimension, Fraction(size))
            found |= dict.fromkeys((name, *others), unit)
    return found


EVERYDAY: Final[Mapping[str, Everyday]] = _read()
"""By every name that is listed; a name that is not may still be one of pint's."""
