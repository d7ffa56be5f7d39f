"""What commands need of the machine."""

from __future__ import annotations

import fcntl
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

import pytest

from engine.demo.server import FIXED

PATIENCE = 240
"""Seconds: longer than another run of these tests has the ports."""


def listening(port: int) -> bool:
    """Whether somebody answers there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def fixed_ports() -> Iterator[None]:
    """The ports of ``demo --serve``, free: two runs of the tests on one machine take turns."""
    with Path(tempfile.gettempdir(), f"syncline-tests-{FIXED.hr}.lock").open("w") as turn:
        deadline = time.monotonic() + PATIENCE
        fcntl.flock(turn, fcntl.LOCK_EX)
        while any(map(listening, astuple(FIXED))):
            assert time.monotonic() < deadline, f"somebody else has a port of {FIXED}"
            time.sleep(0.2)  # until whoever has them is done
        yield
