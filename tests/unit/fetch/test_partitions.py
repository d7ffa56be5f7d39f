"""What a stream with `for_each` is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from engine.errors import PermanentFetchError
from engine.fetch.partitions import partition_key, partitions
from tests.unit.fetch.streams import stream_of

PARENTS = {"departments": [{"id": 1, "open": True}, {"id": 2}, {"id": 1, "open": True}, {}, {"id": "1"}]}


def found(for_each: str, config: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    stream = stream_of(f"path: /things\nrecords: data\nkey: id\nfor_each: {for_each}\n")

    def parents(name: str) -> Iterable[Any]:
        return PARENTS[name]

    return list(partitions(stream.for_each, {"config": config or {}}, parents))


def test_without_for_each_there_is_one_partition() -> None:
    """It is empty, and its key is the empty text."""
    stream = stream_of("path: /things\nrecords: data\nkey: id\n")
    assert list(partitions(stream.for_each, {}, lambda _: ())) == [{}]
    assert partition_key({}) == ""


def test_values_are_taken_once_each() -> None:
    """In the order in which they stand; null is passed over."""
    assert found("{values: [us, eu, us, null], as: region}") == [{"region": "us"}, {"region": "eu"}]


def test_values_may_come_from_the_config() -> None:
    """`${config.regions}` keeps its type."""
    values = found('{values: "${config.regions}", as: region}', {"regions": ["us", 7]})
    assert values == [{"region": "us"}, {"region": 7}]


def test_values_that_are_no_list_are_an_error() -> None:
    """Never taken for one value."""
    with pytest.raises(PermanentFetchError, match="not a list"):
        found('{values: "${config.region}", as: region}', {"region": "us"})


def test_parents_are_taken_once_each() -> None:
    """A number and a text are two values; a record without the value is passed over."""
    values = found("{stream: departments, value: id, as: department}")
    assert values == [{"department": 1}, {"department": 2}, {"department": "1"}]


def test_parents_that_do_not_pass_when_are_passed_over() -> None:
    """`when` reads the parent's record."""
    assert found("{stream: departments, value: id, as: d, when: open}") == [{"d": 1}]


def test_a_parent_that_cannot_be_read_is_an_error() -> None:
    """A partition nobody asks for would make the run look complete."""
    with pytest.raises(PermanentFetchError) as caught:
        found("{stream: departments, value: abs(id), as: d}")
    assert caught.value.code == "expression-error"


def test_a_value_that_no_request_can_carry_is_an_error() -> None:
    """A list or an object is no partition."""
    with pytest.raises(PermanentFetchError) as caught:
        found("{values: [{a: 1}], as: region}")
    assert caught.value.code == "for-each-type"


def test_several_make_their_product() -> None:
    """Every value of one with every value of the other."""
    values = found("[{values: [us, eu], as: region}, {stream: departments, value: id, as: d, when: open}]")
    assert values == [{"region": "us", "d": 1}, {"region": "eu", "d": 1}]


def test_the_key_of_a_partition_does_not_depend_on_order() -> None:
    """It is what progress is kept under."""
    assert partition_key({"b": 1, "a": "x"}) == partition_key({"a": "x", "b": 1}) == '{"a":"x","b":1}'
