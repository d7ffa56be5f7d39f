"""A value stands in a recording where it is needed as it is, or the files say it; else its mask does."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.flow.mask import Mask
from engine.flow.stand_ins import Kind, StandIns

WORDS = frozenset(set(string.ascii_uppercase) - {"Q", "Z"}) | {"active", "left"}
KNOWN = StandIns(Mask(b"key" * 11), WORDS, {"name", "year", "monthValue", "day"})
NEEDED = (Kind.ASKED, Kind.SORTED, Kind.READ)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("value", [None, True, "active", " Active "])
def test_what_files_say_stands_whatever_it_is_needed_for(kind: Kind, value: object) -> None:
    assert KNOWN.value(value, kind) == value


@pytest.mark.parametrize(
    ("value", "stands"),
    [
        (1250, NEEDED),
        ("2024-05-06T07:08:09Z", NEEDED),
        ("EMP", NEEDED),
        ("-1250.50", NEEDED),
        ("17 Feb", (Kind.READ,)),
        ("20240506", (Kind.SORTED, Kind.READ)),
        ("Anna", ()),
        ("anna@x.de", ()),
        ("12 Musterweg", ()),
    ],
)
def test_what_is_needed_stands_and_only_for_what_needs_it(value: object, stands: tuple[Kind, ...]) -> None:
    found = [kind for kind in Kind if KNOWN.value(value, kind) == value]
    assert set(found) == {*stands, Kind.WHOLE, Kind.CODE}


def test_digits_by_which_pages_are_sorted_stand_and_the_letters_about_them_do_not() -> None:
    first, second = (KNOWN.value(each, Kind.SORTED) for each in ("Anna0099", "Anna0100"))
    assert first[4:] == "0099"
    assert second[4:] == "0100"
    assert first[:4] == second[:4] != "Anna"


def test_no_mask_is_a_word_of_the_files() -> None:
    """Of a shape of 26 letters all but two are words: these two stand for one another."""
    assert {KNOWN.text("Q"), KNOWN.text("Z")} == {"Q", "Z"}
    assert KNOWN.text("Q") == "Z"


@given(st.lists(st.text("abß1 é@", max_size=4) | st.dates().map(str), unique=True, max_size=40))
def test_keys_stay_different_and_those_that_are_named_stand(keys: list[str]) -> None:
    made = KNOWN.keys([*dict.fromkeys([*keys, "name", "active"])])
    assert len(set(made.values())) == len(made)
    assert (made["name"], made["active"]) == ("name", "active")
    assert not {made[each] for each in keys if each not in WORDS} & {"name", "active"}


@pytest.mark.parametrize(
    "born",
    [
        {"year": 1984, "month": 12, "day": 31},
        {"year": 1984, "monthValue": 12, "month": "DECEMBER", "dayOfMonth": 31, "hour": 23},
        [1984, 12, 31],
        [1984, 12, 31, 23, 59],
    ],
)
def test_personal_parts_of_a_time_are_those_of_another_day(born: object) -> None:
    made = KNOWN.day(born)
    numbers = list(made.values())
    assert 1974 <= numbers[0] <= 1983
    assert 1 <= numbers[1] <= 12
    assert 1 <= numbers[2] <= 28
    assert numbers[3:] in ([], [23], [23, 59])


@pytest.mark.parametrize(
    "none", [{}, [], [1, 2], {"year": "1984", "month": 1, "day": 1}, [1984, 13, 1], "1984"]
)
def test_what_is_no_day_has_no_parts(none: object) -> None:
    assert KNOWN.day(none) == {}
