"""Warm sessions for a database that thousands of short runs use: a new backend costs more than a run."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from engine.store.database import _SESSION, Connection, Database


class _Kept(psycopg.Connection[tuple[Any, ...]]):
    """A connection that goes back to its shelf instead of being closed."""

    shelf: list[_Kept]
    lock: threading.Lock
    lent = False

    def close(self) -> None:
        """Back to the shelf, with no transaction open; broken ones are closed."""
        if not self.lent:  # closed twice, by a block and by whoever opened it
            return
        self.lent = False
        if self.pgconn.transaction_status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}:
            self.rollback()
        if self.pgconn.transaction_status != TransactionStatus.IDLE:
            super().close()
            return
        with self.lock:
            self.shelf.append(self)

    def end(self) -> None:
        """Close it for good."""
        super().close()


class Warm:
    """Makes one opened database hand out sessions that were used before."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cold = database.dial
        self._shelf: list[_Kept] = []
        self._lock = threading.Lock()
        database.dial = self._dial  # type: ignore[method-assign] # for this one database

    def close(self) -> None:
        """Close every session that is on the shelf."""
        for each in self._shelf:
            each.end()
        self._shelf.clear()
        self._database.dial = self._cold  # type: ignore[method-assign] # as it was

    def _dial(self, *, autocommit: bool = False, label: str = "syncline") -> Connection:
        if "heartbeat" in label:  # a lease is known to be free by the end of its session
            return self._cold(autocommit=autocommit, label=label)
        with self._lock:
            kept = self._shelf.pop() if self._shelf else None
        if kept is None:
            kept = _Kept.connect(self._database.url, autocommit=True, prepare_threshold=None)
            kept.lock, kept.shelf = self._lock, self._shelf
            kept.execute(_SESSION)
        kept.lent = True
        kept.autocommit = autocommit
        return kept
