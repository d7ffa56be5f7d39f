"""A PostgreSQL for as long as a block lasts, in a folder that is gone afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from engine.store.database import Database
from engine.store.embedded import Embedded
from engine.store.faults import translated
from engine.store.lodging import lodge


@contextmanager
def scratch(say: Callable[[str], None] = lambda _: None) -> Iterator[Database]:
    """An empty database: no tables at all, and nothing written in it outlasts a crash."""
    with tempfile.TemporaryDirectory(prefix="syncline-") as folder:
        state = Path(folder, "state")
        embedded = Embedded(state, say=say)
        try:
            embedded.use()
            with translated(), psycopg.connect(embedded.url, autocommit=True) as connection:
                for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
                    connection.execute(f"ALTER SYSTEM SET {setting} = off")
                connection.execute("SELECT pg_reload_conf()")
            yield Database(embedded.url, embedded)
        finally:
            home = lodge(state).home if state.exists() else state
            embedded.leave()
            shutil.rmtree(home, ignore_errors=True)
