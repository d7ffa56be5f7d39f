"""What a reader makes of sound records: keys, versions, hashes, fates."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from engine.fetch.decode.verdict import encode
from engine.fetch.reading import Reader, Reading
from engine.records.received import NO_VERSION, Fate, Response, StreamName, Verdict
from tests.unit.fetch.streams import stream_of


def reading(keys: str, *records: Any, partition: dict[str, Any] | None = None) -> Reading:
    text = "path: /things\nrecords: data\n" + keys
    return Reader(stream_of(text)).examine(encode({"data": list(records)}), partition or {})


def response(body: bytes, *, verdict: Verdict = Verdict.STRICT) -> Response:
    return Response(
        id=7,
        stream=StreamName(source="made", stream="things"),
        partition={},
        position=1,
        request={},
        status=200,
        headers={},
        fetched_at=dt.datetime(2026, 1, 31, tzinfo=dt.UTC),
        body=body,
        sha256=b"",
        wire_length=len(body),
        coding="identity",
        verdict=verdict,
    )


def test_parts_of_a_key_are_escaped_and_joined() -> None:
    """`a/b` and `c` are not `a` and `b/c`; a part may come from the partition."""
    keys = "key: [{value: region, of: partition}, id]\n"
    partition = {"region": "eu/north~1"}
    assert reading(keys, {"id": "a/b"}, {"id": 1}, partition=partition).keys == [
        "eu~1north~01/a~1b",
        "eu~1north~01/1",
    ]


def test_a_key_with_a_part_that_is_null_is_no_key() -> None:
    """A half key would join records that have nothing in common."""
    found = reading("key: [a, b]\n", {"a": 1}, {"a": 1, "b": 2})
    assert found.keys == [None, "1/2"]
    assert found.faults[0][0].code == "key-null"


def test_a_single_key_is_not_escaped() -> None:
    """Only keys of several parts need it."""
    assert reading("key: id\n", {"id": "a/b~"}).keys == ["a/b~"]


def test_a_key_that_no_index_takes_is_refused() -> None:
    """1,000 bytes fit, one more does not, counted in UTF-8."""
    found = reading("key: id\n", {"id": "x" * 1000}, {"id": "x" * 1001}, {"id": "é" * 501})
    assert found.keys == ["x" * 1000, None, None]
    assert found.faults[1][0].code == found.faults[2][0].code == "key-too-long"


def test_a_record_without_a_key_of_its_own_has_its_hash() -> None:
    """`hash(@)` is an expression like any other."""
    found = reading("key: hash(@)\n", {"a": 1}, {"a": 2}, {"a": 1})
    assert found.keys[0] == found.keys[2] != found.keys[1]


@pytest.mark.parametrize(
    ("version", "value", "expected"),
    [
        ("at", "1970-01-01T00:00:01Z", 1_000_000),
        ("at", "1970-01-01T01:00:01.000001+01:00", 1_000_001),
        ("at", "1970-01-01T00:00:01.123456789Z", 1_123_456),
        ("at", "1970-01-01T00:00:01", 1_000_000),
        ("{value: at, type: date}", "1970-01-02", 86_400_000_000),
        ("{value: at, type: integer}", 5, 5),
        ("{value: at, type: integer}", "-5", -5),
        ("{value: at, format: epoch_ms}", 1500, 1_500_000),
        ("{value: at, format: epoch}", "1.5", 1_500_000),
        ("{value: at, format: dotnet}", "/Date(1500+0000)/", 1_500_000),
        ("{value: at, format: '%d/%m/%Y %H:%M:%S.%3f'}", "02/01/1970 00:00:00.500", 86_400_500_000),
    ],
)
def test_versions(version: str, value: Any, expected: int) -> None:
    """Times and dates are microseconds since 1970, integers themselves."""
    found = reading(f"key: id\nversion: {version}\n", {"id": 1, "at": value})
    assert list(found.versions) == [expected]
    assert found.unreadable_versions == 0


@pytest.mark.parametrize("value", [None, "", "yesterday", "2026-13-01T00:00:00Z", True, 5, [], {}])
def test_versions_that_cannot_be_read_sort_lowest_and_are_counted(value: Any) -> None:
    """The record is kept all the same."""
    found = reading("key: id\nversion: at\n", {"id": 1, "at": value}, {"id": 2, "at": "2026-01-01T00:00:00Z"})
    assert list(found.versions) == [NO_VERSION, 1_767_225_600_000_000]
    assert found.unreadable_versions == 1
    assert not found.faults


def test_an_integer_that_no_column_holds_is_unreadable() -> None:
    """The lowest int8 means that there is none."""
    keys = "key: id\nversion: {value: v, type: integer}\n"
    found = reading(keys, {"id": 1, "v": 2**63}, {"id": 2, "v": NO_VERSION}, {"id": 3, "v": 1.5})
    assert found.unreadable_versions == 3


def test_records_that_do_not_pass_when_are_filtered() -> None:
    """They stay in the lists: what they said before is withdrawn."""
    found = reading("key: id\nwhen: type != 'draft'\n", {"id": 1, "type": "draft"}, {"id": 2})
    assert list(found.fates) == [Fate.FILTERED, Fate.SAYS]


def test_equal_records_have_equal_hashes_and_digits_count() -> None:
    """1.1 and 1.10 differ: a text field would."""
    body = b'{"data": [{"id":1,"a":1.1}, {"id": 1, "a": 1.1}, {"id": 1, "a": 1.10}, {"id": 1, "a": 11e-1}]}'
    found = Reader(stream_of("path: /things\nrecords: data\nkey: id\n")).examine(body, {})
    assert found.hashes[0] == found.hashes[1]
    assert len(set(found.hashes)) == 3
    assert all(-(2**63) <= each < 2**63 for each in found.hashes)


def test_places_count_null_elements() -> None:
    """A place is an index into what came."""
    found = reading("key: id\n", None, {"id": 1}, None, {"id": 2})
    assert list(found.places) == [1, 3]


def test_a_response_takes_over_verdict_and_count() -> None:
    """What is stored beside the bytes comes from the reading."""
    reader = Reader(stream_of("path: /things\nrecords: data\nkey: id\n"))
    decoded = reader.read(response(b'{"data": [null, {"id": 1, "a": NaN}]}'))
    assert (decoded.response.verdict, decoded.response.records, decoded.nulls) == (Verdict.TOLERANT, 1, 1)


def test_a_response_that_was_refused_holds_no_records_ever() -> None:
    """An error page is not read again as records, also where it could be."""
    reader = Reader(stream_of("path: /things\nrecords: data\nkey: id\n"))
    decoded = reader.read(response(b'{"data": [{"id": 1}]}', verdict=Verdict.REFUSED))
    assert not decoded.records
    assert decoded.response.verdict is Verdict.REFUSED


def test_a_response_that_was_strict_is_not_examined_again() -> None:
    """Its verdict was kept with it; what is read is the same."""
    reader = Reader(stream_of("path: /things\nrecords: data\nkey: id\nversion: at\n"))
    body = b'{"data": [{"id": 1, "at": "2026-01-01T00:00:00Z", "n": 1.10}, null, {"id": "x"}], "next": 1}'
    once, again = reader.examine(body, {}), reader.read(response(body))
    assert (again.keys, again.versions, again.hashes) == (once.keys, once.versions, once.hashes)
    assert (again.document, again.nulls, again.response.verdict) == (once.document, 1, Verdict.STRICT)
