"""
Source → durable responses: the first half of the road.

One stream, one run, under its lease. Partitions and windows are walked in turn; what a page earned
moves only in the transaction that makes its response durable. Fetching is over when that committed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import FetchError, Interrupted
from engine.fetch.incremental import Window, Windows
from engine.fetch.partitions import partitions
from engine.fetch.scope import scope_of
from engine.fetch.step import Step
from engine.fetch.times import micros
from engine.fetch.walk import Walk
from engine.flow.events import Fetched, Listener, Note
from engine.flow.sources import Source
from engine.records import Decoded, Response, StreamName, Watermark
from engine.store import points, progress, raw
from engine.store.database import Connection
from engine.store.leases import Lease
from engine.store.progress import Advance, Positions

SKEW = 5 * 60 * 1_000_000
"""Microseconds that the database's clock may be ahead of a server that does not say its time."""

GROUP_PAGES, GROUP_BYTES, GROUP_SECONDS = 16, 8 * 1024 * 1024, 0.25
"""How much is made durable in one transaction, at most."""

_KEPT_HEADERS = frozenset(
    (
        *("cache-control", "content-encoding", "content-language", "content-length", "content-type"),
        *("date", "etag", "last-modified", "link", "location", "retry-after", "server"),
        *("x-ratelimit-remaining", "x-request-id", "x-total-count"),
    )
)
"""What is kept of an answer's headers; cookies and tokens never are."""

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
        if self.nulls:
            said["nulls"] = self.nulls
        if self.unreadable_versions:
            said["unreadable_versions"] = self.unreadable_versions
        if self.error is not None:
            said["error"] = {"code": self.error.code, "message": str(self.error)}
        return said


@dataclass(slots=True, kw_only=True)
class _Group:
    """Steps on their way into one transaction."""

    steps: list[tuple[Step, Response]] = field(default_factory=list)
    size: int = 0
    since: float = 0.0


