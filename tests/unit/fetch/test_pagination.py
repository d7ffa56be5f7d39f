"""Each paginator asks what its cases say, and ends where they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.fetch.pagination import Paginator
from engine.spec.component import family
from engine.spec.compose import read
from tests.unit.fetch.script import Scripted, walked
from tests.unit.fetch.streams import connector_of

FOLDER = Path(__file__).parents[2] / "cases" / "pagination"
CASES = [
    pytest.param(case, id=f"{file.stem}: {case['name']}")
    for file in sorted(FOLDER.glob("*.yaml"))
    for case in read(file.name, file.read_bytes()).data
]


def test_every_paginator_has_cases() -> None:
    """A component is one file and one case file."""
    assert {file.stem for file in FOLDER.glob("*.yaml")} == set(family(Paginator))


@pytest.mark.parametrize("case", CASES)
def test_case(case: dict[str, Any]) -> None:
    """The requests, the records and the end of a walk are those of the case."""
    keys = {"path": "/things", "records": "data", "key": "id", "pagination": case["pagination"]}
    keys |= {name: case[name] for name in ("when", "query") if name in case}
    connector = connector_of(yaml.safe_dump(keys))
    sender = Scripted(connector, iter([each["answer"] for each in case["exchange"]]))
    steps, error = walked(sender, connector.stream("things"))

    assert len(sender.asked) == len(case["exchange"])
    for prepared, each in zip(sender.asked, case["exchange"], strict=True):
        assert dict(prepared.query) == each.get("ask", {})
        assert prepared.url == each.get("url", "https://api.example.com/v1/things")
        assert dict(prepared.headers) == each.get("headers", {})
    if "fails" in case:
        assert error is not None
        assert error.code == case["fails"]
        assert steps[-1].then == "failed"
        return
    assert error is None
    assert [key for step in steps for key in step.reading.keys] == case["keys"]
    assert [step.then for step in steps] == ["more"] * (len(steps) - 1) + ["done"]
    assert list(steps[-1].notes) == case.get("notes", [])
