"""Warm sessions for a database that thousands of short runs use: a new backend costs more than a run."""

from __future__ import annotations

import threading
import weakref
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from engine.store.database import _SESSION, Connection, Database


class _Kept(psycopg.Connection[tuple[Any, ...]]):
    """A connection that goes back to its shelf instead of being closed."""

    shelf: list[_Kept]
    guard: threading.Lock
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
        with self.guard:
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
        self._lent: weakref.WeakSet[_Kept] = weakref.WeakSet()
        database.dial = self._dial  # type: ignore[method-assign] # for this one database

    def close(self) -> None:
        """Close every session that is on the shelf."""
        for each in self._shelf:
            each.end()
        self._shelf.clear()
        self._database.dial = self._cold  # type: ignore[method-assign] # as it was

    def die(self) -> None:
        """The process that used them is dead: so are its sessions."""
        with self._lock:
            for each in list(self._lent):
                each.end()
            self._lent.clear()
            self._shelf.clear()

    def _dial(self, *, autocommit: bool = False, label: str = "syncline") -> Connection:
        del label
        with self._lock:
            kept = self._shelf.pop() if self._shelf else None
            if kept is None:
                kept = _Kept.connect(self._database.url, autocommit=True, prepare_threshold=None)
                kept.guard, kept.shelf = self._lock, self._shelf
                kept.execute(_SESSION)
            self._lent.add(kept)
        kept.lent = True
        kept.autocommit = autocommit
        return kept
