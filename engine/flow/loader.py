"""Canonicalizing beside fetching: a thread that takes what became durable, with back-pressure by bytes."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Self

from engine.flow.canonicalize import BATCH_BYTES, BATCH_RECORDS, Route, canonicalize
from engine.flow.events import Listener
from engine.flow.sweeping import Sweeping
from engine.flow.valve import Valve
from engine.records.received import Decoded
from engine.store.canonical import any_known
from engine.store.database import Database
from engine.store.leases import Lease

WAITING_BYTES = 7 * 1024 * 1024
"""Bodies that may wait to be loaded; beyond it, fetching waits."""

PATIENCE = 1.0
"""Seconds that a batch is allowed to gather in."""


class Loader:
    """
    Loads one stream's responses in the order in which they come, on a thread and session of its own.

    A fault of the thread is raised by the next call on the caller's side. ``finish`` waits for
    everything; ``close`` only for the batch in hand: the rest is pending, and durable.
    """

    def __init__(
        self,
        database: Database,
        lease: Lease,
        routes: Sequence[Route],
        *,
        valve: Valve,
        listen: Listener,
    ) -> None:
        self._database, self._lease, self._routes = database, lease, routes
        self._valve, self._listen = valve, listen
        self._queue: deque[Decoded] = deque()
        self._records = self._bytes = 0
        self._since = 0.0
        self._ending = self._dropping = self._crowded = False
        self._fault: BaseException | None = None
        self._change = threading.Condition()
        self._sweeping = Sweeping()
        self._sweeping.begin()
        self._thread = threading.Thread(target=self._work, name=f"load {lease.stream}", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def put(self, decoded: Decoded) -> None:
        """Hand a response on; waits while too many bytes wait."""
        size = len(decoded.response.body)
        with self._change:
            while self._fault is None and self._queue and self._bytes + size > WAITING_BYTES:
                self._crowded = True
                self._change.notify_all()
                self._change.wait()
            self._crowded = False
            self._raise()
            if not self._queue:
                self._since = time.monotonic()
            self._queue.append(decoded)
            self._records += len(decoded.records)
            self._bytes += size
            self._change.notify_all()

    def finish(self) -> None:
        """Wait until everything is canonical, or parked."""
        with self._change:
            self._ending = True
            self._change.notify_all()
        self._thread.join()
        self._raise()

    def close(self) -> None:
        """Stop after the batch in hand."""
        with self._change:
            self._ending = self._dropping = True
            self._change.notify_all()
        self._thread.join()
        self._sweeping.end()

    def _raise(self) -> None:
        if self._fault is not None:
            raise self._fault

    def _work(self) -> None:
        fresh: dict[str, bool] = {}
        try:
            with self._database.connect(label="syncline load") as connection:
                while batch := self._next():
                    records = sum(len(each.records) for each in batch)
                    for route in self._routes:
                        if self._valve.open(connection, route):
                            if route.feed.mapping not in fresh:  # a first sync need never ask
                                known = any_known(connection, route.shape, route.feed)
                                fresh[route.feed.mapping] = not known
                            counts = canonicalize(
                                connection,
                                self._lease,
                                route,
                                batch,
                                listen=self._listen,
                                fresh=fresh[route.feed.mapping],
                                spend=route is self._routes[-1],
                            )
                            self._valve.loaded(route, counts)
                    self._sweeping.passed(records)
        except BaseException as fault:  # noqa: BLE001 # carried over to the thread that waits for it
            with self._change:
                self._fault = fault
                self._change.notify_all()

    def _next(self) -> list[Decoded]:
        """The next batch, full or as old as may be; empty at the end."""
        with self._change:
            while not self._ready():
                left = PATIENCE - (time.monotonic() - self._since) if self._queue else None
                self._change.wait(timeout=None if left is None else max(left, 0.0))
            if self._dropping:
                self._queue.clear()
            batch: list[Decoded] = []
            records = size = 0
            while self._queue and (
                not batch
                or (
                    records + len(self._queue[0].records) <= BATCH_RECORDS
                    and size + len(self._queue[0].response.body) <= BATCH_BYTES
                )
            ):
                each = self._queue.popleft()
                batch.append(each)
                records += len(each.records)
                size += len(each.response.body)
            self._records -= records
            self._bytes -= size
            self._since = time.monotonic()
            self._change.notify_all()
            return batch

    def _ready(self) -> bool:
        if self._ending or self._records >= BATCH_RECORDS or (self._crowded and self._queue):
            return True
        return bool(self._queue) and time.monotonic() - self._since >= PATIENCE
