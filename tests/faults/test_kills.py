"""A worker that is killed, wherever it stands, loses nothing, doubles nothing and is ahead of nothing."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest

from tests.faults.rig import Rig

SEED = 20_411
KILLS = 40
POINTS = (
    *("fetch.before", "fetch.after"),
    *("raw.copy", "raw.fenced", "raw.commit.before", "raw.commit.sent", "raw.commit.after"),
    *("rows.copy", "rows.fenced", "rows.folded"),
    *("rows.commit.before", "rows.commit.sent", "rows.commit.after"),
)

pytestmark = pytest.mark.database


def test_a_kill_at_any_named_point_is_made_good_by_the_next_sync(database_url: str, tmp_path: Path) -> None:
    with Rig(tmp_path, seed=SEED, database=database_url) as rig:
        for nth in (1, 2):
            for point in POINTS:
                worker = rig.worker()
                worker.tell(rig.folder, f"{point}:{nth}=kill")
                assert worker.end() == (-signal.SIGKILL, [f"fault: {point} SIGKILL"])
                rig.settle()
                rig.source.turn(0.1)


def test_a_kill_at_any_moment_is_made_good_by_the_next_sync(database_url: str, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    print(f"seed {SEED}")
    with Rig(tmp_path, seed=SEED, database=database_url) as rig:
        rig.source.pause = 0.005  # fetching lasts about as long as loading
        rig.settle()
        span = _span(rig)
        killed = 0
        for rounds in range(1, 2 * KILLS + 1):
            rig.source.turn(0.1)
            worker = rig.worker()
            worker.tell(rig.folder)
            time.sleep(chance.uniform(0, 0.9 * span))
            worker.kill()
            killed += worker.hear() is None
            rig.settle()
            if killed == KILLS:
                print(f"{killed} killed in {rounds} rounds, moments within {0.9 * span:.2f} s")
                return
        pytest.fail(f"only {killed} workers were still at work when they were killed")


def _span(rig: Rig) -> float:
    """Seconds that a worker takes which nobody kills."""
    rig.source.turn(0.1)
    worker = rig.worker()
    began = time.monotonic()
    worker.tell(rig.folder)
    assert worker.hear() is not None
    return time.monotonic() - began
