"""Every key of a rule does, and refuses, what its file of cases says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.mapping.rules import Rule
from engine.mapping.steps import FAULTS
from engine.spec.component import settings_of

CASES = Path(__file__).parents[2] / "cases" / "rules"


def _cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{file.stem}-{case['name']}".replace(" ", "_"))
        for file in sorted(CASES.glob("*.yaml"))
        for case in yaml.safe_load(file.read_text())
    ]


@pytest.mark.parametrize("case", _cases())
def test_a_rule_goes_as_its_case_says(bench: Any, case: dict[str, Any]) -> None:
    bench.check(case)


def test_every_key_of_a_rule_has_a_file_of_cases() -> None:
    assert {file.stem for file in CASES.glob("*.yaml")} >= set(settings_of(Rule)) | set(Rule.reserved)


def test_every_code_that_a_case_names_is_documented() -> None:
    named = {case["code"] for param in _cases() for case in param.values if "code" in case}
    assert named <= set(FAULTS)
