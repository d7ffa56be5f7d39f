"""One project, one database and one system under a clock of its own: what histories happen in."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import psycopg
import yaml

from engine.errors import LeaseLost
from engine.fetch import gate
from engine.fetch.connector import Connector
from engine.flow.events import silence
from engine.flow.rebuilding import Shuffle
from engine.flow.replay import replay_all
from engine.flow.sync import SyncReport, sync
from engine.flow.workspace import Workspace
from engine.spec.load import load
from tests.simulation.checker import Checker, Violation, digest
from tests.simulation.faults import Crash, Faults, befalling, changed, replaced
from tests.simulation.serving import Asked, Reply, Server
from tests.simulation.sessions import Warm
from tests.simulation.source import System

PROJECT = Path(__file__).parent / "project"
PATIENCE = 120.0
"""Seconds after which a run that has not ended is one that never ends (I9)."""

_KEPT = frozenset("source stream entity mapping version activation alembic_version".split())
"""Tables that hold what files say, not what happened."""


_FENCED = (
    "syncline.response",
    "syncline.progress",
    "syncline.progress_window",
    "syncline.pending",
    "syncline.ledger",
    "syncline.dead_letter",
    "syncline.tombstone",
    "syncline.contribution_person",
    "syncline.contribution_note",
    "canonical.person",
    "canonical.note",
)
"""What only the holder of a lease may write."""


class World:
    """Opened once; every history begins with ``reset``."""

    def __init__(self, url: str, project: Path = PROJECT) -> None:
        self.url = url
        logging.getLogger("psycopg").setLevel(logging.ERROR)  # a crash cannot roll back, and need not say so
        self.system = System()
        self._closing = ExitStack()
        self.server = self._closing.enter_context(Server(self._respond))
        environment = {"DATABASE_URL": url, "SIMULATION_URL": self.server.address}
        self.workspace = Workspace.open(project, say=lambda _: None, environment=environment)
        self._warm = Warm(self.workspace.database)
        self._closing.callback(self._warm.close)
        self._closing.callback(self.workspace.close)
        # Slow on purpose, and the same for every client of a source.
        self._closing.enter_context(replaced(gate.name_of, functools.cache(gate.name_of)))
        self._admin = psycopg.connect(url, autocommit=True)
        self._closing.callback(self._admin.close)
        self.checker = Checker(url, self.system)
        self._closing.callback(self.checker.close)
        self.problems: list[Violation] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def _respond(self, asked: Asked) -> Reply:
        return self.system.respond(asked)

    def reset(self) -> System:
        """An empty database, and a system without streams at noon."""
        tables = self._admin.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('syncline', 'canonical')"
            " AND tablename NOT LIKE '%\\_____\\___' ORDER BY 1, 2"
        ).fetchall()
        emptied = [f'"{schema}"."{name}"' for schema, name in tables if name not in _KEPT]
        self._admin.execute(";".join(f"DELETE FROM {each}" for each in emptied))
        self._admin.execute("ALTER SEQUENCE syncline.raw_id RESTART")
        for source in self.workspace.sources:
            self.speak(source)
        self.system = System()
        self.checker.forget(self.system)
        self.problems = []
        return self.system

    def speak(self, source: str, **keys: Any) -> None:
        """Let a source's ``people`` be described by other keys; without any, as its file has them."""
        path = PROJECT / "specs" / f"{source}.yaml"
        text = path.read_text()
        if keys:
            # Texts stay as they are written: what YAML takes for a time is none for a connector.
            document = yaml.load(text, yaml.BaseLoader)  # noqa: S506 # the safest of them all
            document["http"] |= {"retry": {"attempts": 1}, "breaker": {"minimum": 1_000_000}}
            document["streams"]["people"] |= keys
            text = yaml.safe_dump(document)
        installed = self.workspace.sources[source]
        installed.connector = load(Connector, path.name, text).need()
        installed.readers.clear()
        installed.close()

    def sync(
        self,
        *targets: str,
        full: bool = False,
        crash: tuple[str, int] | None = None,
        steal: tuple[str, int] | None = None,
        pages: int = 1,
    ) -> SyncReport | None:
        """
        One run, as of a process of its own; None where it did not come to its end.

        ``crash`` and ``steal``: at the n-th passing of a named point. ``pages``: how many become
        durable together.
        """
        self.checker.note([target.replace(".", "/") for target in targets] or self.system.streams)
        theft = _Theft(self._admin)
        point, nth = crash or steal or (None, 1)
        started = time.monotonic()
        report = None
        with (
            changed("GROUP_PAGES", pages),
            befalling(point, nth, None if steal is None else theft.take) as faults,
        ):
            try:
                report = sync(self.workspace, targets, full=full, stopping=lambda: False, listen=silence)
            except Crash:
                pass
            except LeaseLost:
                if not faults.landed:
                    raise
        self._ended(started, faults, theft)
        return report

    def _ended(self, started: float, faults: Faults, theft: _Theft) -> None:
        """Leave no trace of the process but what is durable."""
        for each in self.workspace.sources.values():
            each.close()
        if time.monotonic() - started > PATIENCE:
            self.problems.append(Violation("I9", "a run did not end in time"))
        if faults.landed and theft.before is not None and theft.snapshot() != theft.before:
            self.problems.append(Violation("I8", f"written after the stream was stolen at {faults.point}"))
        theft.give_back()
        if faults.dead:
            self.workspace.gate.close()
            self._warm.die()
            self._wait_for_sessions()

    def _wait_for_sessions(self) -> None:
        """Until PostgreSQL has noticed that the dead are dead, and done what they had ordered."""
        until = time.monotonic() + 5
        while time.monotonic() < until:
            row = self._admin.execute(
                "SELECT (SELECT count(*) FROM syncline.lease l JOIN syncline.lease_beat b USING (stream)"
                " JOIN pg_stat_activity a ON a.pid = l.backend_pid AND a.backend_start = l.backend_start"
                " WHERE b.until > clock_timestamp()), (SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle')"
            ).fetchone()
            if row == (0, 0):
                return

    def rebuild(self, seed: int = 0, *, lot: int = 64, crash: tuple[str, int] | None = None) -> None:
        """
        ``replay --all`` in a random order; the rows have to be the same after it (I5), also where it
        dies at a point and a sync of unchanged sources completes it.
        """
        before = self._rows()
        point, nth = crash or (None, 1)
        with befalling(point, nth) as faults:
            try:
                shuffle = Shuffle(seed=seed, lot=lot)
                replay_all(self.workspace, stopping=lambda: False, listen=silence, shuffle=shuffle)
            except Crash:
                self._ended(time.monotonic(), faults, _Theft(self._admin))
        if faults.dead:
            self.sync()  # which goes on where it was cut off
        after = self._rows()
        for entity in sorted(before.keys() | after.keys()):
            if before.get(entity) != after.get(entity):
                said = f"row {entity} was {before.get(entity)} and is {after.get(entity)} after a rebuild"
                self.problems.append(Violation("I5", said))

    def _rows(self) -> Mapping[UUID, Any]:
        return digest(self.checker.look())

    def check(self, *, clean: Sequence[str] = (), reconciled: Sequence[str] = ()) -> list[Violation]:
        """All that is wrong by now."""
        found = self.checker.check(clean=frozenset(clean), reconciled=frozenset(reconciled))
        return [*self.problems, *found]


class _Theft:
    """Another worker that takes a stream by force, and what stood in the database at that moment."""

    def __init__(self, admin: psycopg.Connection[Any]) -> None:
        self._admin = admin
        self.before: Mapping[str, Any] | None = None

    def take(self) -> None:
        """Raise the epoch of every held stream; waits for whoever holds the fence."""
        with self._admin.transaction():
            self._admin.execute(
                "UPDATE syncline.lease SET epoch = epoch + 1, holder = 'thief', backend_pid = 0"
            )
            self.before = self.snapshot()

    def give_back(self) -> None:
        """The thief is done."""
        if self.before is not None:
            self._admin.execute("UPDATE syncline.lease_beat SET until = '-infinity'")

    def snapshot(self) -> Mapping[str, Any]:
        """A count and a digest of everything that only the holder may write."""
        found = {}
        for table in _FENCED:
            found[table] = self._admin.execute(
                f"SELECT count(*), md5(string_agg(x::text, '|' ORDER BY x::text)) FROM {table} x"
            ).fetchone()
        return found
