"""Values come back from the database as they went in, and PostgreSQL takes whatever comes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.store.notation import from_text, partition_of, partition_text, to_text


@pytest.mark.parametrize(
    "value",
    [None, True, 12345678901234567890123, Decimal("1.10"), "é", {"b": [1, {"a": "x"}], "a": None}],
)
def test_a_value_comes_back(value: Any) -> None:
    assert from_text(to_text(value)) == value


def test_digits_stay() -> None:
    assert to_text({"rate": Decimal("61.50")}) == '{"rate":61.50}'


def test_the_order_of_keys_makes_no_other_partition() -> None:
    assert partition_text({"b": 1, "a": "x"}) == partition_text({"a": "x", "b": 1})


def test_no_partition_is_an_empty_text() -> None:
    assert partition_text({}) == ""
    assert partition_of("") == {}
    assert partition_of(partition_text({"id": 17})) == {"id": 17}


def test_what_postgresql_cannot_hold_is_replaced() -> None:
    assert to_text({"a\0": ["x\ud800", "\0"]}) == '{"a\ufffd":["x\ufffd","\ufffd"]}'


def test_an_escaped_backslash_is_no_nul() -> None:
    assert from_text(to_text("\\u0000")) == "\\u0000"
