"""What a complete reading no longer holds is deleted."""

from __future__ import annotations

from dataclasses import dataclass

from engine.fetch.deletes import Deletes
from engine.spec.component import component, field
from engine.spec.values import Duration, Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Whether those that were not found may be taken for deleted."""

    allowed: bool
    code: str = ""
    """Why not: ``not-complete``, ``nothing-came``, ``over-limit``."""
    message: str = ""


@component("enumeration")
class Enumeration(Deletes):
    """Compare the keys of a complete reading with those that are known; the absent are deleted."""

    limit: Share = field(
        "Where a larger part of the known records would be deleted at once, none is, and the run says so.",
        default=Share.parse("10%"),
    )
    every: Duration | None = field(
        "Read everything this often, in place of the next incremental run; left out: whenever a run "
        "reads everything anyway.",
        default=None,
        examples=("1d",),
    )

    def judge(self, *, complete: bool, came: int, known: int, absent: int) -> Absence:
        """
        What the absence of ``absent`` of ``known`` live records means.

        ``complete``: every partition and window was read from ``start`` to its end, and no body was
        refused. ``came``: keys that were found.
        """
        if not complete:
            return Absence(allowed=False, code="not-complete", message="the reading was not complete")
        if not absent:
            return Absence(allowed=True)
        if not came:
            return Absence(
                allowed=False,
                code="nothing-came",
                message=f"the source gave no record at all; {known} are known and none is deleted",
            )
        if absent > self.limit.fraction * known:
            return Absence(
                allowed=False,
                code="over-limit",
                message=f"{absent} of {known} records are gone, more than {self.limit.text}; none is deleted",
            )
        return Absence(allowed=True)
