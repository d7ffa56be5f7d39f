"""What policies are told while other files have problems."""

from __future__ import annotations

from pathlib import Path

from engine.flow.check import check
from tests.unit.flow.test_check import M, P, written


def test_beside_other_problems_a_policy_offers_the_names_that_there_are(tmp_path: Path) -> None:
    """Where who feeds what cannot be said, every stream is conceivable; one without a name is none."""
    found = check(written(tmp_path, {P: ("[one,", "[crm,"), M: ("  name: name", "  nam: name")})).problems
    (said,) = (each.message for each in found if each.code == "unknown-source")
    offered = "one, one.people, one.teams, two, two.people or two.teams"
    assert said == f"'crm' is not a source of this entity; there is {offered}"
