"""Ctrl-C: what was fetched is kept, and the next sync goes on from there."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.demo.files import write_starter
from engine.demo.server import DemoSystems
from engine.demo.unfit import HR
from tests.acceptance.command import Syncline, ended

pytestmark = pytest.mark.database

COUNT = 600
DEAD = sum(index <= COUNT for index in HR)


def _wait(until: Callable[[], bool], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.01)  # between two looks


def _pages(systems: DemoSystems) -> int:
    return sum(line.path == "/v1/workers" and line.status == 200 for line in systems.hr.log)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_sync_is_resumable_and_loses_nothing(
    tmp_path: Path, database_url: str, number: signal.Signals
) -> None:
    """It ends after the batch in hand with 130; the next one asks for the rest and has everyone."""
    with DemoSystems(count=COUNT, throttle_every=3, retry_after=1) as systems:
        write_starter(tmp_path, ports=systems.ports)
        project = Syncline(folder=tmp_path, database=database_url)
        project.configure()
        process = project.start("sync")
        _wait(lambda: _pages(systems) >= 2)
        process.send_signal(number)
        stopped = ended(process)
        assert stopped.code == 130, stopped
        assert "the next run goes on from there" in stopped.err
        assert "Traceback" not in stopped.err
        before = _pages(systems)
        assert before < COUNT // 100
        (stream,) = project.json("sync")["streams"]
        assert stream["complete"]
        (status,) = project.json("status")["streams"]
        assert (status["rows"], status["dead_letters"], status["pending"]) == (COUNT - DEAD, DEAD, 0)


def test_the_second_signal_ends_at_once_and_what_is_durable_stays(tmp_path: Path, database_url: str) -> None:
    with DemoSystems(count=COUNT, throttle_every=3, retry_after=8) as systems:
        write_starter(tmp_path, ports=systems.ports)
        project = Syncline(folder=tmp_path, database=database_url)
        project.configure()
        process = project.start("sync")
        _wait(lambda: any(line.status == 429 for line in systems.hr.log))
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        while process.poll() is None and time.monotonic() - began < 5:
            os.kill(process.pid, signal.SIGINT)
            time.sleep(0.05)  # signals that come at once may be taken for one
        stopped = ended(process, timeout=5)
    assert stopped.code == 130, stopped
