"""Constraints over lines hold, fail and are checked as their cases say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.mapping.entity import Entity
from engine.mapping.lines import check_lines, lines_checks
from engine.mapping.shape import entity_shape
from engine.spec.document import Document
from engine.spec.load import load

FILE = Path(__file__).parents[2] / "cases" / "lines" / "that.yaml"
LINE = """
entity: line
fields:
  head: {type: ref, entity: head}
  other: {type: ref, entity: line}
  count: integer
  share: decimal
  open: boolean
  day: date
  pay: money
  cost: {type: money, in: EUR, on: day}
"""


def _cases() -> list[Any]:
    return [
        pytest.param(each, id=each["name"].replace(" ", "_")) for each in yaml.safe_load(FILE.read_text())
    ]


@pytest.mark.parametrize("case", _cases())
def test_a_constraint_over_lines_goes_as_its_case_says(case: dict[str, Any]) -> None:
    held = {"name": "held", "over": case.get("over", {"lines": "line", "by": "head"}), "that": case["that"]}
    text = json.dumps({"entity": "head", "fields": {"total": "integer"}, "constraints": [held]})
    entities: dict[str, Document[Entity]] = {
        "head": load(Entity, "head.yaml", text),
        "line": load(Entity, "line.yaml", LINE),
    }
    found = [*entities["head"].problems, *check_lines(entities["head"], entities)]
    if "problem" in case:
        assert [each.code for each in found][:1] == [case["problem"]], found
        assert case["says"] in found[0].message
        return
    assert found == []
    shapes = {name: entity_shape(each.need(), None, ()) for name, each in entities.items()}
    (check,) = lines_checks(entities["head"].need(), shapes["head"], shapes)
    names = {name: [c for f in each.fields for c, _ in f.columns] for name, each in shapes.items()}

    def fault(row: dict[str, Any], *lines: dict[str, Any]) -> str | None:
        own = dict.fromkeys(names["head"]) | {key: str(value) for key, value in row.items()}
        others = [dict.fromkeys(names["line"]) | {k: str(v) for k, v in each.items()} for each in lines]
        return check.fault(own, others)

    for rows in case.get("holds", ()):
        assert fault(*rows) is None, rows
    for rows in case.get("fails", ()):
        said = fault(*rows)
        assert said is not None
        assert said.startswith(f"constraint held is false over {len(rows) - 1} line")
