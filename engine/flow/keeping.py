"""
What came becomes durable, group by group, together with the progress that it earned.

A group is one transaction: some pages of one window of one partition. Only what it committed is
handed on to be loaded.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import FetchError
from engine.fetch.incremental import Window, Windows
from engine.fetch.step import Step
from engine.flow.events import Fetched, Listener, Note
from engine.flow.received import response_of
from engine.flow.sources import Source
from engine.records.received import Decoded, Response, StreamName
from engine.store import points, progress, raw
from engine.store.database import Connection
from engine.store.leases import Lease
from engine.store.progress import Advance

GROUP_PAGES, GROUP_BYTES, GROUP_SECONDS = 16, 8 * 1024 * 1024, 0.25
"""How much is made durable in one transaction, at most."""

_MOVING = frozenset({"total-moved", "total-not-reached"})
"""Notes of a walk after which the absence of a record proves nothing."""

Sink = Callable[[Decoded], None]
"""Takes what became durable, in order; may wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What an extract needs to know about its stream and run."""

    source: Source
    stream: StreamName
    number: int
    lease: Lease
    run: int
    mappings: tuple[int, ...]
    """Whose work its responses become."""
    beside: tuple[int, ...] = ()
    """Streams that share its counter of requests."""
    full: bool
    """Read every partition from ``start``."""
    now: dt.datetime
    """The database's clock when the run began."""
    parents: Callable[[str], Iterable[Any]]
    stopping: Callable[[], bool]
    listen: Listener


@dataclass(slots=True, kw_only=True)
class Extracted:
    """What a run fetched, and whether that was everything."""

    responses: int = 0
    records: int = 0
    keys: int = 0
    wire_bytes: int = 0
    requests: int = 0
    partitions: int = 0
    windows: int = 0
    whole: bool = True
    """Every partition was read from its start to its end by this run alone: absence is a fact."""
    notes: set[str] = field(default_factory=set)
    error: FetchError | None = None
    unreadable_versions: int = 0
    nulls: int = 0
    since: str | None = None
    """When an earlier run began what this one went on with: no later changes are sure to be in it."""

    def proof(self) -> dict[str, Any]:
        """What the run's completeness rests on, as JSON."""
        said: dict[str, Any] = {
            "responses": self.responses,
            "records": self.records,
            "partitions": self.partitions,
            "windows": self.windows,
            "whole": self.whole and self.error is None,
            "notes": sorted(self.notes),
        }
        if self.since is not None:
            said["since"] = self.since
        if self.nulls:
            said["nulls"] = self.nulls
        if self.unreadable_versions:
            said["unreadable_versions"] = self.unreadable_versions
        if self.error is not None:
            said["error"] = {"code": self.error.code, "message": str(self.error)}
        return said


class Keeper:
    """Gathers the steps of one run and makes them durable."""

    def __init__(self, task: Task, connection: Connection, windows: Windows | None, sink: Sink) -> None:
        self._task, self._connection, self._windows, self._sink = task, connection, windows, sink
        self._steps: list[tuple[Step, Response]] = []
        self._size, self._since = 0, 0.0
        self._forgotten: tuple[str | None, ...] = ()
        self.since = task.now.isoformat()
        """When the reading in hand began: an earlier run may have begun it."""
        self.done = Extracted()

    def forget(self, lowers: Iterable[str | None]) -> None:
        """Windows of earlier runs, by their lower bounds, that the next group makes void."""
        self._forgotten = tuple(lowers)

    def take(self, step: Step, partition: Mapping[str, Any]) -> None:
        """Take an answer in."""
        points.reach("fetch.after")
        response = response_of(step, self._task.stream, partition, now=self._task.now)
        if not self._steps:
            self._since = time.monotonic()
        self._steps.append((step, response))
        self._size += len(step.answer.body)
        self.note(*step.notes)
        self.done.requests += step.attempts

    @property
    def full(self) -> bool:
        """Whether the group in hand is as large, or as old, as may be."""
        return (
            len(self._steps) >= GROUP_PAGES
            or self._size >= GROUP_BYTES
            or time.monotonic() - self._since >= GROUP_SECONDS
        )

    def flush(self, partition: Mapping[str, Any]) -> None:
        """Make the group in hand durable with what it earned, then hand it on."""
        if not self._steps:
            return
        kept = raw.keep(
            self._connection,
            self._task.lease,
            run=self._task.run,
            responses=[response for _, response in self._steps],
            mappings=self._task.mappings,
            advances=[self._earned(partition)],
        )
        decoded = [
            step.reading.decoded(response) for (step, _), response in zip(self._steps, kept, strict=True)
        ]
        self._steps, self._size = [], 0
        for each in decoded:
            self.done.responses += 1
            self.done.records += len(each.records)
            self.done.wire_bytes += each.response.wire_length
            self.done.nulls += each.nulls
            self.done.unreadable_versions += each.unreadable_versions
        self._task.listen(
            Fetched(
                stream=self._task.stream,
                responses=len(decoded),
                records=sum(len(each.records) for each in decoded),
                wire_bytes=sum(each.response.wire_length for each in decoded),
            )
        )
        for each in decoded:
            self._sink(each)

    def _earned(self, partition: Mapping[str, Any]) -> Advance:
        """What the last step of a group leaves true, and the newest watermark that any of them earned."""
        last = next((step for step, _ in reversed(self._steps) if step.then != "failed"), self._steps[-1][0])
        forgotten, self._forgotten = self._forgotten, ()
        watermark = next(
            (step.watermark for step, _ in reversed(self._steps) if step.watermark is not None), None
        )
        lower, upper = self._ends(last.window)
        if last.then in {"done", "skipped"}:
            return Advance(partition=partition, forget=(lower, *forgotten), watermark=watermark)
        if last.then == "more" and last.resume is not None:
            resume = {
                "open": last.window is None or last.window.open,
                "at": last.resume,
                "since": self.since,
            }
            kept = progress.Window(lower=lower, upper=upper, resume=resume)
            return Advance(partition=partition, windows=(kept,), forget=forgotten, watermark=watermark)
        return Advance(partition=partition, forget=forgotten, watermark=watermark)

    def _ends(self, window: Window | None) -> tuple[str | None, str | None]:
        if window is None or self._windows is None:
            return None, None
        canonical = self._windows.canonical
        return (
            None if window.lower is None else canonical(window.lower),
            None if window.upper is None else canonical(window.upper),
        )

    def note(self, *notes: str) -> None:
        """Say what is worth knowing, once."""
        for each in notes:
            self.done.whole = self.done.whole and each not in _MOVING
            if each not in self.done.notes:
                self.done.notes.add(each)
                self._task.listen(Note(stream=self._task.stream, text=each))
