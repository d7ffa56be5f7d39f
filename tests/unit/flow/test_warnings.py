"""What is valid and cannot be meant is said, at its character; and nothing is said of what may be meant."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.errors import Problem
from engine.expression import EvaluationError, Expression, decode_number
from engine.expression.doubts import examine
from engine.expression.kinds import NULL, RECORD, returned
from engine.expression.values import kind_of, truth
from engine.fetch.check import check_connector
from engine.fetch.connector import ConfigKey, Connector
from engine.fetch.doubts import doubts as doubts_of_connector
from engine.fetch.doubts import scope_reads
from engine.flow.check import check
from engine.mapping.doubts import doubts as doubts_of_mapping
from engine.mapping.doubts import doubts_of_contract
from engine.mapping.entity import Entity
from engine.mapping.rules import MappingFile
from engine.spec.load import load
from engine.spec.values import Name
from tests.unit.expression.drawn import Drawer, json_of, text_of

ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT / "tests" / "cases" / "warnings"
SCOPE = scope_reads(
    {
        Name("limit"): ConfigKey(type="integer"),
        Name("all"): ConfigKey(type="boolean"),
        Name("name"): ConfigKey(),
    }
)


def _cases(name: str) -> Iterator[Any]:
    for case in yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8")):
        yield pytest.param(case, id=case.get("expression") or str([*case.values()][:2]))


def _yaml(data: Any) -> str:
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=1000)


def _agree(case: dict[str, Any], found: list[str], messages: list[str]) -> None:
    assert found == case.get("warns", []), messages
    assert case.get("says", "") in " ".join(messages)


@pytest.mark.parametrize("case", list(_cases("record")))
def test_of_a_record(case: dict[str, Any]) -> None:
    _, found = examine(Expression.parse(case["expression"]), RECORD, condition=case.get("condition", False))
    _agree(case, [f"{each.offset + 1} {each.code}" for each in found], [each.message for each in found])


@pytest.mark.parametrize("case", list(_cases("scope")))
def test_of_the_scope(case: dict[str, Any]) -> None:
    _, found = examine(Expression.parse(case["expression"]), SCOPE, condition=case.get("condition", False))
    _agree(case, [f"{each.offset + 1} {each.code}" for each in found], [each.message for each in found])


def _codes(found: list[Problem]) -> list[str]:
    assert all(each.severity == "warning" for each in found)
    return sorted(each.code for each in found)


@pytest.mark.parametrize("case", list(_cases("rule")))
def test_of_a_rule(case: dict[str, Any]) -> None:
    entity = load(Entity, "thing.yaml", _yaml({"entity": "thing", "fields": {"f": case["field"]}}))
    mapping = load(
        MappingFile, "m.yaml", _yaml({"from": "c.s", "to": "thing", "fields": {"f": case["rule"]}})
    )
    assert not [*entity.problems, *mapping.problems]
    found = list(doubts_of_mapping(mapping, entity))
    _agree(case, _codes(found), [each.message for each in found])


@pytest.mark.parametrize("case", list(_cases("stream")))
def test_of_a_stream(case: dict[str, Any]) -> None:
    stream = {"path": "/s", "records": "@", "key": "id", **case["keys"]}
    data = {
        "connector": "c",
        "config": {"limit": {"type": "integer"}},
        "http": {"base_url": "https://api.example.com"},
        "streams": {"s": stream},
    }
    connector = load(Connector, "c.yaml", _yaml(data))
    problems = [*connector.problems, *check_connector(connector)]
    if case.get("problem"):
        assert problems
        return
    assert not problems
    found = list(doubts_of_connector(connector))
    _agree(case, _codes(found), [each.message for each in found])


def test_of_a_constraint() -> None:
    """What is required is there; all else may be missing."""
    fields = {"code": {"type": "string", "required": True}, "mail": "string"}
    constraints = [
        {"name": name, "that": that}
        for name, that in (
            ("one", "starts_with(code, 'x')"),
            ("two", "starts_with(mail, 'x')"),
            ("three", "mail && starts_with(mail, 'x')"),
            ("four", "code == 'a' || 'b'"),
        )
    ]
    contract = _yaml({"entity": "thing", "fields": fields, "constraints": constraints})
    entity = load(Entity, "thing.yaml", contract)
    assert not entity.problems
    assert _codes(list(doubts_of_contract(entity))) == ["always-true", "may-be-absent"]


def test_a_warning_stands_at_its_character_and_stops_nothing(tmp_path: Path) -> None:
    """The column is that of the character inside the quotes of the file."""
    project = tmp_path / "project"
    shutil.copytree(ROOT / "engine/demo/starter", project)
    connector = project / "specs" / "my_hr.yaml"
    text = connector.read_text(encoding="utf-8")
    line = "    errors: [{when: \"body.x && status == '404'\", then: skip}]"
    connector.write_text(f"{text}{line}\n", encoding="utf-8")
    checked = check(project)
    assert checked.problems == ()
    assert checked.project is not None
    (warning,) = checked.warnings
    assert (warning.file, warning.line) == ("specs/my_hr.yaml", len(text.splitlines()) + 1)
    assert warning.column == line.index("status") + 1
    assert warning.code == "never-equal"


@pytest.mark.parametrize("root", [ROOT, ROOT / "engine/demo/starter"], ids=lambda root: root.name)
def test_nothing_is_said_of_what_ships(root: Path) -> None:
    assert [str(each) for each in check(root).warnings] == []


def test_what_is_inferred_is_true_of_every_value() -> None:
    """20,000 random pairs: a value is of the kinds that were inferred, and what never holds never does."""
    drawer = Drawer(draw=random.Random(20261124))
    known = 0
    for _ in range(1000):
        expression = Expression.parse(text_of(drawer.tree()))
        kinds, found = examine(expression, RECORD)
        root = expression.tree
        never = root["type"] == "comparator" and "never-equal" in {
            each.code for each in found if each.offset == 0
        }
        _, held = examine(expression, RECORD, condition=True)
        whole = root["type"] in {"literal", "function_expression"}
        always = whole and "always-true" in {each.code for each in held if each.offset == 0}
        for _ in range(20):
            try:
                value = expression.search(_read(json_of(drawer.record())))
            except EvaluationError:
                continue
            assert kinds is None or kind_of(value) in kinds, expression.text
            known += kinds is not None
            assert not always or truth(value), expression.text
            if never and root["children"][0]["type"] != "comparator":
                assert value is (root["value"] == "ne"), expression.text
    assert known > 2000


def _read(text: str) -> Any:
    return json.loads(text, parse_float=decode_number, parse_int=int)


def test_kinds_of_functions_are_those_that_they_give() -> None:
    assert returned("length") == frozenset({"number"})
    assert returned("lower") == frozenset({"string"}) | NULL
    assert returned("max") is None
