"""What is written for PostgreSQL is storable, exact and escaped."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.mapping.misfit import Misfit
from engine.mapping.numbers import exact_decimal, number_of, number_text, rounded
from engine.mapping.texts import columns_of, copy_line, copy_text, json_text, storable_key


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, r"\N"),
        ("", ""),
        (r"\N", r"\\N"),
        (r"\.", r"\\."),
        ("a\tb\nc\rd\\e", r"a\tb\nc\rd\\e"),
        ("NULL", "NULL"),
        ("\x0b\x0c\u2028", "\x0b\x0c\u2028"),
    ],
)
def test_no_text_equals_the_null_of_copy_and_none_breaks_its_line(value: str | None, text: str) -> None:
    assert copy_text(value) == text


def test_a_line_has_one_tab_fewer_than_columns() -> None:
    assert copy_line(["a\t", None, "c"]).split("\t") == [r"a\t", r"\N", "c"]


def test_json_keeps_digits_sorts_keys_and_has_a_bottom() -> None:
    assert (
        json_text({"b": Decimal("1.10"), "a": [None, True, 10**40]})
        == f'{{"a":[null,true,{10**40}],"b":1.10}}'
    )
    deep: list[object] = []
    for _ in range(600):
        deep = [deep]
    with pytest.raises(Misfit) as refused:
        json_text(deep)
    assert refused.value.code == "json-too-deep"


def test_a_key_has_at_most_a_thousand_bytes() -> None:
    assert storable_key("ü" * 500) == "ü" * 500
    with pytest.raises(Misfit) as refused:
        storable_key("ü" * 501)
    assert refused.value.code == "key-too-long"


@pytest.mark.parametrize(
    ("fraction", "scale", "text"),
    [
        (Fraction(1, 8), 0, "0.125"),
        (Fraction(127920), 2, "127920.00"),
        (Fraction(1, 3), 0, "0.3333333333333333333333333333333333"),
        (Fraction(-2, 3), 0, "-0.6666666666666666666666666666666667"),
    ],
)
def test_a_fraction_that_ends_is_exact_and_others_have_34_digits(
    fraction: Fraction, scale: int, text: str
) -> None:
    assert number_text(exact_decimal(fraction, scale)) == text


def test_rounding_is_half_even() -> None:
    assert [str(rounded(Decimal(each), 0)) for each in ("0.5", "1.5", "2.5", "-0.5")] == ["0", "2", "2", "-0"]
    assert str(rounded(Decimal("1.23"), 4)) == "1.2300"


def test_a_negative_zero_is_zero() -> None:
    assert number_text(Decimal("-0.00")) == "0.00"
    assert number_text(rounded(Decimal("-0.001"), 2)) == "0.00"


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal("1e200000"), "9" * 2000])
def test_numbers_that_no_column_holds_are_refused(value: object) -> None:
    with pytest.raises(Misfit):
        number_of(value)


@given(st.lists(st.none() | st.text(), min_size=1))
def test_a_line_that_was_written_is_read_back(values: list[str | None]) -> None:
    assert columns_of(copy_line(values)) == values
