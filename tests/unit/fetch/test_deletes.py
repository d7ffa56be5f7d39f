"""Each way to find deleted records says what its cases say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.fetch.decode.verdict import encode
from engine.fetch.deletes import Deletes
from engine.fetch.deletes.enumeration import Enumeration
from engine.fetch.reading import Reader
from engine.spec.component import family
from engine.spec.compose import read
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
    keys |= {name: case[name] for name in ("deletes", "when", "partial") if name in case}
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
