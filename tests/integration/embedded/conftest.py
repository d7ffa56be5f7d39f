"""The project's own PostgreSQL, and processes that use it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.store import server
from engine.store.embedded import Embedded
from engine.store.lodging import lodge

_USER = """
import sys
from pathlib import Path
from engine.store.embedded import Embedded
embedded = Embedded(Path(sys.argv[1]), say=lambda text: print("#", text, flush=True))
embedded.use()
print(embedded.url, flush=True)
sys.stdin.readline()
embedded.leave()
print("left", flush=True)
"""


class Process:
    """A process that uses the database until it is told to leave, or killed."""

    def __init__(self, state: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _USER, str(state)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        )
        self.said: list[str] = []

    def ready(self) -> str:
        """Wait until it uses the database: the URL."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("postgresql://"):
                return line.strip()
            self.said.append(line.strip())
        raise AssertionError(self.said)

    def leave(self) -> None:
        """End it in good order."""
        output, _ = self.process.communicate("\n", timeout=60)
        assert [line for line in output.splitlines() if not line.startswith("#")] == ["left"]
        assert self.process.returncode == 0

    def kill(self) -> None:
        """End it as the kernel does when memory is short."""
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


@pytest.fixture
def state() -> Iterator[Path]:
    """A ``.syncline`` of a project that the server's account can reach; nothing of it stays."""
    with tempfile.TemporaryDirectory(prefix="syncline-project-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder, ".syncline")
        if Path(folder, ".syncline").exists():
            Embedded(Path(folder, ".syncline"), say=print).release()


@pytest.fixture
def start(state: Path) -> Iterator[Callable[[], Process]]:
    """Starts processes on it."""
    started: list[Process] = []

    def make() -> Process:
        started.append(Process(state))
        return started[-1]

    yield make
    for each in started:
        if each.process.poll() is None:
            each.kill()


def postmaster(state: Path) -> int:
    return int((lodge(state).data / "postmaster.pid").read_text().split()[0])


def runs(state: Path) -> bool:
    return server.running(lodge(state)) is not None
