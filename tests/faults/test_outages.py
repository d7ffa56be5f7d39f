"""PostgreSQL that stops at once, in the middle of a sync, and comes back."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.store.embedded import Embedded
from tests.faults.rig import WELL_AGAIN, Rig, expect

SEED = 5_150

pytestmark = pytest.mark.database


@pytest.fixture
def state() -> Iterator[Path]:
    """Where a server of this test's own lives."""
    with tempfile.TemporaryDirectory(prefix="syncline-tests-") as folder:
        Path(folder).chmod(0o711)  # where we are root, the server's account passes through
        yield Path(folder, ".syncline")


@pytest.mark.parametrize("point", ["raw.fenced", "rows.folded", "rows.copying"])
def test_what_postgresql_lost_is_made_good_once_it_is_back(point: str, state: Path, tmp_path: Path) -> None:
    """The worker stands at a point of a transaction while the server dies without a checkpoint."""
    embedded = Embedded(state, say=lambda _: None)
    embedded.use()
    try:
        with Rig(tmp_path, seed=SEED, database=embedded.url) as rig:
            worker = rig.worker()
            worker.tell(rig.folder, f"{point}=stop")
            assert worker.stopped(), (point, worker.end())
            rig.oracle.close()
            _stop_at_once(state)
            worker.go_on()
            said = worker.hear()
            assert said is not None
            assert said["error"] == "store-unavailable", said
            worker.end()
            embedded.revive()
            rig.look_again()
            rig.settle()
            expect(rig.oracle.settled())
    finally:
        embedded.leave()


def _stop_at_once(state: Path) -> None:
    """As ``pg_ctl stop -m immediate`` does."""
    (file,) = state.rglob("postmaster.pid")
    pid = int(file.read_text("ascii").split("\n")[0])
    os.kill(pid, signal.SIGQUIT)
    until = time.monotonic() + WELL_AGAIN
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
