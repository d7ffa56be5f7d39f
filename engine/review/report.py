"""
What came of a plan: one value, which every rendering reads, so that they cannot disagree.

Its JSON is published: ``schema`` gives the JSON Schema of it, and ``VERSION`` grows when a reader of the
former one would read it wrongly.
"""

from __future__ import annotations

from typing import Any

import msgspec

from engine.review.axes import Contract, Effect, Scope, Verdict

VERSION = 1


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where in a file of the head; what was removed is shown at what enclosed it."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's word on a finding: a line of ``approvals.yaml`` that holds."""

    by: str
    reason: str
    expires: str | None = None


class Lapsed(msgspec.Struct, frozen=True, kw_only=True):
    """An approval that holds no longer, or that no finding asks for."""

    finding: str
    by: str
    why: str
    """``loses 41, 37 are approved`` · ``expired 2027-01-31`` · ``no finding has this fingerprint``"""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Records by what became of one field, before → after, over the same raw."""

    records: int
    same: int
    """Equal, two nulls too."""
    filled: int
    """null → value."""
    altered: int
    """value → another value."""
    lost: int
    """value → null."""
    errors: int
    """Records that fitted, and this field's rule refuses them now."""
    healed: int
    """Records that this field's rule refused, and fit now."""


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """How often one value became another; texts are masked where the field is personal."""

    was: str | None
    now: str | None
    count: int


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that explains changed values."""

    kind: str
    """``factor``, ``offset``, ``case``, ``trim``, ``zone``, ``date-format``, ``prefix``, …"""
    says: str
    """``x → x/12``"""
    count: int
    """Changed values that it explains."""
    of: int


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One condition on the raw record that tells those a change befell from all others."""

    befell: str
    """``lost``, ``filled``, ``altered``, ``errors`` or ``healed``."""
    says: str
    """JMESPath, with values of personal fields masked: ``frequency == 'HOURLY'``"""
    count: int
    of: int


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One changed value."""

    key: str
    was: str | None
    now: str | None
    response: int


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """A share of a distribution, before and after."""

    label: str
    was: int
    now: int


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """A field's values, before and after: ranges of numbers or dates, or the most frequent words."""

    kind: str
    """``numbers``, ``dates``, ``words`` or ``lengths``."""
    bins: list[Bin]


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """What a change of a mapping does to one field, over the stored records."""

    counts: Counts
    transitions: list[Transition] = msgspec.field(default_factory=list)
    """The most frequent first."""
    patterns: list[Pattern] = msgspec.field(default_factory=list)
    conditions: list[Condition] = msgspec.field(default_factory=list)
    distribution: Distribution | None = None
    samples: list[Sample] = msgspec.field(default_factory=list)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something to review in a change."""

    code: str
    subject: str
    """``worker.salary`` of a contract or policy, ``payroll/employees.salary`` of a mapping,
    ``payroll.employees`` of a stream."""
    entity: str | None = None
    mapping: str | None = None
    field: str | None = None
    stream: str | None = None
    """``connector.stream``"""
    place: Place | None = None
    was: str = ""
    """The meaning before, in one line; empty where there was none."""
    now: str = ""
    says: str
    """One sentence."""
    contract: Contract
    scope: Scope
    effect: Effect = Effect.UNMEASURED
    measure: Measure | None = None
    fingerprint: str
    """12 hexadecimal digits of code, subject and both meanings."""
    blocks: bool = False
    """The project's policy asks for an approval."""
    approval: Approval | None = None
    approve: str = ""
    """The line for ``approvals.yaml`` that would accept it; empty where nobody has to."""


class FieldRows(msgspec.Struct, frozen=True, kw_only=True):
    """Canonical rows by what becomes of one field; rows that come or go are not among them."""

    field: str
    same: int
    filled: int
    altered: int
    lost: int
    winners: int
    """Rows in which another source wins, though the value is the same."""


class EntityRows(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of the canonical rows of one entity."""

    entity: str
    before: int
    after: int
    added: int
    removed: int
    """Without those that were merged away."""
    merged: int
    """Ids that redirect to another."""
    split: int
    """Ids that come to be out of one that stays."""
    retired: list[str]
    """Some of the ids that go, merged or removed."""
    fields: list[FieldRows]


class Letters(msgspec.Struct, frozen=True, kw_only=True):
    """Dead letters of one mapping."""

    mapping: str
    open: int
    """Before."""
    fixed: int
    added: int


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """What applying it costs."""

    scope: Scope
    mappings: list[str]
    records: int
    responses: int
    seconds: float
    """Estimated."""
    refetch: list[str]
    """Streams that have to be read again: ``connector.stream``."""


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """What the figures stand on."""

    base: str
    """The revision, or ``active``."""
    head: str
    records: int
    """Records that were looked at."""
    of: int
    """Records that are stored."""
    since: str | None
    """The oldest response looked at."""
    sources: list[str]
    sampled: bool


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a plan."""

    version: int = VERSION
    project: str
    verdict: Verdict
    basis: Basis
    findings: list[Finding]
    """The worst first."""
    rows: list[EntityRows]
    letters: list[Letters]
    replay: Replay
    incomplete: list[str]
    """What failed or could not be finished, a sentence each."""
    lapsed: list[Lapsed] = msgspec.field(default_factory=list)
    command: str
    """What reproduces it."""


def schema() -> dict[str, Any]:
    """The JSON Schema of a report."""
    return msgspec.json.schema(Report)


def encode(report: Report) -> bytes:
    """A report as JSON."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2)


def decode(text: bytes) -> Report:
    """A report from its JSON; raises ``msgspec.ValidationError`` with the place of what does not fit."""
    return msgspec.json.decode(text, type=Report)
