"""The engine of another revision, on the same API and the same PostgreSQL, taking turns with today's."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests.bench.meter import Measure, run
from tests.bench.rig import ROOT, Api, environment, fresh, settle

Pair = tuple[list[Measure], list[Measure]]
"""First syncs of today's engine, and of the other one."""


@contextmanager
def checkout(revision: str) -> Iterator[Path]:
    """A folder with the files of a revision; raises CalledProcessError where git knows none of that name."""
    with tempfile.TemporaryDirectory(prefix="syncline-bench-") as name:
        folder = Path(name, "former")
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(folder), revision], check=True)
        try:
            yield folder
        finally:
            subprocess.run([*git, "remove", "--force", str(folder)], check=True)


def first_syncs(server: str, source: Api, revision: str, rounds: int) -> Pair:
    """Each in a fresh database, with its own tables; in every round the other one begins."""
    with checkout(revision) as former:
        taken: Pair = ([], [])
        for number in range(rounds):
            for which in ((0, 1), (1, 0))[number % 2]:
                taken[which].append(_first(server, source, (ROOT, former)[which], number))
        return taken


def _first(server: str, source: Api, root: Path, number: int) -> Measure:
    engine = [sys.executable, "-P", "-m", "engine"]  # -P: not from the folder that this is run in
    project = ["--project", str(root / "tests" / "bench" / "project")]
    with fresh(server, f"syncline_bench_{os.getpid()}_{number}", tables=False) as url:
        told = environment(source.base, url) | {"PYTHONPATH": str(root)}
        subprocess.run(
            [*engine, "database", "migrate", *project],
            env=os.environ | told,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        _assert_loaded(root, told)
        settle(server)
        return run([*engine, "sync", *project, "--json"], server, told)


def _assert_loaded(root: Path, told: dict[str, str]) -> None:
    command = [sys.executable, "-P", "-c", "import engine; print(engine.__file__)"]
    given = subprocess.run(command, env=os.environ | told, check=True, capture_output=True, text=True).stdout
    if not Path(given.strip()).is_relative_to(root):
        raise AssertionError(f"the engine is that of {given.strip()}, and not of {root}")


def ratio(taken: Pair) -> float:
    """CPU of today's first sync to the other one's, median of the rounds."""
    return median(now.cpu / then.cpu for now, then in zip(*taken, strict=True))
