"""What a fault test stands on: a source, a database, a project between them, and workers to hurt."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from engine.flow.events import silence
from engine.flow.sync import SyncReport, sync
from engine.flow.workspace import Workspace
from tests.faults.oracle import Oracle
from tests.faults.source import Source

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LEASE = 0.6
"""Seconds that a lease lives here: a paused holder is overdue soon."""

WELL_AGAIN = 30.0
"""Seconds until a stream must be free again, whatever became of its holder."""


class Worker:
    """A process that syncs when it is told to; it waits for that with everything imported."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "SYNCLINE_LEASE_SECONDS": str(LEASE)}
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "worker.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
        )
        self.noted: list[str] = []
        """Lines of stderr: faults say where they strike."""
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        self.noted.extend(line.rstrip("\n") for line in self.process.stderr)

    def ready(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n", self.end()

    def tell(self, project: Path, faults: str = "", *targets: str) -> None:
        """Begin to sync."""
        assert self.process.stdin is not None
        told = {"project": str(project), "faults": faults, "targets": targets}
        print(json.dumps(told), file=self.process.stdin, flush=True)

    def hear(self) -> dict[str, Any] | None:
        """What became of it; None where the process died."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def stopped(self) -> bool:
        """Wait until it is paused; False where it died instead."""
        _, status = os.waitpid(self.process.pid, os.WUNTRACED)
        if os.WIFSTOPPED(status):
            return True
        self.process.returncode = os.waitstatus_to_exitcode(status)
        return False

    def go_on(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()

    def end(self) -> tuple[int, list[str]]:
        """Wait until it is gone; how it went, and what it noted."""
        process = self.process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.close()
        code = process.wait(60)
        self._listener.join()
        process.stdout.close()
        process.stderr.close()
        return code, self.noted


def expect(problems: list[str]) -> None:
    """Fail with what the oracle found."""
    if problems:
        raise AssertionError("\n".join(problems))


class Rig:
    """One history: a source that goes on changing, and workers that are hurt while they follow it."""

    def __init__(self, folder: Path, *, seed: int, database: str | None, url: str | None = None) -> None:
        """``database``: what the project names; None for an embedded one, which ``url`` reaches."""
        self.source = Source(seed=seed)
        self.folder = folder / "project"
        shutil.copytree(HERE / "project", self.folder)
        lines = ["project: faults"] + ([] if database is None else [f"database: {database}"])
        lines += ["sources:"]
        lines += [
            f'  {name}: {{connector: people, config: {{url: "{self.source.url}/{name}"}}}}'
            for name in self.source.people
        ]
        lines += [f'egress: {{allow: ["{self.source.url}"]}}']
        (self.folder / "syncline.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._stack = ExitStack()
        self.workspace: Workspace
        self.oracle: Oracle

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self.source)
            self.workspace = stack.enter_context(Workspace.open(self.folder, say=lambda _: None))
            self.oracle = Oracle(self.workspace.database.url, self.source)
            stack.callback(self.oracle.close)
            self._workers = stack.enter_context(ExitStack())
            self._spare = self._started()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def worker(self) -> Worker:
        """A worker that waits to be told; the next one is warming up meanwhile."""
        worker, self._spare = self._spare, self._started()
        worker.ready()
        return worker

    def _started(self) -> Worker:
        worker = Worker()
        self._workers.callback(worker.end)
        self._workers.callback(worker.kill)
        return worker

    def look_again(self) -> None:
        """Reach the database anew, after it was gone."""
        self.oracle.close()
        self.oracle = Oracle(self.workspace.database.url, self.source)
        self._stack.callback(self.oracle.close)

    def sync(self) -> SyncReport:
        """One sync in this process, which nothing hurts."""
        for each in self.workspace.sources.values():
            each.close()  # as in a process of its own: the server's time is asked anew
        return sync(self.workspace, stopping=lambda: False, listen=silence)

    def settle(self) -> None:
        """Sync until nobody else holds a stream and everything is read; all is right then."""
        expect(self.oracle.standing())
        until = time.monotonic() + WELL_AGAIN
        while not (report := self.sync()).complete:
            assert time.monotonic() < until, report
            time.sleep(0.01)  # the server notices within moments that a killed client is gone
        expect(self.oracle.settled())
