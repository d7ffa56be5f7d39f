"""
Type what a page says to type, and put what is printed below it: ``python -m docs.typed docs/tutorial.md``.

A page shows commands in blocks of ``console``, each behind ``$``. They run one after another in a folder
of their own, with the ``syncline`` of this checkout; ``syncline demo --serve`` is left running. A block of
``yaml`` whose first line is a comment with the name of a file is saved under it, where the page is by then.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[1]

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ANY_BLOCK = re.compile(r"^```(console|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# ([\w/.-]+\.yaml)\n")
_VOLATILE = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?Z"), "TIME"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"\b\d+(\.\d+)? s\b"), "SECONDS"),
    (re.compile(r"\b\d+ requests?\b"), "REQUESTS"),
    (re.compile(r"[ -]{2,}"), " "),
)


class Shell:
    """Runs commands in a folder, one after another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        tools = folder / ".tools"
        tools.mkdir()
        script = tools / "syncline"
        script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m engine "$@"\n', encoding="utf-8")
        script.chmod(0o755)
        self._environment = {
            **os.environ,
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "110",
        }
        self._serving: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in self._serving:
            each.terminate()
            each.communicate()
        self.run("syncline database stop")

    def run(self, command: str) -> str:
        """What a command prints, notes and results; nothing where it is left running."""
        if command.startswith("cd "):
            self._folder /= command.removeprefix("cd ")
            return ""
        serving = command.endswith("--serve")
        started = subprocess.Popen(  # noqa: S603 # the commands are those of our own page
            ["/bin/sh", "-c", f"exec {command}" if serving else command],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if serving:
            self._serving.append(started)
            if started.stdout is None or not started.stdout.readline():
                raise RuntimeError(f"{command} does not serve")
            return ""
        return "\n".join(line.rstrip() for line in started.communicate()[0].strip("\n").splitlines())

    def save(self, name: str, text: str) -> None:
        """Write a file below the folder that one is in."""
        file = self._folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def typed(page: str, run: Callable[[str], str], save: Callable[[str, str], None]) -> str:
    """The page with what its commands print now; files that it shows are saved (name, text) on the way."""

    def block(found: re.Match[str]) -> str:
        if found[1] == "yaml":
            if name := _FILE.match(found[2]):
                save(name[1], found[2])
            return found[0]
        parts: list[str] = []
        said = ""
        for line in found[2].splitlines():
            if line.startswith("$ "):
                gap = "\n" if said else ""
                said = run(line.removeprefix("$ "))
                parts.append(f"{gap}{line}\n{said}" if said else f"{gap}{line}")
        return "```console\n" + "\n".join(parts) + "\n```"

    return _ANY_BLOCK.sub(block, page)


def steady(page: str) -> str:
    """The page without what differs from one run to the next: times, ids, widths, the order of rows."""
    for pattern, word in _VOLATILE:
        page = pattern.sub(word, page)
    return _BLOCK.sub(lambda found: "\n".join(sorted(found[1].splitlines())), page)


def main(pages: list[str]) -> None:
    """Rewrite pages."""
    for page in map(Path, pages):
        with tempfile.TemporaryDirectory() as folder, Shell(Path(folder)) as shell:
            page.write_text(typed(page.read_text(encoding="utf-8"), shell.run, shell.save), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
