"""The units that need no registry are those of the registry."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pint

from engine.mapping.everyday_units import EVERYDAY
from engine.mapping.units import Units


def test_every_everyday_unit_is_pints() -> None:
    """Name, dimension and the constants to every unit of its dimension, exactly."""
    registry: Any = pint.UnitRegistry(non_int_type=Fraction, cache_folder=None)
    for name, unit in EVERYDAY.items():
        assert registry.get_name(name) == unit.name
        assert dict(registry.get_dimensionality(unit.name)) == {unit.dimension: 1}
    for one, two in product(EVERYDAY.values(), repeat=2):
        if one.dimension == two.dimension:
            assert registry.convert(Fraction(1), one.name, two.name) == one.size / two.size
            assert registry.convert(Fraction(0), one.name, two.name) == 0


def test_products_read_the_same_with_and_without_the_registry() -> None:
    """``km / h`` is what pint makes of it, and leads to ``m / s`` by the same constant."""
    quick, slow = Units(), Units()
    registry = slow._registry
    for text in ("km / h", "kg * m / s**2", "m / ft", "lb", "dimensionless"):
        unit = quick.unit(text)
        whole = registry.UnitsContainer({name: Fraction(power) for name, power in unit.powers})
        found = registry.get_dimensionality(whole)
        assert {name: power for name, power in found.items() if power} == dict(unit.dimension)
    assert quick.affine(quick.unit("km / h"), quick.unit("m / s")).factor == Fraction(5, 18)
    assert "_loaded" not in vars(quick), "everyday units load no registry"
