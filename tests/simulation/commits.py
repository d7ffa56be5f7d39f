"""What really happened at a source: every version of every record, and when it could first be seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any

SECOND = 1_000_000
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
NOON = 1_767_268_800 * SECOND
"""2026-01-01 12:00:00 UTC: when histories begin."""


@dataclass(slots=True)
class Clock:
    """The source's own time in microseconds since 1970; moves only when it is told to."""

    now: int = NOON

    def tick(self, seconds: float) -> None:
        """Let time pass; negative: somebody sets the clock back."""
        self.now += int(seconds * SECOND)

    def date(self) -> str:
        """As the ``Date`` header has it: whole seconds."""
        moment = EPOCH + dt.timedelta(seconds=self.now // SECOND)
        return format_datetime(moment, usegmt=True)


def written(micros: int) -> str:
    """A time as the source writes it: RFC 3339, as many digits as needed."""
    return (EPOCH + dt.timedelta(microseconds=micros)).replace(tzinfo=None).isoformat() + "Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of one record."""

    n: int
    """Place in the log: commit order."""
    key: str
    cursor: int
    """The time it says of itself; a late commit says an earlier one than when it could be seen."""
    committed: int
    """When it could first be seen, by the source's clock."""
    said: Mapping[str, Any]
    """What it says besides; may overrule ``id`` and ``updated_at``."""
    deleted: bool = False
    """A marker: still delivered, marked so."""
    gone: bool = False
    """Erased: delivered no more."""
    dated: bool = True
    """Says its time at all; else two versions that say the same are the same, to the byte."""

    def record(self) -> dict[str, Any]:
        """As the source delivers it."""
        own: dict[str, Any] = {"id": self.key, "deleted": self.deleted}
        if self.dated:
            own["updated_at"] = written(self.cursor)
        return own | dict(self.said)


@dataclass(slots=True)
class Commits:
    """The log of one stream."""

    clock: Clock
    dated: bool = True
    versions: list[Version] = field(default_factory=list)

    def commit(
        self, key: str, said: Mapping[str, Any], *, cursor: int | None = None, deleted: bool = False
    ) -> Version:
        """A new version, seen from now on; with an older ``cursor`` it was committed late."""
        return self._add(key, said, self.clock.now if cursor is None else cursor, deleted=deleted, gone=False)

    def erase(self, key: str) -> Version:
        """Gone without a trace."""
        return self._add(key, {}, self.clock.now, deleted=False, gone=True)

    def _add(self, key: str, said: Mapping[str, Any], cursor: int, *, deleted: bool, gone: bool) -> Version:
        version = Version(
            n=len(self.versions),
            key=key,
            cursor=cursor,
            committed=self.clock.now,
            said=dict(said),
            deleted=deleted,
            gone=gone,
            dated=self.dated,
        )
        self.versions.append(version)
        return version

    def current(self, upto: int | None = None) -> dict[str, Version]:
        """What can be seen, or could be after the first ``upto`` commits."""
        seen = {each.key: each for each in self.versions[:upto]}
        return {key: each for key, each in seen.items() if not each.gone}
