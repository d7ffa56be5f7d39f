"""What a patch says, and what all patches of one key say together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.expression.json_text import read_json
from engine.mapping.case import TestFile
from engine.mapping.casebook import run_cases
from engine.mapping.patches import Patcher
from engine.mapping.plan import Plan
from engine.mapping.readings import Sources
from engine.mapping.steps import FAULTS
from engine.spec.load import load

CASES = Path(__file__).parents[2] / "cases" / "patches"


def _cases() -> list[Any]:
    return [
        pytest.param(case, id=case["name"].replace(" ", "_"))
        for file in sorted(CASES.glob("*.yaml"))
        for case in yaml.safe_load(file.read_text())
    ]


def _patcher(bench: Any, fields: Any, rules: Any, when: str | None = None, **entity: Any) -> Patcher:
    plan = bench.plan(fields, {"fields": rules} | ({"when": when} if when else {}), **entity)
    assert isinstance(plan, Plan), plan
    return Patcher(replace(plan, partial=True))


@pytest.mark.parametrize("case", _cases())
def test_a_patch_says_what_its_case_says(bench: Any, case: dict[str, Any]) -> None:
    patcher = _patcher(bench, {"f": case["field"]}, {"f": case["rule"]}, case.get("when"))
    record = read_json(case["record"])
    made = patcher.said(
        Sources(element=record, record=record, parent=record, partition=case.get("partition"), body=record)
    )
    codes = [fault.code for fault in made.faults]
    assert codes == case.get("codes", [])
    assert set(codes) <= set(FAULTS)
    if not codes:
        assert dict(made.says) == case["says"]
        assert made.omitted == case.get("omitted", 0)


def test_a_field_that_no_patch_said_has_its_default(bench: Any) -> None:
    patcher = _patcher(bench, {"f": "string", "g": "string"}, {"f": {"value": "a", "default": "x"}, "g": "b"})
    whole = patcher.whole({"g": None})
    assert (whole.columns, whole.said, whole.complete) == (("x", None), 1, True)


def test_required_is_asked_of_the_whole(bench: Any) -> None:
    fields = {"f": {"type": "string", "required": True}, "g": "string"}
    patcher = _patcher(bench, fields, {"f": "a", "g": "b"})
    first = patcher.whole({"g": "y"})
    assert not first.complete
    assert [(fault.code, fault.field) for fault in first.faults] == [("required", "f")]
    assert patcher.whole({"g": "y", "f": "x"}).complete


def test_constraints_are_held_against_the_whole(bench: Any) -> None:
    """Not against a patch, which does not know the rest; a default counts as what is said."""
    held = [{"name": "order", "that": "f <= g"}]
    fields, rules = {"f": "integer", "g": "integer"}, {"f": "a", "g": {"value": "b", "default": 5}}
    patcher = _patcher(bench, fields, rules, constraints=held)
    broken = patcher.whole({"f": "7"})
    assert not broken.complete
    assert [(fault.code, fault.message) for fault in broken.faults] == [
        ("constraint-broken", "constraint order is false: f 7, g 5")
    ]
    assert patcher.whole({"f": "7", "g": "8"}).complete
    assert patcher.whole({"f": "7", "g": None}).complete
    assert (
        patcher.said(
            Sources(element={"a": 7}, record={"a": 7}, parent={"a": 7}, partition=None, body={})
        ).faults
        == ()
    )


def test_identity_values_are_made_of_the_whole(bench: Any) -> None:
    identity = [{"name": "n", "on": ["f", "g"], "normalise": ["upper"]}]
    patcher = _patcher(bench, {"f": "string", "g": "string"}, {"f": "a", "g": "b"}, identity=identity)
    assert patcher.whole({"f": "x"}).identity == (None,)
    assert patcher.whole({"f": "x", "g": "y"}).identity == ("X/Y",)


def test_an_identity_value_that_no_index_holds_is_a_fault_and_joins_nobody(bench: Any) -> None:
    """The rest of the whole still stands: what was said is not withdrawn for it."""
    identity = [{"name": "n", "on": ["f"]}]
    patcher = _patcher(bench, {"f": "string"}, {"f": "a"}, identity=identity)
    whole = patcher.whole({"f": "x" * 1001})
    assert whole.complete
    assert whole.identity == (None,)
    assert [fault.code for fault in whole.faults] == ["key-too-long"]


@pytest.mark.parametrize(
    ("when", "passes"),
    [("s != 'draft'", True), ("s == 'final'", False), ("starts_with(s, 'f')", False), (None, True)],
)
def test_until_a_patch_says_what_when_reads_it_is_as_for_a_record_without(
    bench: Any, *, when: str | None, passes: bool
) -> None:
    patcher = _patcher(bench, {"f": "string"}, {"f": "a"}, when)
    assert patcher.whole({"f": "x"}).passes is passes
    assert patcher.whole({"f": "x", "_when": "t"}).passes
    assert not patcher.whole({"f": "x", "_when": "f"}).passes


@pytest.mark.parametrize(
    ("case", "difference"),
    [
        ("record: {a: x}, expect: {f: x}", None),
        ("record: {a: x}, expect: {f: y}", 'f: expected "y", got x'),
        ("record: {a: null}, expect: {f: null}", None),
        ("record: {}, expect: {f: null}", "f: expected null, but the patch leaves it as it was"),
        ("record: {n: 5}, expect: {n: 5}", None),
        ("record: {n: x}, reject: [{field: n, code: not-a-number}]", None),
        ("record: {n: 1}, reject: [{field: n}]", "expected to be refused, but it says something"),
        ("record: {s: draft}, filtered: true", None),
        ("record: {a: x}, filtered: true", "expected to be filtered, but it says something"),
        ("record: {s: draft, a: x}, expect: {f: x}", "filtered: it does not pass when"),
    ],
)
def test_a_case_beside_a_mapping_shows_what_one_patch_says(
    bench: Any, case: str, difference: str | None
) -> None:
    """The required field is the whole's affair."""
    fields = {"f": "string", "n": "integer", "r": {"type": "string", "required": True}}
    plan = _patcher(bench, fields, {"f": "a", "n": "n", "r": "r"}, "s != 'draft'").plan
    (result,) = run_cases(plan, load(TestFile, "t.yaml", f"- {{name: one, {case}}}\n"))
    assert result.differences == (() if difference is None else (difference,))


@pytest.mark.parametrize(
    ("record", "says", "codes"),
    [
        ('{"a": 1085, "d": "2024-03-04"}', {"day": "2024-03-04", "f": "1000", "f_currency": "EUR"}, []),
        ('{"x": 1}', {}, []),
        ('{"a": null}', {"f": None, "f_currency": None}, []),
        ('{"d": "2024-03-04"}', None, [("f", "patch-in-part")]),
        ('{"a": 10}', None, [("f", "rate-date-missing")]),
        ('{"a": 10, "d": "soon"}', None, [("day", "not-a-date")]),
    ],
)
def test_an_amount_that_is_converted_and_its_day_are_one_fact(
    bench: Any, record: str, says: dict[str, str | None] | None, codes: list[tuple[str, str]]
) -> None:
    """A new day alone would want the amount converted anew, and the patch does not have it."""
    fields = {"f": {"type": "money", "in": "EUR", "on": "day"}, "day": "date"}
    patcher = _patcher(bench, fields, {"f": {"value": "a", "currency": "USD"}, "day": "d"})
    read = read_json(record)
    made = patcher.said(Sources(element=read, record=read, parent=read, body=read))
    assert [(fault.field, fault.code) for fault in made.faults] == codes
    if says is not None:
        assert dict(made.says) == says
