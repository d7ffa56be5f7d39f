"""Bodies, sound and odd: what is read in them, and with which code not."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest

from engine.fetch.decode.elements import Elements, Finder, NoRecords
from engine.fetch.reading import Reader
from engine.records.received import Verdict
from engine.spec.compose import read
from tests.unit.fetch.streams import stream_of

CASES: list[dict[str, Any]] = read(
    "json.yaml", (Path(__file__).parents[2] / "cases" / "decode" / "json.yaml").read_bytes()
).data

READER = Reader(stream_of("path: /things\nrecords: data\nkey: id\n"))


def body_of(case: dict[str, Any]) -> bytes:
    if "bytes" in case:
        return str(case["bytes"]).encode("latin-1")
    text = str(case["body"])
    if "digits" in case:
        text = re.sub(r"@(\d+)", lambda found: "9" * int(found[1]), text)
    if "depths" in case:
        text = re.sub(r'("a": )\[(\d+)\]', lambda found: found[1] + _nested(int(found[2])), text)
    return text.encode()


def _nested(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case: dict[str, Any]) -> None:
    """Each body is read as its case says."""
    reading = READER.examine(body_of(case), {})
    if "refused" in case:
        assert reading.verdict is Verdict.REFUSED
        assert reading.refusal is not None
        assert reading.refusal.code == case["refused"]
        assert not reading.records
        return
    assert reading.refusal is None
    assert list(reading.keys) == case["keys"]
    faults = {str(index): [fault.code for fault in each] for index, each in reading.faults.items()}
    assert faults == case.get("faults", {})
    assert reading.elements - len(reading.records) == int(case.get("nulls", 0))


FRAGMENTS = [
    b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b" ", b"\t", b"\0", b"\xff", b"\xe2\x82", b"\\u0000",
    b"\xed\xa0\x80", b"\\ud800", b"\\udc00", b"\\u003a", b"\\u0022", b"\\x", b"NaN", b"-Infinity", b"null",
    b"true", b"1e999", b"1e5000", b"-0", b"01", b"1.", b".5", b"9" * 1001, b"9" * 4301, b"[" * 200,
    b"]" * 200, b"[" * 200 + b"]" * 200, b'"a":1,', b'"a" :1,', b',"id":7', b"\xef\xbb\xbf", b"<", b"//",
]  # fmt: skip

BASES = [
    b'{"data": [{"id": 1, "a": "x", "n": 1.10}, {"id": 2, "a": "\\"b\\": c", "n": 1.5e3}], "next": null}',
    b'{"meta": {"total": 3}, "data": [{"id": "a", "o": {"p": [1, 2, {"q": "t"}]}}, null, {"id": "b"}]}',
    b'{"data" : [ {"id" : 1, "at" : "2026-01-02T03:04:05Z"} ] , "a":{}}',
    '{"data": [{"id": "ü", "e": "\\u00fc\\ud83d\\ude00"}, {"id": "ñ: \\"x\\":"}]}'.encode(),
    b'{"data": [[1, [2]], {"id": -0.0}, "text", 7, true]}',
]


def outcome(find: Any, body: bytes) -> Any:
    """What a way of reading says, in a form that can be compared."""
    try:
        found: Elements = find(body)
    except NoRecords as fault:
        return fault.code
    return found.encoded, {place: [fault.code for fault in each] for place, each in found.faults.items()}


@pytest.mark.parametrize("records", ["data", "'data[?id]'", "'[data, data][0]'"])
def test_fast_and_exact_reading_agree_on_malformed_bodies(records: str) -> None:
    """20,000 bodies in all, cut, spliced and overwritten: one verdict, the same records, no crash."""
    finder = Finder(stream_of(f"path: /things\nrecords: {records}\nkey: id\n").records)
    dice = random.Random(records)
    outcomes = []
    for _ in range(6700):
        body = mutated(dice)
        outcomes.append(outcome(finder.find, body))
        assert outcomes[-1] == outcome(finder.find_exactly, body), body
    sound = sum(1 for each in outcomes if not isinstance(each, str) and not each[1])
    hurt = sum(1 for each in outcomes if not isinstance(each, str) and each[1])
    assert sound > 500
    assert hurt > 100


def mutated(dice: random.Random) -> bytes:
    """One body with up to three things done to it."""
    body = dice.choice(BASES)
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(body) + 1)
        match dice.randrange(5):
            case 0:
                body = body[:at] + dice.choice(FRAGMENTS) + body[at:]
            case 1:
                body = body[:at] + body[at + dice.randint(1, 4) :]
            case 2:
                body = body[:at] + bytes([dice.randrange(256)]) + body[at + 1 :]
            case 3:
                body = body[:at] if dice.random() < 0.2 else body
            case _:
                marks = [found.start() for found in re.finditer(rb'"', body)]
                at = dice.choice(marks) if marks else 0
                body = body[:at] + dice.choice(FRAGMENTS) + body[at:]
    return body


def test_depth_is_judged_alike_however_deep_the_caller_stands() -> None:
    """A body near the limit gets one verdict, at whatever depth of the stack it is read."""
    body = b'{"data": [{"id": 1, "a": ' + b"[" * 120 + b"]" * 120 + b"}]}"

    def deeper(levels: int) -> Verdict:
        return READER.examine(body, {}).verdict if not levels else deeper(levels - 1)

    assert deeper(0) is deeper(700) is Verdict.STRICT


def test_numbers_keep_their_digits() -> None:
    """1.10 stays 1.10, in the document and in what the hash is taken over."""
    found = Finder(None).find(b'{"a": 1.10, "b": 1234567890123456789.123, "c": 12345678901234567890123}')
    assert found.encoded == [b'{"a":1.10,"b":1234567890123456789.123,"c":12345678901234567890123}']
