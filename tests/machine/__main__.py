"""``python -m tests.machine``: random histories, and every step of those that break, shortened."""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from engine.store.database import Database
from tests.machine.histories import Broken, play_all
from tests.machine.world import World
from tests.simulation.__main__ import hasty, server


@contextmanager
def opened(server_url: str, template: str | None = None) -> Iterator[World]:
    """A world on a database of its own."""
    name = sql.Identifier(made := f"syncline_machine_{secrets.token_hex(4)}")
    like = sql.Identifier(template or "template0")
    parts = urlsplit(server_url)
    url = urlunsplit((parts.scheme, parts.netloc or "@", f"/{made}", parts.query, ""))
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE {}").format(name, like))
    try:
        with Database.open(hasty(url)) as database:
            dialled = database.dial()
            dialled.prepare_threshold = 3  # the same statements thousands of times,
            dialled.prepared_max = 2000  # and hundreds of them
            try:
                yield World(connection=dialled)
            finally:
                dialled.close()
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def main() -> int:
    """Play histories; 1 where one broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.machine", description=__doc__)
    parser.add_argument("--histories", type=int, default=2000)
    parser.add_argument(
        "--seed", type=int, default=0, help="number of the first history; to go on, of the next"
    )
    given = parser.parse_args()
    console, started = Console(), time.monotonic()
    columns = (TextColumn("histories"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with server() as url, opened(url) as world, Progress(*columns, console=console) as progress:
        bar = progress.add_task("histories", total=given.histories)
        try:
            play_all(world, given.seed, given.histories, lambda count: progress.advance(bar, count))
        except Broken as broken:
            progress.console.print(str(broken), markup=False, highlight=False, soft_wrap=True)
            return 1
    took = time.monotonic() - started
    console.print(f"{given.histories} histories from {given.seed} in {took:.0f} s; none broken")
    return 0


if __name__ == "__main__":
    sys.exit(main())
