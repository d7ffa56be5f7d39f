"""
Which unit does a record name? A name, its plural, a code of the trade, or a product of names.

Files name units as pint does; records write ``lbs``, ``KGM``, ``m²`` and ``km/h``. Whatever they write is
resolved here by tables and products of fractions: no text of a record reaches pint.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, Final

from engine.mapping.affine import Affine
from engine.mapping.unit_names import UnitProblem, read_product
from engine.mapping.units import Unit, Units

MOST_FACTORS: Final = 4
"""Names in a product that a record writes."""
MOST_KNOWN: Final = 5_000
"""Answers that are remembered; then it starts anew."""

_SIGNS: Final = str.maketrans({"·": "*", "⋅": "*", "℃": "°C", "℉": "°F"})
_RAISED = re.compile("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_DIGITS: Final = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


class NamedUnits:
    """All that can become numbers in ``goal``, by what a record calls it."""

    def __init__(self, units: Units, goal: Unit) -> None:
        """Tables are made when the first name is asked for."""
        self._units = units
        self.goal = goal
        self._known: dict[str, Affine | None] = {}

    def line(self, name: str) -> Affine | None:
        """The constants of what a record names; None for what is no unit, or none of this dimension."""
        if name not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[name] = self._find(name)
        return self._known[name]

    def meaning(self) -> Any:
        """What a fingerprint takes: our own definitions, and the codes."""
        coded = self._units.coded(self.goal)
        codes = {code: line.meaning() for code, line in sorted(coded.items())}
        return {**self._units.own_constants(self.goal), **({"codes": codes} if codes else {})}

    def _find(self, name: str) -> Affine | None:
        table, coded = self._units.table(self.goal), self._units.coded(self.goal)
        text = _plain(name)
        named = table.get(text)
        if named is not None and name in coded and coded[name] != named:
            return None  # a code and a name that differ: who writes it may mean either
        found = named or coded.get(name)
        if found is None and len(text) > 2 and text.endswith("s"):
            found = table.get(text[:-1])
        return found or self._product(text)

    def _product(self, text: str) -> Affine | None:
        """A product of pint's own names: ours stay single, or a fingerprint would have to hold them all."""
        try:
            factors = list(read_product(text))
        except UnitProblem:
            return None
        if len(factors) > MOST_FACTORS or (len(factors) == 1 and factors[0][1] == 1):
            return None
        size, powers = Fraction(1), dict[str, Fraction]()
        for name, power, _ in factors:
            one = self._units.sizes.get(name)
            if one is None:
                return None
            size *= one[0] ** power
            for base, each in one[1].items():
                powers[base] = powers.get(base, Fraction(0)) + each * power
        whole, wanted = self._units.root(self.goal)
        if {base: each for base, each in powers.items() if each} != wanted:
            return None
        return Affine(size / whole)


def _plain(name: str) -> str:
    """A name without the signs of print: ``m²`` is ``m**2``, ``km·h⁻¹`` is ``km*h**-1``."""
    return _RAISED.sub(lambda found: "**" + found[0].translate(_DIGITS), name.translate(_SIGNS))
