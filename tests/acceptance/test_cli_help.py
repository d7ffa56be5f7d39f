"""What the command line offers, and what it refuses by name."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.command import ROOT, Syncline

COMMANDS = {
    "": "init validate test try record fmt schema"
    " sync replay status show explain pin dead-letters identity raw database demo",
    "dead-letters": "list show retry discard",
    "identity": "list show merge split keep-apart",
    "raw": "list show",
    "database": "url start stop migrate shell",
}
UNBUILT = (
    *("plan", "apply", "import"),
    *("serve", "worker", "login", "mcp", "raw purge", "raw export", "raw import", "database upgrade"),
)


def _listed(text: str) -> list[str]:
    return re.findall(r"^  ([a-z-]+)(?:  |$)", text.partition("Commands:\n")[2], re.MULTILINE)


@pytest.mark.parametrize("group", COMMANDS)
def test_help_lists_exactly_the_commands_that_are_built(tmp_path: Path, group: str) -> None:
    shown = Syncline(folder=tmp_path).run(*group.split(), "--help")
    assert shown.code == 0
    assert sorted(_listed(shown.out)) == sorted(COMMANDS[group].split())


@pytest.mark.parametrize("command", UNBUILT)
def test_a_command_that_is_not_built_says_so_by_name(tmp_path: Path, command: str) -> None:
    refused = Syncline(folder=tmp_path).run(*command.split(), "some", "--thing")
    assert (refused.code, refused.err) == (2, f"syncline {command} is not built yet\n")
    assert not refused.out


def test_replay_of_a_scope_is_refused_by_name(tmp_path: Path) -> None:
    refused = Syncline(folder=tmp_path).run("replay", "hr.workers")
    assert refused.code == 2
    assert "replay SCOPE is not built yet" in refused.err


def test_help_waits_for_no_room() -> None:
    """What takes long to load is loaded by the command that needs it."""
    script = "import sys; import engine.cli.app; print(*(name for name in sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    slow = ("engine.flow", "engine.store", "engine.fetch", "engine.spec", "engine.mapping", "rich.console")
    assert [
        name for name in loaded if name.startswith((*slow, "httpx", "sqlalchemy", "pint", "psycopg"))
    ] == []


def test_wrong_use_is_said_in_a_line_and_exits_with_2(tmp_path: Path) -> None:
    for arguments in (["nonsense"], ["sync", "--nonsense"], ["show"], ["raw", "show", "x"]):
        wrong = Syncline(folder=tmp_path).run(*arguments)
        assert wrong.code == 2, arguments
        assert "Traceback" not in wrong.err
        assert not wrong.out


def test_outside_of_a_project_commands_say_what_to_do(tmp_path: Path) -> None:
    for command in ("validate", "test", "sync", "status"):
        lost = Syncline(folder=tmp_path).run(command)
        assert lost.code == 2, lost
        assert "syncline init DIR" in lost.err


def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    shown = Syncline(folder=tmp_path).run("--version")
    assert re.fullmatch(r"syncline \d+\.\d+\.\d+\n|syncline, not installed\n", shown.out), shown
