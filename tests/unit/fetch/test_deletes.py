"""Each way to find deleted records says what its cases say."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.fetch.check import check_connector
from engine.fetch.connector import Connector
from engine.fetch.decode.verdict import encode
from engine.fetch.deletes import Deletes
from engine.fetch.deletes.enumeration import Enumeration
from engine.fetch.listing import deletions, listing_of
from engine.fetch.reading import Reader
from engine.records.received import Response, StreamName
from engine.spec.component import family
from engine.spec.compose import read
from engine.spec.load import load
from tests.unit.fetch.streams import stream_of

FOLDER = Path(__file__).parents[2] / "cases" / "deletes"
CASES = [
    pytest.param(case, id=f"{file.stem}: {case['name']}")
    for file in sorted(FOLDER.glob("*.yaml"))
    for case in read(file.name, file.read_bytes()).data
]


def test_every_way_has_cases() -> None:
    """A component is one file and one case file."""
    assert {file.stem for file in FOLDER.glob("*.yaml")} == set(family(Deletes))


@pytest.mark.parametrize("case", CASES)
def test_case(case: dict[str, Any]) -> None:
    """Records get the fates of the case; an enumeration decides as the case says."""
    keys = {"path": "/things", "records": "data", "key": "id"}
    names = ("deletes", "key", "version", "when", "partial")
    keys |= {name: case[name] for name in names if name in case}
    if "gone" in case:
        beside_another(case, keys)
        return
    stream = stream_of(yaml.safe_dump(keys))
    if "judge" in case:
        assert isinstance(stream.deletes, Enumeration)
        absence = stream.deletes.judge(**case["judge"])
        assert (absence.allowed, absence.code) == (case.get("allowed", False), case.get("code", ""))
        return
    reading = Reader(stream).examine(encode({"data": case["records"]}), {})
    assert list(reading.fates) == case["fates"]
    faults = {str(index): [fault.code for fault in each] for index, each in reading.faults.items()}
    assert faults == case.get("faults", {})


def beside_another(case: dict[str, Any], keys: dict[str, Any]) -> None:
    """What a second stream lists, or what ``validate`` has against the two."""
    plain = {"path": "/more", "records": "data", "key": "id"}
    streams = {"things": keys} | {name: plain | case[name] for name in ("gone", "others") if name in case}
    text = yaml.safe_dump(
        {"connector": "made", "http": {"base_url": "https://a.example"}, "streams": streams}
    )
    document = load(Connector, "made.yaml", text)
    assert not document.problems
    found = [f"{each.code}: {each.message}" for each in check_connector(document)]
    wanted = case.get("problems", [])
    assert len(found) == len(wanted), found
    assert all(problem.startswith(start) for problem, start in zip(found, wanted, strict=True)), found
    if wanted:
        return
    listing = listing_of(document.need(), "things")
    assert listing is not None
    reading = listing.reader.examine(encode({"data": case["records"]}), {})
    said, rejected = deletions(reading.decoded(response()))
    assert [[each.key, each.said] for each in said] == case["listed"]
    assert [each.faults[0].code for each in rejected] == case.get("rejected", [])
    assert listing.ordered is case.get("ordered", False)


def response() -> Response:
    """One that holds nothing but what its reading says."""
    return Response(
        id=1,
        stream=StreamName(source="made", stream="gone"),
        partition={},
        position=1,
        request={},
        status=200,
        headers={},
        fetched_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        body=b"",
        sha256=b"",
        wire_length=0,
        coding="",
    )
