"""The database of a project: how to reach it, with which settings, and whether its tables are ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg import generators, pq
from psycopg.types.string import TextLoader

from engine.errors import SettingsError, StoreOutOfDate, StoreUnavailable
from engine.store import points
from engine.store.embedded import Embedded
from engine.store.faults import translated
from engine.store.migrate import HEAD, move, revision

Connection = psycopg.Connection[tuple[Any, ...]]
"""What ``Database.connect`` gives."""

OLDEST = 150000
"""PostgreSQL 15."""

IDLE_LIMIT = 15
"""Seconds a session of ours may sit inside a transaction: at most half a lease's time to live."""

_SESSION = f"""
SET jit = off;
SET work_mem = '64MB';
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET intervalstyle = 'iso_8601';
SET client_min_messages = warning;
SET bytea_output = 'hex';
SET standard_conforming_strings = on;
SET extra_float_digits = 1;
SET idle_in_transaction_session_timeout = '{IDLE_LIMIT}s';
"""

# A cut line that sends no reset is noticed within half a minute.
_LINE: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25000,
}


def _quiet(_: str) -> None:
    """Nobody listens."""


class Database:
    """An open database; embedded, it is up until the last process closes."""

    def __init__(self, url: str, embedded: Embedded | None = None) -> None:
        self._url = url
        self._embedded = embedded

    @property
    def url(self) -> str:
        """How to reach it."""
        return self._url

    @classmethod
    def open(cls, where: str | Path, *, say: Callable[[str], None] = _quiet, migrate: bool = True) -> Self:
        """
        Open a PostgreSQL by URL (``postgresql://…``), or the embedded one of a project by the path
        of its ``.syncline`` directory, creating it where there is none.

        ``migrate`` brings empty or older tables up to date; without it, and where the tables are
        newer than this program, raises ``StoreOutOfDate``. ``say`` hears what takes time.
        """
        if isinstance(where, str):
            if not where.startswith(("postgresql://", "postgres://")):
                raise SettingsError("a database is given by a URL that begins with postgresql://")
            database = cls(where)
        else:
            embedded = Embedded(where, say=say)
            embedded.use()
            database = cls(embedded.url, embedded)
        try:
            database._check(say if migrate else None)
        except BaseException:
            database.close()
            raise
        return database

    def close(self) -> None:
        """Leave it."""
        if self._embedded is not None:
            self._embedded.leave()
            self._embedded = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def dial(self, *, autocommit: bool = False, label: str = "syncline") -> Connection:
        """
        A connection with our session settings; the caller closes it. An embedded server that crashed
        is started again.
        """
        try:
            return self._dial(autocommit, label)
        except StoreUnavailable as error:
            if self._embedded is None or error.code != "store-unavailable":
                raise
            self._embedded.revive()
            self._url = self._embedded.url
            return self._dial(autocommit, label)

    def _dial(self, autocommit: bool, label: str) -> Connection:  # noqa: FBT001  # as dial passes it on
        with translated():
            connection = psycopg.connect(
                self._url, autocommit=True, application_name=label[:63], prepare_threshold=None, **_LINE
            )
            try:
                connection.execute(_SESSION)
                # a month is no number of days: as a timedelta it would be
                connection.adapters.register_loader("interval", TextLoader)
                connection.autocommit = autocommit
            except BaseException:
                connection.close()
                raise
            return connection

    @contextmanager
    def connect(self, *, autocommit: bool = False, label: str = "syncline") -> Iterator[Connection]:
        """
        A connection for the length of a block: commits what is open at its end, rolls back where the
        block raises, and translates what psycopg raises inside.
        """
        connection = self.dial(autocommit=autocommit, label=label)
        try:
            with translated(), connection:
                yield connection
        finally:
            connection.close()

    def move(self, target: str) -> None:
        """Migrate to a revision; ``head`` or ``base`` (no tables at all)."""
        move(self.url, target)

    def _check(self, say: Callable[[str], None] | None) -> None:
        with self.connect(label="syncline check") as connection:
            if connection.info.server_version < OLDEST:
                version = connection.info.parameter_status("server_version")
                raise StoreOutOfDate(
                    f"PostgreSQL {version} is too old: 15 is the oldest", code="store-too-old"
                )
            if connection.info.encoding != "utf-8":
                raise StoreOutOfDate("the database is not encoded in UTF-8", code="store-encoding")
            found = revision(connection)
        if found == HEAD:
            return
        if found is not None and found > HEAD:
            raise StoreOutOfDate(
                f"the tables are at revision {found}, this program knows {HEAD}: use a newer program",
                code="store-newer",
            )
        if say is None:
            state = "has no tables yet" if found is None else f"is at revision {found}, not {HEAD}"
            raise StoreOutOfDate(
                f"the database {state}: run `syncline database migrate`", code="store-out-of-date"
            )
        say("creating tables" if found is None else f"migrating tables from {found} to {HEAD}")
        self.move("head")


def commit(connection: Connection, what: str) -> None:
    """
    Commit, passing the points ``<what>.commit.before``, ``.sent`` (the server has the order, its
    answer is not read) and ``.after``.
    """
    points.reach(f"{what}.commit.before")
    pgconn = connection.pgconn
    pgconn.send_query(b"COMMIT")
    connection.wait(generators.send(pgconn))
    points.reach(f"{what}.commit.sent")
    for result in connection.wait(generators.fetch_many(pgconn)):
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise psycopg.errors.error_from_result(result)
        if result.command_status != b"COMMIT":  # a failed transaction answers ROLLBACK
            raise StoreUnavailable("the transaction had failed before its commit", code="store-contended")
    points.reach(f"{what}.commit.after")
