"""
Who may write for a stream: one holder at a time, by the database's clock, with a growing epoch.

A holder proves itself by the epoch, in the transaction that writes (``fence``). Its heartbeats live
in a row of their own: the fence locks the lease's row, and must not block them. A lease can be taken
over when its time ran out, or at once when the session of its holder's heartbeat is gone: whoever
is wrongly thought dead is fenced off.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

import psycopg

from engine.errors import LeaseLost, StoreError
from engine.store.database import IDLE_LIMIT, Connection, Database
from engine.store.faults import translated

TTL = float(os.environ.get("SYNCLINE_LEASE_SECONDS", 2 * IDLE_LIMIT))
"""
Seconds; a long decode holds the interpreter, and the heartbeat's thread with it. Only fault tests, who
wait for it to run out, shorten it by the environment's ``SYNCLINE_LEASE_SECONDS``.
"""

PATIENCE = 2.0
"""Seconds that a thief waits for a transaction of the former holder before it ends that session."""

_MAKE = """
INSERT INTO syncline.lease(stream, epoch, holder, backend_pid, backend_start)
VALUES (%s, 0, '', 0, '-infinity') ON CONFLICT DO NOTHING
"""
_TAKEN = """
SELECT FROM syncline.lease l JOIN syncline.lease_beat b USING (stream)
JOIN pg_stat_activity a ON a.pid = l.backend_pid
WHERE stream = %s AND b.until > clock_timestamp()
  AND (a.backend_start IS NULL OR a.backend_start = l.backend_start)
"""
_TAKE = """
UPDATE syncline.lease SET epoch = epoch + 1, holder = %(holder)s, backend_pid = %(pid)s,
    backend_start = %(start)s WHERE stream = %(stream)s RETURNING epoch
"""
_FIRST_BEAT = """
INSERT INTO syncline.lease_beat(stream, until)
VALUES (%(stream)s, clock_timestamp() + make_interval(secs => %(ttl)s))
ON CONFLICT (stream) DO UPDATE SET until = excluded.until
"""
_BEAT = """
UPDATE syncline.lease_beat b SET until = clock_timestamp() + make_interval(secs => %(ttl)s)
FROM syncline.lease l WHERE l.stream = b.stream AND b.stream = %(stream)s AND l.epoch = %(epoch)s
"""
_MOVE = """
UPDATE syncline.lease SET backend_pid = %(pid)s, backend_start = %(start)s
WHERE stream = %(stream)s AND epoch = %(epoch)s
"""
_RELEASE = """
UPDATE syncline.lease_beat b SET until = '-infinity' FROM syncline.lease l
WHERE l.stream = b.stream AND b.stream = %s AND l.epoch = %s
"""
_EVICT = """
SELECT pg_terminate_backend(a.pid) FROM unnest(pg_blocking_pids(%s)) AS blocking(pid)
JOIN pg_stat_activity a USING (pid) WHERE a.wait_event_type IS DISTINCT FROM 'Lock'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to write for a stream, until somebody has a higher epoch."""

    stream: int
    epoch: int
    holder: str


def fence(connection: Connection, lease: Lease) -> None:
    """
    Hold off every thief until this transaction ends, or raise ``LeaseLost`` and roll back.

    Comes after COPY: whoever pauses inside COPY under the fence cannot be stolen from.
    """
    held = connection.execute(
        "SELECT FROM syncline.lease WHERE stream = %s AND epoch = %s FOR SHARE", (lease.stream, lease.epoch)
    ).fetchone()
    if held is None:
        connection.rollback()
        raise LeaseLost("another worker holds the stream now: nothing was written", code="lease-lost")


class Leases:
    """The leases of one process; one session and one thread keep all of them alive."""

    def __init__(self, database: Database, *, ttl: float = TTL) -> None:
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._database = database
        self._ttl = ttl
        self._held: dict[int, Lease] = {}
        self._lock = threading.RLock()
        self._session: Connection | None = None
        self._backend: dict[str, object] = {}
        self._renewed = time.monotonic()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="leases", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def acquire(self, stream: int) -> Lease | None:
        """Take a stream, from a dead holder if need be; None while a living one has it."""
        with self._lock:
            self._dial()
            terms = {"stream": stream, "holder": self.holder, "ttl": self._ttl, **self._backend}
        with self._database.connect(label="syncline lease") as connection:
            connection.execute(_MAKE, (stream,))
            if connection.execute(_TAKEN, (stream,)).fetchone() is not None:
                return None
            self._lock_row(connection, stream)
            if connection.execute(_TAKEN, (stream,)).fetchone() is not None:
                return None
            row = connection.execute(_TAKE, terms).fetchone()
            connection.execute(_FIRST_BEAT, terms)
            connection.commit()
        assert row is not None  # noqa: S101  # made above
        lease = Lease(stream=stream, epoch=row[0], holder=self.holder)
        with self._lock:
            self._held[stream] = lease
            self._renewed = time.monotonic()
        return lease

    def check(self, lease: Lease) -> None:
        """Raise ``LeaseLost`` where it is known to be lost; only ``fence`` knows for sure that it is not."""
        with self._lock:
            if self._held.get(lease.stream) != lease:
                raise LeaseLost("another worker holds the stream now", code="lease-lost")

    def release(self, lease: Lease) -> None:
        """Give it back: the next one need not wait."""
        with self._lock:
            if self._held.pop(lease.stream, None) != lease:
                return
            with translated():
                self._dial().execute(_RELEASE, (lease.stream, lease.epoch))

    def close(self) -> None:
        """Give all back."""
        self._end.set()
        self._thread.join()
        with self._lock:
            for lease in list(self._held.values()):
                with suppress(StoreError):  # what cannot be given back runs out
                    self.release(lease)
            if self._session is not None:
                self._session.close()
                self._session = None

    def _lock_row(self, connection: Connection, stream: int) -> None:
        evict = threading.Timer(PATIENCE, self._evict, (connection.info.backend_pid,))
        evict.start()
        try:
            connection.execute("SELECT FROM syncline.lease WHERE stream = %s FOR UPDATE", (stream,))
        finally:
            evict.cancel()
            evict.join()

    def _evict(self, waiting: int) -> None:
        with (
            suppress(StoreError),
            self._database.connect(autocommit=True, label="syncline evict") as connection,
        ):
            connection.execute(_EVICT, (waiting,))

    def _dial(self) -> Connection:
        """The session of the heartbeat; a new one is written into the leases that are held."""
        if self._session is None or self._session.closed:
            self._session = self._database.dial(autocommit=True, label="syncline heartbeat")
            row = self._session.execute(
                "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
            ).fetchone()
            assert row is not None  # noqa: S101  # a session sees itself
            self._backend = {"pid": row[0], "start": row[1]}
            for lease in self._held.values():
                self._session.execute(_MOVE, {"stream": lease.stream, "epoch": lease.epoch, **self._backend})
        return self._session

    def _beat(self) -> None:
        pause = self._ttl / 3
        while not self._end.wait(pause):
            with self._lock:
                try:
                    self._renew()
                    pause = self._ttl / 3
                except (psycopg.Error, StoreError):
                    pause = min(1.0, self._ttl / 3)
                    if time.monotonic() - self._renewed > self._ttl:
                        self._held.clear()

    def _renew(self) -> None:
        session = self._dial()
        for lease in list(self._held.values()):
            terms = {"stream": lease.stream, "epoch": lease.epoch, "ttl": self._ttl}
            if session.execute(_BEAT, terms).rowcount == 0:
                del self._held[lease.stream]
        self._renewed = time.monotonic()
