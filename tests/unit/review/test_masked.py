"""Nothing that may be personal is shown as it is; what is masked keeps its shape."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.review.masked import example, masked, words
from engine.review.profile import Profile


def shown(path: str, *values: Any, personal: bool = False) -> tuple[str, bool]:
    profile = Profile()
    for each in values:
        record: Any = each
        for name in reversed(path.split(".")):
            record = {name: record}
        profile.add(record)
    (stands,) = profile.paths()
    return example(stands, personal=personal)


@pytest.mark.parametrize(
    ("text", "mask"),
    [
        ("Ada Lovelace", "Xxx Xxxxxxxx"),
        ("+44 20 7946 0018", "+99 99 9999 9999"),
        ("a.b@c.example", "x.x@x.xxxxxxx"),
        ("DE89 3704 0044", "XX99 9999 9999"),
        ("Ærøskøbing 7", "Xxxxxxxxxx 9"),
        ("", ""),
    ],
)
def test_a_mask_keeps_the_shape(text: str, mask: str) -> None:
    assert masked(text) == mask


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("firstName", "Ada"),
        ("contact.value", "Ada"),
        ("name.first", "Ada"),
        ("workEmail", "x"),
        ("PHONE_NUMBER", 5550123),
        ("cell", "555"),
        ("address.city", "London"),
        ("birthDate", "1815-12-10"),
        ("dob", "1815-12-10"),
        ("bank.iban", "x"),
        ("ssn", "078-05-1120"),
        ("Geburtsort", "London"),
    ],
)
def test_a_telling_path_is_masked(path: str, value: Any) -> None:
    """Whatever stands there, however often."""
    text, hidden = shown(path, *[value] * 10)
    assert hidden
    assert text == masked(str(value))


@pytest.mark.parametrize(
    "value",
    [
        "Ada Lovelace",
        "lovelace, Ada",
        "ada@x.example",
        "see ada@x.example for it",
        "+44 20 7946 0018",
        "(020) 7946-0018",
        "078-05-1120",
        "DE89370400440532013000",
        "GB29 NWBK 6016 1331 9268 19",
        "192.168.0.17",
        "4512345",
        12345678,
    ],
)
def test_a_telling_value_is_masked(value: Any) -> None:
    """Though its path says nothing, and it comes again and again."""
    text, hidden = shown("x", *[value] * 10)
    assert hidden
    assert text == masked(str(value))


def test_a_text_that_comes_once_may_be_anything() -> None:
    """Words are shown where they come again and again."""
    assert shown("x", "lovelace", "babbage", "byron") == ("xxxxxxxx", True)
    assert shown("x", *["shipped", "open"] * 5) == ("shipped", False)
    assert shown("x", *[f"word{n}" for n in range(40)] * 3)[1]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (Decimal("61.50"), "61.50"),
        (17, "17"),
        ("2024-02-03T04:05:06Z", "2024-02-03T04:05:06Z"),
        ("82.5 kg", "82.5 kg"),
        (1700000000, "1700000000"),
        ("5bca24ab-fec1-49fb-9fdd-25ee2b66e2b1", "5bca24ab-fec1-49fb-9fdd-25ee2b66e2b1"),
    ],
)
def test_numbers_and_times_are_shown(value: Any, text: str) -> None:
    assert shown("x", value) == (text, False)


def test_what_is_meant_for_a_personal_field_is_masked() -> None:
    assert shown("x", 17, personal=True) == ("99", True)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("badgeNumber", ["badge", "number"]),
        ("BADGE_NUMBER", ["badge", "number"]),
        ("badge-number", ["badge", "number"]),
        ("HTTPStatus2", ["http", "status2"]),
        ("", []),
    ],
)
def test_names_are_read_as_words(name: str, parts: list[str]) -> None:
    assert words(name) == parts
