"""The demo tells the whole story in an empty folder, and leaves nothing running."""

from __future__ import annotations

import itertools
import re
import signal
from dataclasses import astuple
from pathlib import Path

import pytest

from docs.typed import steady
from engine.demo.server import FIXED
from engine.store import server
from engine.store.lodging import lodge
from tests.acceptance.command import Syncline, ended
from tests.acceptance.conftest import listening

PAYROLL = {
    f"payroll.{name}"
    for name in ("workers", "invoices", "accounts", "bookings", "payers", "payments", "vendors")
}

README = Path(__file__).parents[2] / "README.md"

pytestmark = [pytest.mark.database, pytest.mark.xdist_group("demo")]


def _lines(text: str) -> set[str]:
    """Lines as they are in every run: where the fixed ports are taken, the demo's systems find others."""
    return {re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1", line.strip()) for line in steady(text).splitlines()}


def _scenes(out: str) -> list[str]:
    """What each scene shows, by its title and what it tells."""
    titles = (
        "Three live systems, and a project that reads them",
        "payroll goes down after 5 pages; the others go on",
        "says the same, to whoever asks later",
        "payroll is back: what is missing is fetched, and nothing twice",
        "One table of workers, put together from three sources",
        "a list in a record becomes rows: exact money, tax, references",
        "what does not fit is refused with its cause, never guessed",
        "the next day: three people, two systems",
        "three sources say it, one is right",
        "down to the bytes of the response",
        "once more: nothing changed there, nothing changes here",
        "Go on",
    )
    out = "".join(f"{line.rstrip()}\n" for line in out.splitlines())
    places = [out.index(each) for each in titles]
    assert places == sorted(places)
    return [out[start:end] for start, end in itertools.pairwise([*places, len(out)])]


@pytest.mark.timeout(600)
def test_the_demo_tells_the_whole_story_twice(tmp_path: Path) -> None:
    """Three sources in one table, an outage, dead letters by cause, a value down to its bytes."""
    at = Syncline(folder=tmp_path)
    told = ended(at.start("demo"), timeout=280)
    assert told.code == 0, told
    assert "\x1b" not in told.out
    _, down, status, back, table, invoice, letters, day, name, salary, again, _ = _scenes(told.out)
    _outage(down, status, back, told.err)
    assert re.search(r"^E-00002 +Samir +Zhang .* 1\.8796 +108\.000 +152,443\.20 USD", table, re.MULTILINE)
    assert re.search(r"^ +40 +Electricity +3 +-669\.66 +EUR +-127\.24 +19% +004015", invoice, re.MULTILINE)
    assert "36 dead letters of 15 kinds" in letters
    _next_day(table, day)
    assert "over        hr.workers 100002  Zhang\n" in name
    assert "over        payroll.workers P000002  ZHANG\n" in name
    assert "because     the policy prefers directory before hr before payroll" in name
    assert "✓ salary  152443.20 USD" in salary
    assert "2080 (work_hour to work_year)" in salary
    assert '"pay":{"amount":"73.29","currency":"USD","period":"hour"}' in salary
    assert re.search(r"^0 changed, ", again, re.MULTILINE)
    shown = README.read_text(encoding="utf-8").split("```\n")[1]
    assert _lines(shown) - _lines(told.out) == {"…"}
    project = tmp_path / "syncline-demo"
    assert server.running(lodge(project / ".syncline")) is None
    here = Syncline(folder=project)
    whole = here.json("explain", "worker", "E-00009")
    assert whole["agrees"]
    assert len(whole["fields"]) > 15
    (gone,) = whole["ended"]
    assert (gone["stream"], gone["how"]) == ("directory.users", "marked")
    _joined(here)
    once_more = ended(at.start("demo"), timeout=280)
    assert once_more.code == 0, once_more
    assert "36 dead letters of 15 kinds" in once_more.out


def _joined(here: Syncline) -> None:
    """By a link whom no address joins any more; by their LEI and their code what has no number in common."""
    (link,) = here.json("explain", "worker", "E-00050")["links"]
    assert (link["to"], link["to_key"], link["meets"]) == ("hr.workers", "100050", "here")
    shown = here.json("show", "worker", "E-00050", "--reveal")
    assert [each["stream"] for each in shown["records"]] == [
        "hr.workers",
        "payroll.workers",
        "directory.users",
    ]
    assert shown["values"]["work_email"] == "contact50@example.com"
    company = here.json("show", "legal_entity", "EX-PT")
    assert [each["stream"] for each in company["records"]] == ["hr.companies", "payroll.payers"]
    unit = here.json("show", "org_unit", "PAYR")
    assert [each["stream"] for each in unit["records"]] == ["hr.departments", "directory.groups"]
    assert unit["values"]["cost_center"] == here.json("show", "cost_center", "004008")["id"]
    letters = here.json("dead-letters", "list", "--code", "lines-broken")["dead_letters"]
    assert [each["key"] for each in letters] == ["J00057"]


def _outage(down: str, status: str, back: str, said: str) -> None:
    """The others go on; the run and the status say what is not complete; the missing part is fetched."""
    assert re.search(r"hr\.workers +hr/workers +2,010 +1,989 +· +· +10 +11 ", down)
    assert re.search(r"payroll/workers +1,000 ", down)
    assert re.search(r"directory\.users +directory/users +2,012 ", down)
    (missing,) = re.findall(r"^not complete: (.*)\. What came", down, re.MULTILINE)
    assert set(missing.split(", ")) == PAYROLL
    assert re.search(r"^payroll\.workers: .* \[(http-status|circuit-open)\]$", said, re.MULTILINE)
    assert set(re.findall(r"^(\S+) +failed ", status, re.MULTILINE)) == PAYROLL
    assert re.search(r"^payroll\.workers .* (half )?open$", status, re.MULTILINE)
    assert re.search(r"payroll/workers +1,000 ", back)
    assert "not complete" not in back
    asked = re.findall(r"GET (\S+?)\?(\w+)=([\d ]+)", back)
    assert {path: sorted(map(int, places.split())) for path, _, places in asked} == {
        "/api/workers": [1000, 1200, 1400, 1600, 1800],
        "/api/invoices": [1, 2, 3, 4],
        "/api/bookings": [1, 2],
        "/api/payments": [1, 2],
    }


def _next_day(table: str, day: str) -> None:
    """Only what changed changes; a mended letter joins three records into one worker."""
    assert re.search(r"^3 changed, ", day, re.MULTILINE)
    assert re.search(r"^e-00052 +Noor +MBEKI +2009-09-14 ", table, re.MULTILINE)
    assert re.search(r"^E-00052 +Noor +Mbeki +\w+ +2021-02-28 +1\.6256 +98\.656 ", day, re.MULTILINE)
    assert re.search(r"^E-00002 +Samir +Zhang-Rossi ", day, re.MULTILINE)
    assert "36 dead letters before, 35 now" in day


def test_the_demo_leaves_another_project_alone(tmp_path: Path) -> None:
    folder = tmp_path / "syncline-demo"
    folder.mkdir()
    (folder / "syncline.yaml").write_text("project: mine\n")
    refused = Syncline(folder=tmp_path).run("demo")
    assert refused.code == 2
    assert (folder / "syncline.yaml").read_text() == "project: mine\n"


@pytest.mark.usefixtures("fixed_ports")
def test_serve_keeps_the_systems_up_until_it_is_stopped(tmp_path: Path) -> None:
    """``init``'s project syncs from it, and a second one is refused."""
    at = Syncline(folder=tmp_path)
    serving = at.start("demo", "--serve")
    assert serving.stdout is not None
    said = "".join(serving.stdout.readline() for _ in range(3))
    if serving.poll() is not None:
        raise AssertionError(ended(serving))
    assert all(f":{port}" in said for port in astuple(FIXED))
    refused = at.run("demo", "--serve")
    assert refused.code == 2
    assert "taken" in refused.err
    assert at.run("init", "mine").code == 0
    (stream,) = Syncline(folder=tmp_path / "mine").json("sync")["streams"]
    assert stream["complete"]
    assert stream["records"] == 2_010
    serving.send_signal(signal.SIGTERM)
    assert ended(serving, timeout=20).code == 0
    assert not any(map(listening, astuple(FIXED)))
