"""Who has to agree to a change, and whose word holds."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from engine.review.approvals import ApprovalsFile
from engine.review.axes import Contract, Effect, Verdict
from engine.review.report import Finding, Measure
from engine.review.verdict import BLOCK, Judged, effect_of, exit_code, judge
from engine.spec.load import load
from tests.unit.review.made import HIRED_ON, MANAGER, SALARY, basis, counts, finding, report, rows

TODAY = dt.date(2026, 11, 24)
LOST = "finding: a3f8c21b9d04, by: ada, reason: why"


def judged(*findings: Finding, approvals: str = "[]", **other: Any) -> Judged:
    said: dict[str, Any] = {"rows": [], "basis": basis(), "incomplete": [], "block": BLOCK} | other
    accepted = load(ApprovalsFile, "approvals.yaml", approvals).need().approvals
    return judge(findings, approvals=accepted, today=TODAY, **said)


def one(each: Finding, **other: Any) -> Finding:
    (found,) = judged(each, **other).findings
    return found


@pytest.mark.parametrize(
    ("became", "effect"),
    [
        ({}, Effect.NONE),
        ({"healed": 1}, Effect.FILLS),
        ({"filled": 1}, Effect.FILLS),
        ({"filled": 9, "altered": 1}, Effect.ALTERS),
        ({"altered": 9, "lost": 1}, Effect.LOSES),
        ({"lost": 9, "errors": 1, "healed": 9}, Effect.ERRORS),
    ],
)
def test_an_effect_is_the_worst_that_happens(became: dict[str, int], effect: Effect) -> None:
    assert effect_of(counts(**became)) is effect


def test_what_changes_nothing_stored_is_safe() -> None:
    found = one(HIRED_ON)
    assert (found.contract, found.blocks) == (Contract.SAFE, False)


@pytest.mark.parametrize(
    "other",
    [
        {"basis": basis(sampled=True, records=1_000)},
        {"basis": basis(records=18_309)},
        {"incomplete": ["payroll could not be read"]},
    ],
    ids=["a sample", "a part", "what was not finished"],
)
def test_only_all_stored_records_make_a_change_safe(other: dict[str, Any]) -> None:
    assert one(HIRED_ON, **other).contract is Contract.RISKY


def test_no_change_of_data_makes_a_broken_contract_whole() -> None:
    found = one(finding(contract=Contract.BREAKING, effect=Effect.NONE, measure=Measure(counts=counts())))
    assert (found.contract, found.blocks) == (Contract.BREAKING, True)


def test_a_sample_clears_nothing() -> None:
    """What fills in it may lose elsewhere: an approval is needed, and none can be held against it."""
    part = basis(sampled=True, records=1_000)
    assert not one(MANAGER).blocks
    assert one(MANAGER, basis=part).blocks
    assert not one(MANAGER, basis=part, block=["loses"]).blocks
    approvals = "- {finding: 0d41c6b2e7f9, by: ada, reason: why, max_lost: 9}"
    found = judged(MANAGER, basis=part, approvals=approvals)
    assert found.verdict is Verdict.BLOCKED
    assert [each.why for each in found.lapsed] == ["a sample does not show that it is kept"]


@pytest.mark.parametrize("effect", [Effect.UNMEASURED, Effect.REGROUPS])
def test_what_was_not_measured_or_regroups_needs_an_approval(effect: Effect) -> None:
    found = judged(finding(effect=effect))
    assert found.verdict is Verdict.BLOCKED
    assert found.findings[0].approve == "- {finding: 0d41c6b2e7f9, by: WHO, reason: WHY}"
    agreed = judged(finding(effect=effect), approvals=found.findings[0].approve)
    assert agreed.verdict is Verdict.APPROVED


def test_the_line_that_is_offered_is_an_approval_of_just_this() -> None:
    """It holds as it is offered, and a record more is too many."""
    found = one(SALARY)
    assert found.approve == ("- {finding: a3f8c21b9d04, by: WHO, reason: WHY, max_lost: 37, max_errors: 2}")
    assert judged(SALARY, approvals=found.approve).verdict is Verdict.APPROVED
    grown = finding(
        fingerprint=SALARY.fingerprint,
        effect=Effect.ERRORS,
        measure=Measure(counts=counts(altered=1_204, lost=38, errors=2)),
    )
    assert judged(grown, approvals=found.approve).verdict is Verdict.BLOCKED


@pytest.mark.parametrize(
    ("approval", "why"),
    [
        ("max_lost: 37, max_errors: 2", ""),
        ("max_lost: 99, max_errors: 99, max_altered: 1204, expires: 2026-11-24", ""),
        ("max_lost: 37, max_errors: 2, expires: 2026-11-23", "expired 2026-11-23"),
        ("max_lost: 36, max_errors: 2", "loses 37, 36 are approved"),
        ("max_lost: 37", "errors 2, none is approved"),
        ("max_lost: 37, max_errors: 2, max_altered: 1203", "alters 1,204, 1,203 are approved"),
    ],
)
def test_an_approval_holds_within_its_bounds_and_its_time(approval: str, why: str) -> None:
    found = judged(SALARY, approvals=f"- {{{LOST}, {approval}}}")
    assert found.verdict is (Verdict.BLOCKED if why else Verdict.APPROVED)
    assert [each.why for each in found.lapsed] == ([why] if why else [])
    assert (found.findings[0].approval is None) == bool(why)
    assert bool(found.findings[0].approve) == bool(why)


def test_what_the_project_lets_pass_needs_no_bound_and_what_it_adds_needs_one() -> None:
    approvals = f"- {{{LOST}, max_lost: 37, max_errors: 2}}"
    assert judged(SALARY, approvals=approvals, block=[*BLOCK, "alters"]).verdict is Verdict.BLOCKED
    assert judged(SALARY, block=["BREAKING"]).verdict is Verdict.CLEAN
    assert judged(SALARY, block=["RISKY"]).verdict is Verdict.BLOCKED


def test_what_loses_below_errors_still_loses() -> None:
    assert one(SALARY, block=["loses"]).blocks
    assert not one(SALARY, block=["fills"]).blocks


def test_an_approval_of_groups_is_bounded_too() -> None:
    each = finding(effect=Effect.REGROUPS, code="identity-key-added", field=None)
    joined = [rows(merged=3, split=1)]
    assert one(each, rows=joined).approve.endswith("max_regrouped: 4}")
    within = "- {finding: 0d41c6b2e7f9, by: ada, reason: why, max_regrouped: 4}"
    assert judged(each, rows=joined, approvals=within).verdict is Verdict.APPROVED
    assert judged(each, rows=[rows(merged=5)], approvals=within).verdict is Verdict.BLOCKED


def test_a_bound_is_not_kept_by_what_was_not_measured() -> None:
    approvals = f"- {{{LOST}, max_lost: 37}}"
    found = judged(finding(fingerprint="a3f8c21b9d04"), approvals=approvals)
    assert found.verdict is Verdict.BLOCKED
    assert "not measured" in found.lapsed[0].why


def test_an_approval_of_nothing_is_said() -> None:
    found = judged(HIRED_ON, approvals=f"- {{{LOST}}}")
    assert [(each.finding, each.why) for each in found.lapsed] == [
        ("a3f8c21b9d04", "no finding has this fingerprint")
    ]
    assert found.verdict is Verdict.CLEAN


def test_an_approval_of_digits_alone_is_offered_in_quotes() -> None:
    found = one(finding(fingerprint="123456789012"))
    assert load(ApprovalsFile, "approvals.yaml", found.approve).need().approvals[0].finding == "123456789012"


def test_the_worst_comes_first() -> None:
    safe = finding(code="meta-only", contract=Contract.SAFE, effect=Effect.NONE, fingerprint="000000000001")
    approvals = '- {finding: "000000000002", by: ada, reason: why}'
    broken = finding(contract=Contract.BREAKING, effect=Effect.NONE, fingerprint="000000000002")
    found = judged(safe, MANAGER, broken, SALARY, approvals=approvals)
    assert [each.fingerprint for each in found.findings] == [
        SALARY.fingerprint,
        broken.fingerprint,
        MANAGER.fingerprint,
        safe.fingerprint,
    ]


@pytest.mark.parametrize(
    ("findings", "incomplete", "verdict", "code"),
    [
        ([], [], Verdict.NOTHING, 0),
        ([MANAGER], [], Verdict.CLEAN, 0),
        ([SALARY, MANAGER], [], Verdict.BLOCKED, 1),
        ([], ["the rehearsal failed"], Verdict.INCOMPLETE, 3),
        ([SALARY], ["the rehearsal failed"], Verdict.INCOMPLETE, 3),
    ],
)
def test_what_is_incomplete_is_never_clean(
    findings: list[Finding], incomplete: list[str], verdict: Verdict, code: int
) -> None:
    found = judged(*findings, incomplete=incomplete)
    assert found.verdict is verdict
    assert exit_code(report(verdict=found.verdict)) == code
