"""Constraints hold, fail and are checked as their cases say; both roads agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.expression.json_text import read_json
from engine.mapping.plan import Plan
from engine.mapping.program import compile_program
from engine.records.mapped import Mapped
from tests.unit.mapping.test_mapped import decoded

CASES = Path(__file__).parents[2] / "cases" / "constraints"


def _cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{file.stem}-{case['name']}".replace(" ", "_"))
        for file in sorted(CASES.glob("*.yaml"))
        for case in yaml.safe_load(file.read_text())
    ]


def _rule(name: str, field: Any) -> Any:
    kind = field if isinstance(field, str) else field["type"]
    if kind == "money":
        return {"value": name, "currency": "EUR"}
    if kind == "quantity":
        return {"value": name, "unit": field["unit"]}
    return {"value": name, "ref": "c.s"} if kind == "ref" else name


def mapped(plan: Plan, records: list[Any]) -> Mapped:
    """What the generated road makes of records; the exact one decides what is not usual."""
    keys = [str(index) for index in range(len(records))]
    given = decoded([{"id": 0}] * len(records), keys=keys)
    given = type(given)(**{name: getattr(given, name) for name in given.__slots__} | {"records": records})
    return compile_program(plan).map(given)


@pytest.mark.parametrize("case", _cases())
def test_a_constraint_goes_as_its_case_says(bench: Any, case: dict[str, Any]) -> None:
    fields = case["fields"]
    rules = {name: _rule(name, field) for name, field in fields.items()}
    held = {"name": "held"} | {key: case[key] for key in ("that", "unique") if key in case}
    made = bench.plan(fields, {"fields": rules}, constraints=[held])
    if "problem" in case:
        assert [problem.code for problem in made] == [case["problem"]], made
        assert case["says"] in made[0].message
        return
    assert isinstance(made, Plan), made
    assert [list(each.fields) for each in made.shape.unique] == [
        each for each in [held.get("unique")] if each
    ]
    wanted = dict.fromkeys(case.get("holds", ()), ())
    wanted |= dict.fromkeys(case.get("fails", ()), ("constraint-broken",))
    wanted |= {text: (code,) for text, code in case.get("codes", {}).items()}
    found = mapped(made, [read_json(text) for text in wanted])
    codes = {each.place: tuple(fault.code for fault in each.faults) for each in found.rejections}
    assert {text: codes.get(place, ()) for place, text in enumerate(wanted)} == wanted


def test_a_broken_constraint_is_named_with_its_place_and_what_it_read(bench: Any) -> None:
    held = [{"name": "in_order", "that": "a <= b"}, {"name": "small", "that": "b < `5`"}]
    made = bench.plan({"a": "integer", "b": "integer"}, {"fields": {"a": "a", "b": "b"}}, constraints=held)
    (rejection,) = mapped(made, [{"a": 9, "b": 7}]).rejections
    assert [(fault.code, fault.field, fault.message) for fault in rejection.faults] == [
        ("constraint-broken", None, "constraint in_order is false: a 9, b 7"),
        ("constraint-broken", None, "constraint small is false: b 7"),
    ]
    assert [fault.rule for fault in rejection.faults] == ["thing.yaml:6", "thing.yaml:8"]


def test_a_field_that_no_rule_says_is_null(bench: Any) -> None:
    held = [{"name": "in_order", "that": "a <= b"}, {"name": "both", "that": "b != `null`"}]
    made = bench.plan({"a": "integer", "b": "integer"}, {"fields": {"a": "a"}}, constraints=held)
    (rejection,) = mapped(made, [{"a": 9}]).rejections
    assert [fault.message for fault in rejection.faults] == ["constraint both is false: b null"]


def test_a_changed_constraint_is_another_version(bench: Any) -> None:
    one, two = (
        bench.plan({"a": "integer"}, {"fields": {"a": "a"}}, constraints=[{"name": "held", "that": that}])
        for that in ("a < `5`", "a < `6`")
    )
    assert one.fingerprint != two.fingerprint


def test_names_of_constraints_are_told_apart(bench: Any) -> None:
    held = [{"name": "held", "that": "a < `5`"}] * 2
    problems = bench.plan({"a": "integer"}, {"fields": {"a": "a"}}, constraints=held)
    assert [problem.code for problem in problems] == ["duplicate-value"]
