"""Every type of a canonical field takes and refuses what its file of cases says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.mapping.types import Type
from engine.spec.component import family

CASES = Path(__file__).parents[2] / "cases" / "types"


def _cases() -> list[Any]:
    return [
        pytest.param({"rule": "value", "field": {"type": file.stem}, **case}, id=f"{file.stem}-{index}")
        for file in sorted(CASES.glob("*.yaml"))
        for index, case in enumerate(yaml.safe_load(file.read_text()))
    ]


@pytest.mark.parametrize("case", _cases())
def test_a_value_becomes_the_columns_or_the_code_of_its_case(bench: Any, case: dict[str, Any]) -> None:
    bench.check(case)


def test_every_type_has_a_file_of_cases_that_accepts_and_refuses() -> None:
    for name in family(Type):
        cases = yaml.safe_load((CASES / f"{name}.yaml").read_text())
        assert any("columns" in case for case in cases), name
        assert any("code" in case for case in cases), name
