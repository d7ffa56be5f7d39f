"""The demo tells the whole story in an empty folder, and leaves nothing running."""

from __future__ import annotations

import re
import signal
import socket
from pathlib import Path

import pytest

from docs.typed import steady
from engine.demo.server import FIXED
from engine.store import server
from engine.store.lodging import lodge
from tests.acceptance.command import Syncline, ended

README = Path(__file__).parents[2] / "README.md"

pytestmark = [pytest.mark.database, pytest.mark.xdist_group("demo")]


def _listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _lines(text: str) -> set[str]:
    """Lines as they are in every run: where the fixed ports are taken, the demo's systems find others."""
    return {re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1", line.strip()) for line in steady(text).splitlines()}


def test_the_demo_tells_the_whole_story_twice(tmp_path: Path) -> None:
    """Two sources in one table, dead letters by cause, a value down to its bytes, a sync without change."""
    at = Syncline(folder=tmp_path)
    told = at.run("demo")
    assert told.code == 0, told
    assert told.err == ""
    assert "\x1b" not in told.out
    first, table, letters, explained, second = (
        told.out.partition(title)[2]
        for title in (
            " syncline sync ",
            "One table of workers, put together from two sources",
            "syncline dead-letters list",
            "syncline explain worker E-00002 salary",
            "again: nothing changed there",
        )
    )
    assert re.search(r"hr\.workers +hr/workers +2,010 +1,989 +· +· +10 +11 ", first)
    assert re.search(r"^E-00002 +Samir +Zhang .* 1\.8796 +108\.000 +152,443\.20 USD", table, re.MULTILINE)
    assert "19 dead letters" in letters
    assert "not-a-date" in letters
    assert "✓ salary  152443.20 USD" in explained
    assert "2080 (work_hour to work_year)" in explained
    assert '"pay":{"amount":"73.29","currency":"USD","period":"hour"}' in explained
    assert "\n0 changed, " in second
    shown = README.read_text(encoding="utf-8").split("```\n")[1]
    assert _lines(shown) - _lines(told.out) == {"…"}
    project = tmp_path / "syncline-demo"
    assert server.running(lodge(project / ".syncline")) is None
    here = Syncline(folder=project)
    whole = here.json("explain", "worker", "E-00009")
    assert whole["agrees"]
    assert len(whole["fields"]) > 15
    again = at.run("demo")
    assert again.code == 0, again
    assert "5,327 changed, 19 dead letters" in again.out


def test_the_demo_leaves_another_project_alone(tmp_path: Path) -> None:
    folder = tmp_path / "syncline-demo"
    folder.mkdir()
    (folder / "syncline.yaml").write_text("project: mine\n")
    refused = Syncline(folder=tmp_path).run("demo")
    assert refused.code == 2
    assert (folder / "syncline.yaml").read_text() == "project: mine\n"


def test_serve_keeps_the_systems_up_until_it_is_stopped(tmp_path: Path) -> None:
    """``init``'s project syncs from it, and a second one is refused."""
    at = Syncline(folder=tmp_path)
    serving = at.start("demo", "--serve")
    assert serving.stdout is not None
    assert f":{FIXED.hr}" in serving.stdout.readline()
    refused = at.run("demo", "--serve")
    assert refused.code == 2
    assert "taken" in refused.err
    assert at.run("init", "mine").code == 0
    (stream,) = Syncline(folder=tmp_path / "mine").json("sync")["streams"]
    assert stream["complete"]
    assert stream["records"] == 2_010
    serving.send_signal(signal.SIGTERM)
    assert ended(serving, timeout=20).code == 0
    assert not _listening(FIXED.hr)
