"""
Who has to agree to a change? Effects, approvals and the project's policy give the verdict.

A finding asks for an approval where its contract or its effect is in the policy's list. An approval allows
what it names: of an effect in that list no more than its bound, nothing where it has none. A sample proves
nothing: it neither makes a finding safe nor shows that a bound is kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from engine.review.approvals import Accepted
from engine.review.axes import Contract, Effect, Verdict
from engine.review.report import Approval, Basis, Counts, EntityRows, Finding, Lapsed, Report

BLOCK: Final = ("BREAKING", "loses", "errors", "regroups", "unmeasured")
"""What asks for an approval where the project does not say."""

_EXITS: Final = {Verdict.BLOCKED: 1, Verdict.INCOMPLETE: 3}
_WORST: Final = list(reversed(Effect))
_CONTRACTS: Final = list(reversed(Contract))
_KEYS: Final = {
    Effect.LOSES: "max_lost",
    Effect.ERRORS: "max_errors",
    Effect.REGROUPS: "max_regrouped",
    Effect.ALTERS: "max_altered",
    Effect.FILLS: "max_filled",
}
"""Effects that can be counted, and what bounds them in an approval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Findings with what is asked of them, and what that comes to."""

    verdict: Verdict
    findings: list[Finding]
    """The worst first."""
    lapsed: list[Lapsed]


def effect_of(counts: Counts) -> Effect:
    """The worst of what became of records; one that fits again fills what was not there."""
    if counts.errors:
        return Effect.ERRORS
    if counts.lost:
        return Effect.LOSES
    if counts.altered:
        return Effect.ALTERS
    return Effect.FILLS if counts.filled or counts.healed else Effect.NONE


def judge(
    findings: Sequence[Finding],
    *,
    rows: Sequence[EntityRows],
    basis: Basis,
    incomplete: Collection[str],
    block: Collection[str],
    approvals: Sequence[Accepted],
    today: dt.date,
) -> Judged:
    """
    Say of each finding whether it needs an approval and has one.

    ``block``: contracts and effects by name. Approvals that do not hold are said, with why.
    """
    whole = not basis.sampled and basis.records == basis.of and not incomplete
    regrouped = {each.entity: _regrouped(each) for each in rows}
    accepted = {str(each.finding): each for each in approvals}
    judged: list[Finding] = []
    lapsed = [
        Lapsed(finding=each.finding, by=each.by, why="no finding has this fingerprint")
        for each in approvals
        if each.finding not in {finding.fingerprint for finding in findings}
    ]
    for each in findings:
        found = _proven(each) if whole else each
        counted = _counted(found, regrouped.get(found.entity or "", 0))
        blocks = _blocks(found, counted, block, sampled=basis.sampled)
        approval, why = None, ""
        said = accepted.get(found.fingerprint)
        if said is not None and blocks:
            why = _against(said, found, counted, block, basis=basis, today=today)
            if why:
                lapsed.append(Lapsed(finding=said.finding, by=said.by, why=why))
            else:
                approval = Approval(by=said.by, reason=said.reason, expires=said.expires)
        judged.append(
            msgspec.structs.replace(
                found,
                blocks=blocks,
                approval=approval,
                approve=_line(found, counted, block) if blocks and approval is None else "",
            )
        )
    judged.sort(key=_badness)
    return Judged(verdict=_verdict(judged, incomplete), findings=judged, lapsed=lapsed)


def exit_code(report: Report) -> int:
    """0: nobody has to do anything; 1: an approval is needed; 3: incomplete, which is never clean."""
    return _EXITS.get(report.verdict, 0)


def waiting(finding: Finding) -> bool:
    """Whether it needs an approval that it does not have."""
    return finding.blocks and finding.approval is None


def unchanged(finding: Finding) -> bool:
    """Whether records were mapped both ways and none differs."""
    return finding.measure is not None and finding.effect is Effect.NONE


def _proven(finding: Finding) -> Finding:
    """What could not be decided from the text is safe where no stored record changes."""
    if finding.contract is Contract.RISKY and unchanged(finding):
        return msgspec.structs.replace(finding, contract=Contract.SAFE)
    return finding


def _regrouped(rows: EntityRows) -> int:
    return rows.merged + rows.split + rows.added + rows.removed


def _counted(finding: Finding, regrouped: int) -> Mapping[Effect, int]:
    """How many records, or entities, each effect befalls."""
    counts = finding.measure.counts if finding.measure is not None else None
    return {
        Effect.LOSES: counts.lost if counts else 0,
        Effect.ERRORS: counts.errors if counts else 0,
        Effect.ALTERS: counts.altered if counts else 0,
        Effect.FILLS: counts.filled + counts.healed if counts else 0,
        Effect.REGROUPS: regrouped if finding.effect is Effect.REGROUPS else 0,
    }


def _blocks(
    finding: Finding, counted: Mapping[Effect, int], block: Collection[str], *, sampled: bool
) -> bool:
    if finding.contract in block or finding.effect in block:
        return True
    if any(count and effect in block for effect, count in counted.items()):  # below a worse effect
        return True
    return sampled and finding.measure is not None and Effect.UNMEASURED in block


def _against(
    said: Accepted,
    finding: Finding,
    counted: Mapping[Effect, int],
    block: Collection[str],
    *,
    basis: Basis,
    today: dt.date,
) -> str:
    """Why an approval does not hold; empty where it does."""
    if said.expires is not None and said.expires.date < today:
        return f"expired {said.expires}"
    if finding.measure is not None and basis.sampled:
        return "a sample does not show that it is kept"
    bounds = said.bounds
    for effect, count in counted.items():
        bound = bounds[effect]
        if bound is None and effect in block:
            bound = 0
        if bound is not None and count > bound:
            return f"{effect} {count:,}, {f'{bound:,} are' if bound else 'none is'} approved"
    bounded = any(each is not None for each in bounds.values())
    if finding.effect is Effect.UNMEASURED and bounded:
        return "it was not measured, so nothing shows that its bound is kept"
    return ""


def _line(finding: Finding, counted: Mapping[Effect, int], block: Collection[str]) -> str:
    """An approval of just this, to be completed by whoever gives it."""
    name = finding.fingerprint
    if name.isdecimal():  # a number to YAML
        name = f'"{name}"'
    said = [f"finding: {name}", "by: WHO", "reason: WHY"]
    said += [f"{_KEYS[effect]}: {count}" for effect, count in counted.items() if count and effect in block]
    return f"- {{{', '.join(said)}}}"


def _verdict(findings: Sequence[Finding], incomplete: Collection[str]) -> Verdict:
    if incomplete:
        return Verdict.INCOMPLETE
    if not findings:
        return Verdict.NOTHING
    if any(map(waiting, findings)):
        return Verdict.BLOCKED
    return Verdict.APPROVED if any(each.blocks for each in findings) else Verdict.CLEAN


def _badness(finding: Finding) -> tuple[bool, bool, int, int, int, str, str]:
    counts = finding.measure.counts if finding.measure is not None else None
    touched = counts.errors + counts.lost + counts.altered if counts else 0
    return (
        not waiting(finding),
        not finding.blocks,
        _WORST.index(finding.effect),
        _CONTRACTS.index(finding.contract),
        -touched,
        finding.subject,
        finding.code,
    )
