"""
Source → durable responses: the first half of the road.

One stream, one run, under its lease. Partitions and windows are walked in turn; what a page earned
moves only in the transaction that makes its response durable. Fetching is over when that committed.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Mapping
from typing import Any

from engine.errors import FetchError, Interrupted
from engine.fetch.incremental import Window
from engine.fetch.partitions import partitions
from engine.fetch.scope import scope_of
from engine.fetch.times import micros
from engine.flow.keeping import Extracted, Keeper, Sink, Task
from engine.records.received import Watermark
from engine.store import points, progress, raw
from engine.store.database import Connection
from engine.store.progress import Positions

SKEW = 5 * 60 * 1_000_000
"""Microseconds that the database's clock may be ahead of a server that does not say its time."""


class Extract:
    """One run of one stream."""

    def __init__(self, task: Task, connection: Connection, sink: Sink) -> None:
        self._task, self._connection = task, connection
        stream = task.source.stream(task.stream.stream)
        self._stream = stream
        self._windows = task.source.windows(task.stream.stream)
        # What is read as a whole may come as it came before; what changed since is new.
        known = raw.digests(connection, task.number) if task.full or self._windows is None else ()
        self._walk = task.source.walk(task.stream.stream, known=known)
        self._positions: Positions = progress.positions(connection, task.number, *task.beside)
        connection.rollback()
        self._keeper = Keeper(task, connection, self._windows, sink)
        self.done = self._keeper.done

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
            self._keeper.forget(each.lower for each in standing.windows)
        unfinished = next((each for each in standing.windows if not each.closed), None)
        if unfinished is not None and not self._task.full and unfinished.resume is not None:
            self.done.whole = False
            window, resume = self._restored(unfinished)
            now, self._keeper.since = self._keeper.since, unfinished.resume["since"]
            self._read(partition, window, resume)
            if self._windows is None:
                self.done.since = min(self.done.since or self._keeper.since, self._keeper.since)
            self._keeper.since = now
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
        self._keeper.note(*plan.notes)
        self.done.whole = self.done.whole and plan.full
        waiting = deque([plan.window])
        while waiting:
            window = waiting.popleft()
            last = self._read(partition, window, None)
            if last == "split":
                waiting.extendleft(reversed(windows.halves(window, now=self._now())))
            elif last == "resync":
                self._keeper.note("resync")
                waiting = deque([windows.plan(None, scope, now=self._now(), full=True).window])
            elif not waiting:
                following = windows.following(window, now=self._now())
                waiting.extend([] if following is None else [following])

    def _read(self, partition: Mapping[str, Any], window: Window | None, resume: Any) -> str:
        """Walk one window to its end; how it ended. Everything that came is durable, also on a fault."""
        self.done.windows += 1
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
                self._keeper.take(step, partition)
                ended = step.then
                if step.then != "more" or self._keeper.full:
                    self._keeper.flush(partition)
                self._heed()
        except (FetchError, Interrupted):
            self._keeper.flush(partition)
            raise
        return ended

    def _heed(self) -> None:
        """Go no further where somebody asked to stop."""
        if self._task.stopping():
            raise Interrupted("stopped: what was fetched is kept, the next run goes on from there")

    def _draw(self) -> int:
        points.reach("fetch.before")
        return self._positions.draw()
