"""What a verb tells while it works: values for progress bars and logs, never needed for the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from engine.records.mapped import Accounting
from engine.records.received import StreamName


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Work on a stream begins."""

    stream: StreamName
    verb: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """Responses became durable."""

    stream: StreamName
    responses: int
    records: int
    wire_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Responses became canonical under one mapping."""

    stream: StreamName
    mapping: str
    responses: int
    counts: Accounting


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that a person wants to know; nothing went wrong."""

    stream: StreamName | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Work on a stream ended."""

    stream: StreamName


Event = Started | Fetched | Loaded | Note | Finished
Listener = Callable[[Event], None]


def silence(_: Event) -> None:
    """Listen to nothing."""


@dataclass(slots=True)
class Tally:
    """Sums of accountings, per mapping."""

    by_mapping: dict[str, Accounting] = field(default_factory=dict)

    def add(self, mapping: str, more: Accounting) -> None:
        """Add one accounting to a mapping's sum."""
        had = self.by_mapping.get(mapping, Accounting(records=0))
        self.by_mapping[mapping] = Accounting(
            records=had.records + more.records,
            changed=had.changed + more.changed,
            same=had.same + more.same,
            stale=had.stale + more.stale,
            filtered=had.filtered + more.filtered,
            dead=had.dead + more.dead,
            omitted=had.omitted + more.omitted,
        )