class Extract:
    """One run of one stream."""

    def __init__(self, task: Task, connection: Connection, sink: Sink) -> None:
        self._task, self._connection, self._sink = task, connection, sink
        stream = task.source.stream(task.stream.stream)
        self._stream = stream
        self._windows = None if stream.incremental is None else Windows(stream.incremental)
        self._walk = Walk(
            task.source.client,
            task.source.reader(task.stream.stream),
            self._windows,
            retried=task.source.connector.http.retry.statuses,
        )
        self._positions: Positions = progress.positions(connection, task.number)
        connection.rollback()
        self._forgotten: tuple[str | None, ...] = ()
        self.done = Extracted()

    def run(self) -> Extracted:
        """
        Fetch until everything is read; a source's fault ends the run and stands in the result.

        Raises ``Interrupted`` after the group in hand, ``LeaseLost`` and other ``StoreError``.
        """
        client = self._task.source.client
        scope = scope_of(config=client.config, run=self._run_scope())
        try:
            for partition in partitions(self._stream.for_each, scope, self._task.parents):
                self.done.partitions += 1
                self._partition(partition)
        except FetchError as error:
            self.done.error = error
        return self.done

    def _now(self) -> int:
        date = self._task.source.client.first_date
        return micros(self._task.now) - SKEW if date is None else micros(date)

    def _run_scope(self) -> dict[str, Any]:
        date = self._task.source.client.first_date or self._task.now
        return {"started": date.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")}

    def _partition(self, partition: Mapping[str, Any]) -> None:
        """Every window of one partition, beginning with the one that was cut off."""
        standing = progress.standing(self._connection, self._task.number, partition)
        self._connection.rollback()
        if self._task.full:  # what an earlier run left off is read again from its beginning
            self._forgotten = tuple(each.lower for each in standing.windows)
        unfinished = next((each for each in standing.windows if not each.closed), None)
        if unfinished is not None and not self._task.full and unfinished.resume is not None:
            self.done.whole = False
            window, resume = self._restored(unfinished)
            self._read(partition, window, resume)
            if self._windows is None:
                return
            standing = progress.standing(self._connection, self._task.number, partition)
            self._connection.rollback()
        if self._windows is None:
            self._read(partition, None, None)
            return
        self._plan(partition, standing.watermark, full=self._task.full)

    def _restored(self, kept: progress.Window) -> tuple[Window | None, Any]:
        if self._windows is None:
            return None, kept.resume["at"]
        window = self._windows.restore(kept.lower, kept.upper, open_=kept.resume["open"])
        return window, kept.resume["at"]

    def _plan(self, partition: Mapping[str, Any], watermark: Watermark | None, *, full: bool) -> None:
        """Windows are planned as they are reached, from the watermark to the server's time."""
        windows = self._windows
        assert windows is not None  # noqa: S101 # only called with incremental reads
        scope = scope_of(config=self._task.source.client.config, run=self._run_scope(), partition=partition)
        plan = windows.plan(watermark, scope, now=self._now(), full=full)
        self._note(*plan.notes)
        self.done.whole = self.done.whole and plan.full
        waiting = deque([plan.window])
        while waiting:
            window = waiting.popleft()
            last = self._read(partition, window, None)
            if last == "split":
                waiting.extendleft(reversed(windows.halves(window, now=self._now())))
            elif last == "resync":
                self._note("resync")
                waiting = deque([windows.plan(None, scope, now=self._now(), full=True).window])
            elif not waiting:
                following = windows.following(window, now=self._now())
                waiting.extend([] if following is None else [following])

    def _read(self, partition: Mapping[str, Any], window: Window | None, resume: Any) -> str:
        """Walk one window to its end; how it ended. Everything that came is durable, also on a fault."""
        self.done.windows += 1
        group = _Group()
        ended = "done"
        steps = self._walk.steps(
            partition=partition,
            window=window,
            run=self._run_scope(),
            now=self._now(),
            draw=self._draw,
            resume=resume,
        )
        try:
            for step in steps:
                self._take(group, step, partition)
                ended = step.then
                if step.then != "more" or self._full(group):
                    self._flush(group, partition)
                if self._task.stopping():
                    self._flush(group, partition)
                    raise Interrupted("stopped: what was fetched is kept, the next run goes on from there")
        except FetchError:
            self._flush(group, partition)
            raise
        return ended

    def _draw(self) -> int:
        points.reach("fetch.before")
        return self._positions.draw()

    def _take(self, group: _Group, step: Step, partition: Mapping[str, Any]) -> None:
        points.reach("fetch.after")
        answer = step.answer
        response = Response(
            id=0,
            stream=self._task.stream,
            partition=partition,
            position=step.position,
            request=answer.request,
            status=answer.status,
            headers={name: text for name, text in answer.headers.items() if name in _KEPT_HEADERS},
            fetched_at=answer.date or self._task.now,
            body=answer.body,
            sha256=hashlib.sha256(answer.body).digest(),
            wire_length=answer.wire_length,
            coding=answer.coding,
            altered=answer.altered,
            verdict=step.reading.verdict,
            records=len(step.reading.records),
        )
        if not group.steps:
            group.since = time.monotonic()
        group.steps.append((step, response))
        group.size += len(answer.body)
        self._note(*step.notes)
        self.done.requests += step.attempts

    def _full(self, group: _Group) -> bool:
        return (
            len(group.steps) >= GROUP_PAGES
            or group.size >= GROUP_BYTES
            or time.monotonic() - group.since >= GROUP_SECONDS
        )

    def _flush(self, group: _Group, partition: Mapping[str, Any]) -> None:
        """Make a group durable with what it earned, then hand it on."""
        if not group.steps:
            return
        kept = raw.keep(
            self._connection,
            self._task.lease,
            run=self._task.run,
            responses=[response for _, response in group.steps],
            mappings=self._task.mappings,
            advances=[self._earned(group.steps, partition)],
        )
        decoded = [
            step.reading.decoded(response) for (step, _), response in zip(group.steps, kept, strict=True)
        ]
        group.steps, group.size = [], 0
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

    def _earned(self, steps: list[tuple[Step, Response]], partition: Mapping[str, Any]) -> Advance:
        """What the last step of a group leaves true, and the newest watermark that any of them earned."""
        last = next((step for step, _ in reversed(steps) if step.then != "failed"), steps[-1][0])
        forgotten, self._forgotten = self._forgotten, ()
        watermark = next((step.watermark for step, _ in reversed(steps) if step.watermark is not None), None)
        lower, upper = self._ends(last.window)
        if last.then in {"done", "skipped"}:
            return Advance(partition=partition, forget=(lower, *forgotten), watermark=watermark)
        if last.then == "more" and last.resume is not None:
            resume = {"open": last.window is None or last.window.open, "at": last.resume}
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

    def _note(self, *notes: str) -> None:
        for each in notes:
            self.done.whole = self.done.whole and each not in _MOVING
            if each not in self.done.notes:
                self.done.notes.add(each)
                self._task.listen(Note(stream=self._task.stream, text=each))
