"""``python -m tests.simulation``: random histories, with the seed and every step of those that break."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from engine.store.database import Database
from engine.store.embedded import Embedded
from tests.simulation.histories import Broken, play, seeds
from tests.simulation.world import World


@contextmanager
def server() -> Iterator[str]:
    """The database that ``DATABASE_URL`` names, or an embedded PostgreSQL of its own."""
    given = os.environ.get("DATABASE_URL")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="syncline-simulation-") as folder:
        Path(folder).chmod(0o711)  # where we are root, the server's account passes through
        embedded = Embedded(Path(folder, ".syncline"), say=lambda _: None)
        embedded.use()
        try:
            yield embedded.url
        finally:
            embedded.leave()


def hasty(url: str) -> str:
    """The same database, which may forget the last second when the machine stops."""
    return url + ("&" if "?" in url else "?") + "options=-csynchronous_commit%3Doff"


def main() -> int:
    """Play histories; 1 where one broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--histories", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1, help="of the first history; the next ones follow")
    parser.add_argument("--go-on", action="store_true", help="after a broken promise too")
    given = parser.parse_args()
    console = Console()
    broken, started = [], time.monotonic()
    columns = (TextColumn("histories"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with server() as url:
        Database.open(url).close()
        with World(hasty(url)) as world, Progress(*columns, console=console) as progress:
            for seed in progress.track(seeds(given.seed, given.histories), total=given.histories):
                try:
                    play(world, seed)
                except Broken as fault:
                    broken.append(seed)
                    progress.console.print(str(fault), markup=False, highlight=False, soft_wrap=True)
                    if not given.go_on:
                        break
    took = time.monotonic() - started
    console.print(
        f"{given.histories} histories from seed {given.seed} in {took:.0f} s; broken: {broken or 'none'}"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
