"""Made-up reports: small, none, incomplete, of a whole entity, and of hostile texts."""

from __future__ import annotations

from typing import Any

from engine.review.axes import Contract, Effect, Scope, Verdict
from engine.review.report import (
    Basis,
    Bin,
    Condition,
    Counts,
    Distribution,
    EntityRows,
    FieldRows,
    Finding,
    Measure,
    Pattern,
    Place,
    Replay,
    Report,
    Sample,
    Transition,
)


def counts(records: int = 18_310, **became: int) -> Counts:
    """Records by what became of them; the rest is the same."""
    every = {"filled": 0, "altered": 0, "lost": 0, "errors": 0, "healed": 0} | became
    return Counts(records=records, same=records - sum(every.values()), **every)


def basis(**other: Any) -> Basis:
    said: dict[str, Any] = {
        "base": "51ab0c9",
        "head": "working tree",
        "records": 18_310,
        "of": 18_310,
        "since": "2025-11-02T10:11:12Z",
        "sources": ["payroll"],
        "sampled": False,
    }
    return Basis(**said | other)


def finding(**other: Any) -> Finding:
    """A rule of payroll's employees that changed; nobody knows yet what it does."""
    said: dict[str, Any] = {
        "code": "map-expression-changed",
        "subject": "payroll/employees.manager",
        "entity": "worker",
        "mapping": "payroll/employees",
        "field": "manager",
        "place": Place(file="mappings/payroll/employees.yaml", line=61, column=5),
        "was": "supervisor",
        "now": "supervisor || lead",
        "says": "value: supervisor || lead, was supervisor",
        "contract": Contract.RISKY,
        "scope": Scope.FIELDS,
        "fingerprint": "0d41c6b2e7f9",
    }
    return Finding(**said | other)


SALARY = finding(
    code="map-source-unit-changed",
    subject="payroll/employees.salary",
    field="salary",
    place=Place(file="mappings/payroll/employees.yaml", line=42, column=5),
    was="map of pay.period: month → work_month",
    now="map of pay.period: month → work_year",
    says="map of pay.period: month → work_year, was work_month (factor 12 removed)",
    effect=Effect.ERRORS,
    fingerprint="a3f8c21b9d04",
    measure=Measure(
        counts=counts(altered=1_204, lost=37, errors=2),
        transitions=[
            Transition(was="127920.00 USD", now="10660.00 USD", count=412),
            Transition(was="54000.00 USD", now="4500.00 USD", count=96),
            Transition(was="31200.00 USD", now=None, count=37),
        ],
        patterns=[Pattern(kind="factor", says="x → x/12", count=1_204, of=1_204)],
        conditions=[Condition(befell="lost", says="pay.frequency == 'HOURLY'", count=37, of=37)],
        distribution=Distribution(
            kind="numbers",
            bins=[
                Bin(label="0 to 10,000", was=210, now=1_380),
                Bin(label="10,000 to 50,000", was=5_810, now=5_220),
                Bin(label="50,000 to 100,000", was=9_120, now=8_730),
                Bin(label="100,000 to 200,000", was=3_060, now=2_851),
                Bin(label="over 200,000", was=110, now=90),
            ],
        ),
        samples=[
            Sample(key="17", was="127920.00 USD", now="10660.00 USD", response=8_121),
            Sample(key="203", was="31200.00 USD", now=None, response=8_124),
        ],
    ),
)

MANAGER = finding(
    effect=Effect.FILLS,
    measure=Measure(
        counts=counts(filled=2_950),
        transitions=[Transition(was=None, now="E-00117", count=212)],
        conditions=[Condition(befell="filled", says="supervisor == null", count=2_950, of=2_950)],
        samples=[Sample(key="204", was=None, now="E-00117", response=8_130)],
    ),
)

HIRED_ON = finding(
    subject="payroll/employees.hired_on",
    field="hired_on",
    place=Place(file="mappings/payroll/employees.yaml", line=37, column=5),
    was="start",
    now="trim(start)",
    says="value: trim(start), was start",
    effect=Effect.NONE,
    fingerprint="77b0e19a35cd",
    measure=Measure(counts=counts()),
)


def rows(**other: Any) -> EntityRows:
    said: dict[str, Any] = {
        "entity": "worker",
        "before": 18_310,
        "after": 18_310,
        "added": 0,
        "removed": 0,
        "merged": 0,
        "split": 0,
        "retired": [],
        "fields": [
            FieldRows(field="salary", same=17_069, filled=0, altered=1_204, lost=37, winners=12),
            FieldRows(field="manager", same=15_360, filled=2_950, altered=0, lost=0, winners=0),
        ],
    }
    return EntityRows(**said | other)


def replay(**other: Any) -> Replay:
    said: dict[str, Any] = {
        "scope": Scope.FIELDS,
        "mappings": ["payroll/employees"],
        "records": 18_310,
        "responses": 367,
        "seconds": 247.0,
        "refetch": [],
    }
    return Replay(**said | other)


def report(**other: Any) -> Report:
    said: dict[str, Any] = {
        "project": "acme",
        "verdict": Verdict.CLEAN,
        "basis": basis(),
        "findings": [],
        "rows": [],
        "letters": [],
        "replay": replay(),
        "incomplete": [],
        "command": "syncline plan --base main",
    }
    return Report(**said | other)
