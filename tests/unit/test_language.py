"""Every key of the language that is built is exercised; each kind of file refuses what it does not take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from docs import coverage
from docs.pages.language import FAMILIES
from engine.flow.kinds import KINDS
from engine.mapping.rules import Rule
from engine.spec.component import Component
from engine.spec.load import load

CASES = Path(__file__).parents[1] / "cases" / "language"


def _cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield pytest.param(path.stem, case, id=f"{path.stem}: {case['name']}")


@pytest.mark.parametrize(("kind", "case"), list(_cases()))
def test_what_a_file_says(kind: str, case: dict[str, Any]) -> None:
    """Each problem is where the case says; a file without one is built."""
    document = load(KINDS[kind].document, "file.yaml", case["file"])
    found = [f"{each.line}:{each.column} {each.code}" for each in document.problems]
    assert found == case["problems"], "\n".join(map(str, document.problems))
    assert (document.value is None) == bool(case["problems"])


def test_every_key_that_is_built_is_exercised() -> None:
    """By a case, a project or an acceptance test, which the components themselves read."""
    assert len(coverage.keys()) > 200
    assert coverage.missing() == []


def test_a_key_that_nobody_exercises_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The computation can fail: without the files that say a key, it is missing."""
    known = dict(coverage.exercised())
    for key in ((Rule, "zone"), (FAMILIES["pagination"][0].members["link"], coverage.TYPE)):
        del known[key]
    monkeypatch.setattr(coverage, "exercised", lambda: known)
    assert coverage.missing() == [
        "Rule · zone: add a case to tests/cases/rules/zone.yaml",
        "pagination link: add a case to tests/cases/pagination/link.yaml",
    ]


def test_a_word_in_a_comment_or_at_a_wrong_place_counts_for_nothing() -> None:
    found: dict[tuple[type[Component], str], str] = {}
    text = "from: a.b\nto: c  # zone\nfields:\n  d: {value: zone}\n"
    coverage.note_text(found, "x.yaml", text)
    assert (Rule, "value") in found
    assert (Rule, "zone") not in found
    found.clear()
    coverage.note_text(found, "x.yaml", text.replace("value: zone", "value: x, zone: [1]"))
    assert found == {}
