"""A mask keeps the shape of a value, is the same every time, and tells different values apart."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.flow.mask import TIME, Mask
from engine.mapping.types.email import Email

ONE, OTHER = Mask(b"one key" * 5), Mask(b"another" * 5)
WORDS = st.text("abcxyzABCXYZ0123456789 -_@./äÖéßñЖд王김か", max_size=60)


def shape(text: str) -> list[object]:
    """What kind of character stands where."""
    return [
        ("digit" if each.isdigit() else "letter", each.isupper(), each.islower()) if each.isalnum() else each
        for each in text
    ]


@given(st.text(max_size=90) | WORDS)
def test_a_text_keeps_its_length_and_what_is_no_letter_or_digit(text: str) -> None:
    masked = ONE.text(text)
    assert len(masked) == len(text)
    assert [each for each in masked if not each.isalnum()] == [each for each in text if not each.isalnum()]
    assert masked == Mask(b"one key" * 5).text(text)


@given(WORDS.filter(lambda text: "ß" not in text))
def test_digits_stay_digits_and_capitals_capitals(text: str) -> None:
    assert shape(ONE.text(text)) == shape(text)


@given(st.lists(WORDS.filter(lambda text: "ß" not in text), unique=True, max_size=30))
def test_different_texts_are_masked_differently(texts: list[str]) -> None:
    """Keys stay keys: within its shape a mask is a permutation."""
    assert len({ONE.text(each) for each in texts}) == len(texts)


@pytest.mark.parametrize("shaped", ["{:d}", "+{:d}", "{:d}-", "0{:d}"])
def test_a_small_shape_is_permuted_whole(shaped: str) -> None:
    """Every value of the shape comes up once, none for itself."""
    every = [shaped.format(number) for number in range(10, 100)]
    masked = [ONE.text(each) for each in every]
    assert sorted(masked) == sorted(every)
    assert not [each for each, one in zip(every, masked, strict=True) if each == one]


@given(st.text("abcdefgh", min_size=1, max_size=50))
def test_no_text_is_its_own_mask(text: str) -> None:
    assert ONE.text(text) != text


@given(st.text("abcdefgh0123456789@.", min_size=8, max_size=50))
def test_case_and_space_around_make_no_difference(text: str) -> None:
    """Joins are often by lower(trim(…))."""
    assert ONE.text(f"  {text.upper()} ").strip().lower() == ONE.text(text)


def test_another_key_masks_otherwise() -> None:
    assert ONE.text("Ada Lovelace") != OTHER.text("Ada Lovelace")


@given(st.integers(min_value=-(10**30), max_value=10**30))
def test_a_whole_number_keeps_its_digits_and_is_masked_as_its_text(number: int) -> None:
    masked = ONE.number(number)
    assert type(masked) is int
    assert len(str(masked)) == len(str(number))
    assert str(masked) == ONE.text(str(number))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=0, max_value=10**9))
def test_a_decimal_keeps_its_places(number: Decimal) -> None:
    masked = ONE.number(number)
    assert isinstance(masked, Decimal)
    assert masked.as_tuple().exponent == number.as_tuple().exponent
    assert len(str(masked)) == len(str(number))


@given(st.uuids())
def test_a_uuid_stays_one_of_its_kind(value: uuid.UUID) -> None:
    masked = uuid.UUID(ONE.text(str(value)))
    assert masked != value
    assert (masked.version, masked.variant) == (value.version, value.variant)


@given(st.emails())
def test_an_address_stays_an_address(address: str) -> None:
    kind = Email()
    kind.read(address)
    kind.read(ONE.text(address))


@pytest.mark.parametrize(
    "pattern", ["%Y-%m-%d", "%d/%m/%Y", "%m.%d.%Y", "%Y-%m-%dT%H:%M:%SZ", "%d-%m-%Y %H:%M"]
)
@given(day=st.dates(min_value=dt.date(1900, 1, 1)), time=st.times())
def test_a_day_stays_a_day_as_it_is_written(pattern: str, day: dt.date, time: dt.time) -> None:
    """Whichever of day and month stands first; the time of the day stands."""
    said = dt.datetime.combine(day, time, tzinfo=dt.UTC)
    text = said.strftime(pattern)
    assert TIME.fullmatch(text)
    masked = ONE.time(text)
    assert masked == ONE.time(text)
    read = dt.datetime.strptime(f"{masked} +0000", f"{pattern} %z")
    assert 1 <= day.year - read.year <= 10
    assert f"{read:%H:%M}" in {f"{time:%H:%M}", "00:00"}


@pytest.mark.parametrize("text", ["31/02/2019", "2021-02-30", "45.13.2020", "2024-13-45"])
def test_a_day_that_there_is_not_stays_none(text: str) -> None:
    """What is a dead letter stays one."""
    masked = ONE.time(text)
    assert masked != text
    assert re.sub(r"\d{4}", "", masked) == re.sub(r"\d{4}", "", text)


def test_no_day_stands() -> None:
    assert ONE.time("00/00/0000") == "00/00/0000"
    assert ONE.text("") == ""
    assert ONE.number(0) == 0
