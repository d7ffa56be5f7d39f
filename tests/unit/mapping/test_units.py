"""Units: exact constants, strict names, definition files that cannot do harm."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest

from engine.mapping.affine import Affine
from engine.mapping.misfit import Misfit
from engine.mapping.named_units import NamedUnits
from engine.mapping.quantity_text import quantity_of
from engine.mapping.unit_names import UnitProblem
from engine.mapping.units import Units, units_of


def test_body_temperature_is_exactly_thirty_seven_degrees(units: Callable[[], Units]) -> None:
    line = units().affine(units().unit("degF"), units().unit("degC"))
    assert (line.factor, line.offset) == (Fraction(5, 9), Fraction(-160, 9))
    assert line.apply(Decimal("98.6")) == 37


@pytest.mark.parametrize(
    ("source", "target", "value", "result"),
    [
        ("inch", "m", 1, "0.0254"),
        ("lb", "kg", 1, "0.45359237"),
        ("mile/hour", "m/s", 1, "0.44704"),
        ("work_month", "work_hour", 3, "520"),
        ("percent", "dimensionless", 80, "0.80"),
        ("kg*m/s**2", "newton", 2, "2"),
        ("flight_level", "ft", 330, "33000"),
        ("day", "second", 1, "86400"),
    ],
)
def test_constants_are_exact(
    units: Callable[[], Units], source: str, target: str, value: int, result: str
) -> None:
    line = units().affine(units().unit(source), units().unit(target))
    assert line.apply(value) == Decimal(result)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("9**9**6", "wrong-unit"),
        ("__import__('os')", "wrong-unit"),
        ("2*kg", "wrong-unit"),
        ("kg m", "wrong-unit"),
        ("m**99", "wrong-unit"),
        ("kg*", "wrong-unit"),
        ("", "wrong-unit"),
        ("k" * 200, "wrong-unit"),
        ("kilogramm", "unknown-unit"),
        ("EUR", "unknown-unit"),
    ],
)
def test_what_is_no_unit_is_refused_and_never_evaluated(
    units: Callable[[], Units], text: str, code: str
) -> None:
    with pytest.raises(UnitProblem) as refused:
        units().unit(text)
    assert refused.value.code == code


def test_an_unknown_unit_is_pointed_at_with_a_near_name(units: Callable[[], Units]) -> None:
    with pytest.raises(UnitProblem, match="did you mean 'work_hour'") as refused:
        units().unit("kg / work_our")
    assert refused.value.offset == 5


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Kg", "; did you mean 'kg'?"),
        ("KG", "; did you mean 'kg'?"),
        ("KM", "; did you mean 'km'?"),
        ("Hours", "; did you mean 'hour'?"),
        ("LBS", "; did you mean 'lb'?"),
        ("Sec", "; did you mean 'sec'?"),
        ("kw", "; did you mean 'kW'?"),
        ("kwh", "; did you mean 'kWh'?"),
        ("mtr", "; did you mean 'MTR'?"),
        ("US", "; did you mean 'uS' (microsiemens) or 'us' (microsecond)?"),
        ("mw", "; did you mean 'MW' (megawatt) or 'mW' (milliwatt)?"),
        ("GAL", "; did you mean 'Gal' (galileo) or 'gal' (gallon)?"),
        ("kilogrm", "; did you mean 'kilogram'?"),
        ("PCS", ""),
        ("xyz", ""),
        ("dollars", ""),
        ("USD", "; USD is a currency, which stands under currency"),
    ],
)
def test_who_writes_an_unknown_unit_is_offered_what_they_mean(
    units: Callable[[], Units], text: str, hint: str
) -> None:
    """Another case is offered where it means one thing; where it means several, each says which it is."""
    with pytest.raises(UnitProblem) as refused:
        units().unit(text)
    assert str(refused.value) == f"{text!r} is not a unit{hint}"


def test_what_was_asked_before_changes_no_advice() -> None:
    """Pint takes up each name with a prefix once it was read, and none before."""
    said = set()
    for asked in ("meter", "kilometer", "kilometre"):
        fresh = Units()
        fresh.unit(f"{asked} * candela")
        with pytest.raises(UnitProblem) as refused:
            fresh.unit("kilometr")
        said.add(str(refused.value))
    assert said == {"'kilometr' is not a unit; did you mean 'kilometre'?"}


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("Mb", "byte", "'Mb' (megabarn) is [length]^2, "),
        ("pcs", "piece", "'pcs' (parsec) is [length], "),
        ("KW", "watt", "'KW' (the code of kilogram / millimeter) is [mass] / [length], "),
        ("kg", "m", "'kg' is [mass], "),
    ],
)
def test_a_wrong_dimension_says_what_a_short_name_was_read_as(
    units: Callable[[], Units], source: str, target: str, said: str
) -> None:
    with pytest.raises(UnitProblem) as refused:
        units().affine(units().unit(source), units().unit(target))
    assert str(refused.value).startswith(said)


def test_a_record_may_name_every_unit_of_the_dimension_and_no_other(units: Callable[[], Units]) -> None:
    """`min` is a minute, never a milli-inch."""
    table = units().table(units().unit("m"))
    assert {"m", "cm", "in", "inch", "inches", "ft", "feet", "kilometer", "mile"} <= set(table)
    assert "min" not in table
    assert "kg" not in table
    assert table["cm"] == Affine(Fraction(1, 100))


@pytest.mark.parametrize(
    "line",
    [
        "bomb = 9**9**9 * meter",
        "bomb = 10 ** 99999 * meter",
        "x = meter + 3",
        "x = sin(meter)",
        "x; y = meter",
        "meter = 3 * foot",
        "x = nonsense",
        "x",
        "@import other.txt",
    ],
)
def test_a_definition_that_is_more_than_a_product_is_a_problem_with_its_place(line: str) -> None:
    made = units_of((("mine.txt", f"# mine\nsmoot = 67 * inch\n{line}\n"),))
    (problem,) = made.problems
    assert (problem.file, problem.line) == ("mine.txt", 3)
    assert made.affine(made.unit("smoot"), made.unit("inch")).factor == 67


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("smoots = 3 * smoot", 14),
        ("smoot = 67 * inch = smoots = 3rd", 30),
        ("smoot = 67 * inch = meter", 21),
        ("  = 67 * inch", 3),
    ],
)
def test_a_problem_of_a_definition_points_at_the_word(line: str, column: int) -> None:
    (problem,) = units_of((("mine.txt", line),)).problems
    assert (problem.line, problem.column) == (1, column)


@pytest.mark.parametrize("odd", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_lines_of_definitions_are_those_of_an_editor(odd: str) -> None:
    made = units_of((("mine.txt", f"# of{odd}bomb = 3 * meter\nx = nonsense\n"),))
    assert [each.line for each in made.problems] == [2]
    with pytest.raises(UnitProblem):
        made.unit("bomb")


def test_two_registries_do_not_know_of_one_another() -> None:
    units_of((("a.txt", "blip = 3 * meter"),))
    with pytest.raises(UnitProblem):
        units_of((("b.txt", "blop = 3 * meter"),)).unit("blip")


@pytest.mark.parametrize(
    "text", ["", "5", "ft", "5 ft 11", "5 ft, 11 in", "1 m 1 m 1 m 1 m 1 m 1 m", "1e3 m", "5 ft -11 in"]
)
def test_texts_that_are_no_quantity_are_refused(units: Callable[[], Units], text: str) -> None:
    with pytest.raises(Misfit) as refused:
        quantity_of(text, NamedUnits(units(), units().unit("m")).line)
    assert refused.value.code in {"not-a-quantity", "unknown-unit"}
