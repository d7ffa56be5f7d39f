"""What does the demo show? A project against two live systems, and what is worth a look in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.demo.files import write_project
from engine.demo.server import FIXED, DemoSystems, Ports
from engine.errors import SettingsError
from engine.flow.project import FILE
from engine.flow.workspace import Workspace
from engine.store.dead_letters import DeadLetter

FOLDER = Path("syncline-demo")

NUMBERS = tuple(f"E-{n:05d}" for n in (2, 9, 21, 25, 38, 42, 50, 52))
"""Workers to look at."""

EXPLAINED = "E-00002"
"""Whose salary is followed down to its bytes."""

FIELDS = ("given_name", "family_name", "hired_on", "height", "weight", "salary", "bonus")
"""What to look at; each from whom the policy prefers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Dead letters for the same reason."""

    code: str
    count: int
    example: DeadLetter
    problem: Mapping[str, Any]
    """What is wrong with the example."""


def systems() -> DemoSystems:
    """Both systems, not started: on their fixed ports, or on others where somebody has those."""
    try:
        return DemoSystems(ports=FIXED)
    except OSError:
        return DemoSystems()


def served() -> DemoSystems:
    """Both systems on their fixed ports; raises ``SettingsError`` where somebody has one."""
    try:
        return DemoSystems(ports=FIXED)
    except OSError as error:
        raise SettingsError(
            f"port {FIXED.hr} or {FIXED.payroll} is taken ({error.strerror}): does another demo run?"
        ) from None


def write(folder: Path, ports: Ports) -> None:
    """Write the demo's project; raises ``SettingsError`` where another project stands there."""
    file = folder / FILE
    if file.exists() and "project: syncline_demo" not in file.read_text("utf-8", "replace"):
        raise SettingsError(f"{folder} holds another project: nothing was written")
    try:
        write_project(folder, ports=ports)
    except OSError as error:
        raise SettingsError(f"{error.filename or folder} cannot be written: {error.strerror}") from None


def start_over(workspace: Workspace) -> bool:
    """Forget what an earlier demo left; whether there was something."""
    with workspace.database.connect(label="syncline demo") as connection:
        found = connection.execute("SELECT FROM syncline.run LIMIT 1").fetchone()
    if found is None:
        return False
    with workspace.database.connect(label="syncline demo") as connection:
        connection.execute("DROP SCHEMA IF EXISTS canonical CASCADE")
    workspace.database.move("base")
    workspace.database.move("head")
    return True


def causes(letters: Sequence[DeadLetter]) -> list[Cause]:
    """Letters by the code of what is wrong, the most frequent first; one with two problems is in both."""
    found: dict[str, list[tuple[DeadLetter, Mapping[str, Any]]]] = {}
    for letter in letters:
        for each in letter.problems:
            found.setdefault(each["code"], []).append((letter, each))
    return sorted(
        (
            Cause(code=code, count=len(rows), example=rows[0][0], problem=rows[0][1])
            for code, rows in found.items()
        ),
        key=lambda cause: (-cause.count, cause.code),
    )
