"""
The project's own PostgreSQL: up while somebody uses it, down when the last one leaves.

Three files in ``.syncline`` hold its life, and the kernel frees their locks however a process ends:

    lock    exclusive around creating, starting and stopping
    users   shared by every process that uses the server; who gets it exclusively was the last
    kept    exists between ``syncline database start`` and ``stop``: the last one leaves it up
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from engine.errors import StoreError, StoreUnavailable
from engine.store import server
from engine.store.lodging import Lodging, binaries, lodge
from engine.store.server import DATABASE, ROLE, Say

_UNSAID = 1.0
"""Seconds to wait for another process before it is worth a word."""


class Embedded:
    """The server of one project, as one process uses it."""

    def __init__(self, state: Path, *, say: Say) -> None:
        self._state = state.absolute()
        self._say = say
        self._users: int | None = None
        self._sockets: Path | None = None

    @property
    def url(self) -> str:
        """How to reach it while it is used; no secret: the kernel says who asks."""
        if self._sockets is None:
            raise StoreError("the project's database is not in use", code="embedded-unused")
        return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(self._sockets))}"

    def use(self) -> None:
        """Start the server, or adopt the one that runs, and count among its users."""
        self._make_state()
        with self._alone():
            users = self._open("users")
            try:
                fcntl.flock(users, fcntl.LOCK_SH)
                self._sockets = self._up(lodge(self._state))
            except BaseException:
                os.close(users)
                raise
            self._users = users

    def revive(self) -> None:
        """Start the server again where it crashed under its users."""
        with self._alone():
            if self._users is not None:
                self._sockets = self._up(lodge(self._state))

    def leave(self) -> None:
        """Stop using it; the last to leave stops it."""
        if self._users is None:
            return
        with self._alone():
            os.close(self._users)
            self._users = self._sockets = None
            if not self._kept.exists():
                self._stop_if_unused()

    def keep(self) -> None:
        """Leave it up until ``release``, whoever leaves."""
        with self._alone():
            self._kept.touch(mode=0o600)

    def release(self) -> bool:
        """End what ``keep`` began; False where others still use the server: the last of them stops it."""
        if not self._state.exists():
            return True
        with self._alone():
            self._kept.unlink(missing_ok=True)
            return self._stop_if_unused()

    @property
    def kept(self) -> bool:
        """Whether it stays up whoever leaves."""
        return self._kept.exists()

    @property
    def _kept(self) -> Path:
        return self._state / "kept"

    def _make_state(self) -> None:
        try:
            self._state.mkdir()
        except FileExistsError:
            return
        # The server's account passes through where we are root; nobody lists it.
        self._state.chmod(0o711 if os.geteuid() == 0 else 0o700)

    def _open(self, name: str) -> int:
        return os.open(self._state / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            descriptor = self._open("lock")
        except PermissionError as error:
            raise StoreUnavailable(f"{self._state} belongs to another user", code="embedded-owner") from error
        try:
            until = time.monotonic() + _UNSAID
            while not _lock(descriptor):
                if time.monotonic() > until:
                    self._say("waiting for another process that starts or stops the database")
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                    break
                time.sleep(0.02)
            yield
        finally:
            os.close(descriptor)

    def _up(self, lodging: Lodging) -> Path:
        sockets = server.running(lodging)
        if sockets is None or not server.wait(sockets, lodging, self._say):
            folder = binaries(lodging)
            server.create(lodging, folder, self._say)
            server.start(lodging, folder, self._state / "server.log", self._say)
            sockets = server.running(lodging)
            if sockets is None:
                raise StoreUnavailable("PostgreSQL ended as soon as it started", code="embedded-start")
        _create_database(sockets)
        return sockets

    def _stop_if_unused(self) -> bool:
        users = self._open("users")
        try:
            if not _lock(users):
                return False
            lodging = lodge(self._state)
            if server.running(lodging) is not None:
                server.stop(lodging, binaries(lodging))
            return True
        finally:
            os.close(users)


def _lock(descriptor: int) -> bool:
    """Lock a file exclusively, unless somebody else has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _create_database(sockets: Path) -> None:
    try:
        with psycopg.connect(
            host=str(sockets), user=ROLE, dbname="postgres", autocommit=True, connect_timeout=10
        ) as connection:
            known = connection.execute("SELECT FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if known is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    except psycopg.Error as error:
        raise StoreUnavailable(
            f"the project's database refuses us: {error}", code="embedded-start"
        ) from error
