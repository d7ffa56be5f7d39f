"""The command ``syncline`` as somebody types it: a process of its own, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.acceptance import warm

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Syncline:
    """Runs commands in a folder."""

    folder: Path
    database: str | None = None
    """What the project's ``env:SYNCLINE_DATABASE`` stands for."""

    @property
    def environment(self) -> dict[str, str]:
        """What commands find: nothing that the tests were started with but the path and the home."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        if self.database is not None:
            kept["SYNCLINE_DATABASE"] = self.database
        return kept | {"PYTHONPATH": str(ROOT)}

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        """Begin a command, from nothing as a shell does."""
        return subprocess.Popen(
            [sys.executable, "-m", "engine", *arguments],
            cwd=self.folder,
            env=self.environment | more,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **more: str) -> Ended:
        """Carry out a command, in a fork of a process that has imported the engine."""
        try:
            done = warm.run(arguments, folder=self.folder, environment=self.environment | more)
        except warm.Late as late:
            raise AssertionError(f"it did not end in time:\n{late}") from None
        return Ended(code=done.code, out=done.out, err=done.err)

    def json(self, *arguments: str, code: int = 0) -> Any:
        """Carry out a command with ``--json``: what it gave."""
        done = self.run(*arguments, "--json")
        assert done.code == code, done
        return done.json

    def configure(self, text: str = "") -> None:
        """Let the project use the test's database; ``text`` is added to ``syncline.yaml``."""
        file = self.folder / "syncline.yaml"
        file.write_text(f"{file.read_text()}\ndatabase: env:SYNCLINE_DATABASE\n{text}")


def ended(process: subprocess.Popen[str], *, timeout: float = 120) -> Ended:
    """Wait for a command to end."""
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"it did not end within {timeout:g} s:\n{out}\n{err}") from None
    return Ended(code=process.returncode, out=out, err=err)
