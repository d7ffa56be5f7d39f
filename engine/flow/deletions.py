"""What a complete reading no longer held is deleted: only with proof, and never beyond the declared share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.fetch.deletes.enumeration import Absence, Enumeration
from engine.flow.canonicalize import Route
from engine.store import tombstones
from engine.store.database import Connection
from engine.store.leases import Lease
from engine.store.runs import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletions:
    """What came of comparing the keys that are known with those that came."""

    known: int
    came: int
    absent: int
    verdict: Absence

    @property
    def deleted(self) -> int:
        """Records that were ended."""
        return self.absent if self.verdict.allowed else 0

    def proof(self) -> dict[str, Any]:
        """As JSON, for the run."""
        said: dict[str, Any] = {"known": self.known, "came": self.came, "absent": self.absent}
        return (
            said | {"deleted": self.deleted} | ({"refused": self.verdict.code} if self.verdict.code else {})
        )


def delete_absent(
    connection: Connection,
    lease: Lease,
    deletes: Enumeration,
    run: Run,
    ways: Sequence[Route],
    *,
    complete: bool,
) -> Deletions:
    """End what a run that read everything did not find; commits."""
    shapes = [(way.shape, way.feed) for way in ways]
    counted = tombstones.absentees(connection, shapes=shapes, run=run.id)
    verdict = deletes.judge(
        complete=complete, came=counted.came, known=counted.known, absent=len(counted.absent)
    )
    if verdict.allowed and counted.absent:
        tombstones.bury(
            connection, lease, shapes=shapes, run=run.id, position=run.position, keys=counted.absent
        )
    return Deletions(known=counted.known, came=counted.came, absent=len(counted.absent), verdict=verdict)
