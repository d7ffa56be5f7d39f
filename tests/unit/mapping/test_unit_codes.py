"""The codes of the trade: each is a unit, and as large as its standard publishes."""

from __future__ import annotations

import csv
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from engine.mapping.check import check_codes
from engine.mapping.codes import UnitCodes
from engine.mapping.named_units import NamedUnits
from engine.mapping.units import Units
from engine.spec.load import load

ROOT = Path(__file__).parents[3]
CODES = load(UnitCodes, "codes.yaml", (ROOT / "units" / "codes.yaml").read_text()).need()
PUBLISHED = list(csv.DictReader((ROOT / "tests/cases/units/rec20.csv").read_text().splitlines()))
"""Code and conversion factor to the coherent unit of SI, as revision 14 of the Recommendation has it."""

ERRATA = {
    "DRI": "0.00177184520; a sixteenth of an ounce, the table has a digit wrong",
    "K32": "1.644274E-9; the table has the exponent of another unit",
    "K34": "2.367755E-6; the table lacks the exponent",
    "K42": "9810.554; pint derives it from the heat of 34.5 pounds of water, the table rounds otherwise",
}
"""Codes whose published factor is not theirs, and what it would be."""


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: row["code"])
def test_a_code_is_as_large_as_the_recommendation_says(
    units: Callable[[], Units], row: dict[str, str]
) -> None:
    """To the six or seven digits that it publishes."""
    code = row["code"]
    made, wanted = units().product(CODES.rec20[code]), Fraction(Decimal(row["factor"]))
    registry: Any = units()._registry
    powers = {name: Fraction(power) for name, power in made.powers}
    size = Fraction(registry.get_base_units(registry.UnitsContainer(powers))[0])
    if code in ERRATA:
        assert abs(size / wanted - 1) > Fraction(1, 100_000)
        wanted = Fraction(Decimal(ERRATA[code].partition(";")[0]))
    assert abs(size / wanted - 1) < Fraction(1, 200_000)


def test_hundreds_of_codes_have_a_unit_and_most_of_them_a_published_factor() -> None:
    assert len(CODES.rec20) > 600
    assert len(CODES.ucum) > 250
    assert len(PUBLISHED) > 600
    assert {row["code"] for row in PUBLISHED} <= CODES.rec20.keys()


def test_no_code_means_two_things(units: Callable[[], Units]) -> None:
    """Neither in both standards, nor beside a name of pint's for another size of the same dimension."""
    assert not CODES.rec20.keys() & CODES.ucum.keys()
    for code, meant in CODES.pairs:
        named = units().sizes.get(code)
        if named is not None:
            size, bases = units().root(units().product(meant))
            assert bases != named[1] or size == named[0], code


def test_a_unit_of_the_file_that_is_none_is_a_problem_at_its_line(units: Callable[[], Units]) -> None:
    wrong = load(UnitCodes, "codes.yaml", "rec20:\n  KGM: kgm\n  XXX: 9**9\n  YYY: KGM\n")
    found = [(each.line, each.code) for each in check_codes(wrong, units=units)]
    assert found == [(2, "unknown-unit"), (3, "wrong-unit"), (4, "unknown-unit")]
    right = load(UnitCodes, "codes.yaml", (ROOT / "units" / "codes.yaml").read_text())
    assert check_codes(right, units=units) == []


def test_every_code_serves_records_whose_field_has_its_dimension(units: Callable[[], Units]) -> None:
    """Each by itself would take minutes: one of each dimension that has several codes."""
    firsts: dict[Any, str] = {}
    for code, meant in CODES.pairs:
        unit = units().product(meant)
        first = firsts.setdefault(unit.dimension, meant)
        if first == meant and len(firsts) > 12:
            continue
        if list(firsts).index(unit.dimension) < 12:
            goal = units().product(first)
            assert NamedUnits(units(), goal).line(code) == units().affine(unit, goal), code


def test_the_projects_code_stands_for_the_catalogues_and_moves_the_fingerprint() -> None:
    one, other = Units(codes=[("BX", "kg")]), Units(codes=[("BX", "kg"), ("BX", "lb")])
    assert other.unit("BX").powers == (("pound", 1),)
    meant = [NamedUnits(each, each.unit("g")).meaning() for each in (one, other, Units())]
    assert meant[0] != meant[1]
    assert "codes" not in meant[2]
