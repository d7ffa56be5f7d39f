"""Cases beside a contract name what the contract has, and are shaped as its rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.flow.check import check
from tests.unit.flow.test_check import FILES


@pytest.mark.parametrize(
    ("name", "case", "said"),
    [
        ("person", "record: {nam: Ada}, expect: {name: Ada}", "1:24 unknown-field"),
        ("person", "record: [Ada], expect: {name: Ada}", "1:15 wrong-type"),
        ("person", "record: {name: Ada}, filtered: true", "1:36 wrong-case"),
        ("person", "given: {}, record: {}, expect: {name: Ada}", "1:15 wrong-case"),
        ("person", "record: {}, expect: {nam: Ada}", "1:36 unknown-column"),
        ("person", "record: {}, reject: [{constraint: x}]", "1:49 unknown-constraint"),
        ("person", "record: {}, reject: [{constraint: x, code: y}]", "1:36 conflicting-keys"),
        ("persn", "record: {}, expect: {name: Ada}", "1:1 entity-missing"),
    ],
)
def test_cases_beside_a_contract_are_rows_of_it(tmp_path: Path, name: str, case: str, said: str) -> None:
    for other, text in FILES.items():
        (tmp_path / other).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / other).write_text(text, encoding="utf-8")
    file = f"mappings/entities/{name}.test.yaml"
    (tmp_path / file).write_text(f"- {{name: one, {case}}}\n", encoding="utf-8")
    (problem,) = check(tmp_path).problems
    assert (problem.file, f"{problem.line}:{problem.column} {problem.code}") == (file, said)


def test_no_record_can_break_what_holds_between_rows(tmp_path: Path) -> None:
    contract = "mappings/entities/person.yaml"
    files = FILES | {
        contract: f"{FILES[contract]}constraints: [{{name: once, unique: [name]}}]\n",
        "mappings/entities/person.test.yaml": "- {name: one, record: {}, reject: [{constraint: once}]}\n",
    }
    for other, text in files.items():
        (tmp_path / other).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / other).write_text(text, encoding="utf-8")
    (problem,) = check(tmp_path).problems
    assert (problem.line, problem.code) == (1, "wrong-case")
