"""Is a number exact from its source to its text?"""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal
from typing import Any

import pytest

from engine.expression import EvaluationError, Exponent, NumberError, decode_number, key_text, text_of
from engine.expression.values import MAXIMUM_ITEMS, flatten


@pytest.mark.parametrize(
    ("source", "text", "key"),
    [
        ("17", "17", "17"),
        ("17.0", "17.0", "17"),
        ("1.10", "1.10", "1.1"),
        ("1e3", "1e3", "1000"),
        ("1.5E-2", "1.5E-2", "0.015"),
        ("0.00000001", "0.00000001", "0.00000001"),
        ("-0.0", "-0.0", "0"),
        ("1234567890123456789.123", "1234567890123456789.123", "1234567890123456789.123"),
    ],
)
def test_a_number_is_said_as_its_source_wrote_it(source: str, text: str, key: str) -> None:
    """As text with all its digits, as a key as its shortest decimal."""
    number = decode_number(source)
    assert (text_of(number), key_text(number)) == (text, key)


@pytest.mark.parametrize("source", ["9" * 5000, "1e99999", "0." + "1" * 2000, "1e-99999"])
def test_a_number_beyond_the_limit_is_refused(source: str) -> None:
    """Before anything computes with it."""
    with pytest.raises(NumberError):
        decode_number(source)


def test_an_exponent_keeps_its_text_when_it_is_copied() -> None:
    """Pickled, copied or copied deeply."""
    number = Exponent("1.50e2")
    for same in (copy.copy(number), copy.deepcopy(number), pickle.loads(pickle.dumps(number))):  # noqa: S301
        assert (same, text_of(same)) == (Decimal(150), "1.50e2")


@pytest.mark.parametrize(("value", "key"), [(None, None), ("17", "17"), (True, "true"), ("", "")])
def test_a_key_is_text(value: Any, key: str | None) -> None:
    """Null is none."""
    assert key_text(value) == key


@pytest.mark.parametrize("value", [[], {}, [1]])
def test_lists_and_objects_are_neither_text_nor_key(value: Any) -> None:
    """They are refused, never written somehow."""
    for said in (key_text, text_of):
        with pytest.raises(EvaluationError):
            said(value)


def test_flattening_stops_at_a_limit() -> None:
    """Lists that share their elements cannot grow into memory without end."""
    with pytest.raises(EvaluationError):
        flatten([[None] * (MAXIMUM_ITEMS // 2 + 1)] * 2)
