"""Broken files, and what is said about them: the runner of tests/cases/spec."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.spec.load import load
from tests.unit.spec.parts import Zoo

CASES = Path(__file__).resolve().parents[2] / "cases" / "spec"


def _cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield pytest.param(case, id=f"{path.stem}: {case['name']}")


@pytest.mark.parametrize("case", list(_cases()))
def test_problems_of_a_file(case: dict[str, Any]) -> None:
    """Each problem is where the case says, with its code; a file without one has a value."""
    document = load(Zoo, "zoo.yaml", case["text"])
    found = [f"{each.line}:{each.column} {each.code}" for each in document.problems]
    assert found == case["problems"], "\n".join(map(str, document.problems))
    assert (document.value is None) == bool(case["problems"])
    assert case.get("says", "") in "\n".join(each.message for each in document.problems)
