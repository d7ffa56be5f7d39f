"""What is needed to measure: a PostgreSQL, databases in it, and the API in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from engine.store.database import Database

ROOT = Path(__file__).parents[2]


@contextmanager
def postgres(given: str) -> Iterator[str]:
    """The URL of a server on this machine: the given one, or an embedded one for this run alone."""
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="syncline-bench-") as folder:
        Path(folder).chmod(0o711)  # where we are root, the server's account passes through
        with Database.open(Path(folder, ".syncline")) as database:
            yield database.url


@contextmanager
def fresh(server: str, name: str, *, tables: bool) -> Iterator[str]:
    """A database of its own, dropped in the end; with the engine's tables or empty."""
    parts = urlsplit(server)
    url = urlunsplit((parts.scheme, parts.netloc or "@", f"/{name}", parts.query, ""))
    with psycopg.connect(server, autocommit=True) as connection:
        made = sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0")
        connection.execute(made.format(sql.Identifier(name)))
    try:
        if tables:
            Database.open(url).close()
        yield url
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


class Api:
    """The API that is measured against, running."""

    def __init__(self, base: str) -> None:
        self.base = base

    def edition(self, number: int) -> None:
        """Serve every record as it was first (0), or each tenth changed (10)."""
        self._get(f"edition/{number}")

    def latency(self, milliseconds: int) -> None:
        """Take so long for every page."""
        self._get(f"latency/{milliseconds}")

    def served(self) -> tuple[int, float | None]:
        """Pages asked for since either was set last, and when the first one was, in seconds."""
        said = json.loads(self._get("served"))
        return int(said["pages"]), said["first"]

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"{self.base}/{path}") as answer:  # noqa: S310 # our own server
            return bytes(answer.read())


@contextmanager
def api(records: int) -> Iterator[Api]:
    """Start it."""
    command = [sys.executable, "-m", "tests.bench.server", str(records)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield Api(f"http://127.0.0.1:{process.stdout.readline().strip()}")
        finally:
            process.kill()


def settle(url: str) -> None:
    """Write out what is dirty, so that one run does not pay for the one before it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")


def environment(base: str, url: str, *, whole: bool = False) -> dict[str, str]:
    """What the measured project reads; ``whole`` with all that this process was given."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return (dict(os.environ) if whole else {}) | {
        "DATABASE_URL": url,
        "BENCH_API": base,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONDONTWRITEBYTECODE": "",  # an installed engine is compiled once, not in every run
    }
