"""Runs ``tests/cases/retrieve``: what is asked for, as the server hears it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.fetch.connector import Connector
from engine.spec.load import load
from tests.unit.fetch.serving import Server, client_of, connector

CASES = [
    pytest.param(case, id=f"{file.stem}: {case['name']}")
    for file in sorted(Path("tests/cases/retrieve").glob("*.yaml"))
    for case in yaml.safe_load(file.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("case", CASES)
def test_case(server: Server, case: dict[str, Any]) -> None:
    text = yaml.safe_dump(
        {
            "connector": "made_up",
            "http": {"base_url": f"{server.url}/v1"},
            "streams": {"things": {"records": "@", "key": "id", **case["stream"]}},
        },
        sort_keys=False,
    )
    document = load(Connector, "specs/made_up.yaml", text)
    assert [each.code for each in document.problems] == case.get("problems", [])
    if document.problems:
        return
    asking = client_of(f"{server.url}/v1", made=connector(text))
    asking.ask()
    heard = server.seen[0]
    seen = {"method": heard.method, "target": heard.target, "body": heard.body.decode()}
    seen["type"] = heard.headers.get("content-type", "")
    assert case["sends"].items() <= seen.items()
