"""From nothing to canonical rows on the command line, against the live HR system."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.demo.files import write_starter
from engine.demo.hr import CANDIDATES
from engine.demo.server import DemoSystems
from engine.demo.unfit import HR
from tests.acceptance.command import Syncline

pytestmark = pytest.mark.database

COUNT = 400
"""Workers; some of them cannot become canonical."""
DEAD = sum(index <= COUNT for index in HR)


@pytest.fixture(scope="module")
def systems() -> Iterator[DemoSystems]:
    """The systems, which lose no time with refusals."""
    with DemoSystems(count=COUNT, throttle_every=0) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, database_url: str, systems: DemoSystems) -> Syncline:
    """The project that ``init`` makes, with the systems where they are and a database of its own."""
    folder = tmp_path / "project"
    write_starter(folder, ports=systems.ports)
    made = Syncline(folder=folder, database=database_url)
    made.configure()
    return made


def test_init_makes_a_project_that_validates_and_passes_its_tests(tmp_path: Path) -> None:
    at = Syncline(folder=tmp_path)
    made = at.run("init", "first")
    assert made.code == 0
    assert "syncline demo --serve" in made.out
    inside = Syncline(folder=tmp_path / "first" / "mappings")
    assert inside.json("validate")["problems"] == []
    tested = inside.json("test")
    assert (tested["passed"], tested["failed"]) == (3, 0)
    again = at.run("init", "first")
    assert again.code == 2
    assert "nothing was written" in again.err


def test_sync_makes_every_worker_canonical_once(project: Syncline) -> None:
    """What came is canonical, filtered or a dead letter; a second sync changes nothing."""
    (stream,) = project.json("sync")["streams"]
    counts = stream["mappings"]["my_hr/workers"]
    assert stream["complete"]
    assert counts["records"] == COUNT + CANDIDATES
    assert (counts["changed"], counts["filtered"], counts["dead"]) == (COUNT - DEAD, CANDIDATES, DEAD)
    again = project.json("sync", "hr.workers")
    assert sum(each["mappings"]["my_hr/workers"]["changed"] for each in again["streams"]) == 0
    (status,) = project.json("status")["streams"]
    assert (status["rows"], status["dead_letters"], status["pending"]) == (COUNT - DEAD, DEAD, 0)
    assert status["state"] == "complete"
    assert status["complete_through"] == status["watermark"] is not None
    assert status["breaker"] == "closed"


def test_what_changes_there_changes_here_and_explain_proves_it(
    project: Syncline, systems: DemoSystems
) -> None:
    contract = project.folder / "mappings" / "entities" / "worker.yaml"
    contract.write_text(f"{contract.read_text()}history: true\n")
    assert project.run("sync").code == 0
    before = project.json("show", "worker", "E-00002")
    between = dt.datetime.now(dt.UTC).isoformat()
    pay = {"amount": 61.5, "currency": "USD", "period": "hour"}
    systems.hr.update("E-00002", pay=pay)
    (stream,) = project.json("sync")["streams"]
    assert stream["mappings"]["my_hr/workers"]["changed"] == 1
    shown = project.json("show", "worker", before["id"])
    assert (shown["values"]["salary"], shown["values"]["salary_currency"]) == (127920, "USD")
    then = project.json("show", "worker", "E-00002", "--as-of", between)
    assert then["values"]["salary"] == before["values"]["salary"]
    assert project.run("show", "worker", "E-00002", "--as-of", "2020-01-01").code == 2
    explained = project.json("explain", "worker", "E-00002")
    assert explained["agrees"]
    (salary,) = [each for each in explained["fields"] if each["field"] == "salary"]
    assert then["cause"] == {"what": "response", "number": salary["response"]}
    body = project.run("raw", "show", str(salary["response"]), "--body").out.encode()
    read = {each["key"]: json.loads(body[each["start"] : each["end"]]) for each in salary["origins"]}
    assert read == {"value": 61.5, "currency": "USD", "per": "hour"}


def test_personal_data_is_shown_only_if_asked_for(project: Syncline, systems: DemoSystems) -> None:
    """Commands hide what the contract marks as personal, in values, messages and records."""
    assert project.run("sync").code == 0
    secret = systems.hr.record("E-00002")["email"].strip().lower()
    mistyped = systems.hr.update("E-00003", email="nobody at all")
    assert project.run("sync").code == 0
    letter = ["dead-letters", "show", "hr.workers", str(mistyped["id"])]
    for command in (
        ["show", "worker", "E-00002"],
        ["show", "worker", "E-00002", "--json"],
        ["explain", "worker", "E-00002"],
        ["explain", "worker", "E-00002", "--json"],
        ["dead-letters", "list"],
        letter,
    ):
        said = project.run(*command)
        assert said.code == 0, said
        assert secret not in said.out.lower()
        assert "nobody at all" not in said.out
    assert secret in project.run("show", "worker", "E-00002", "--reveal").out
    assert "nobody at all" in project.run(*letter, "--reveal").out


def test_a_dead_letter_is_tried_again_with_a_better_mapping(project: Syncline, systems: DemoSystems) -> None:
    """``retry`` needs no source: the stored response is mapped again."""
    systems.hr.update("E-00007", status="Sabbatical")
    assert project.run("sync").code == 0
    letters = project.json("dead-letters", "list", "--code", "map-miss")["dead_letters"]
    assert {each["problems"][0]["field"] for each in letters} == {"status"}
    key = letters[0]["key"]
    assert project.run("dead-letters", "retry", "hr.workers", key).code == 1
    file = project.folder / "mappings" / "my_hr" / "workers.yaml"
    file.write_text(file.read_text().replace("Left: terminated", "Left: terminated, Sabbatical: on_leave"))
    assert project.json("dead-letters", "retry", "--code", "map-miss") | {"mappings": {}} == {
        "retried": len(letters),
        "left": 0,
        "mappings": {},
    }
    assert project.json("show", "worker", key)["values"]["status"] == "on_leave"
    left = project.json("dead-letters", "list")
    assert project.json("dead-letters", "discard", "--all") == {"discarded": left["count"]}
    assert project.json("dead-letters", "list")["count"] == 0
    systems.hr.update("E-00007", status="Active")


def test_replay_makes_equal_rows_with_equal_ids(project: Syncline) -> None:
    assert project.run("sync").code == 0
    before = project.json("show", "worker", "E-00002")
    counts = project.json("replay", "--all")["mappings"]["my_hr/workers"]
    assert counts["records"] >= COUNT + CANDIDATES
    assert project.json("show", "worker", "E-00002") == before


def test_exit_codes_say_what_to_do(project: Syncline) -> None:
    """1 findings, 2 wrong files, 3 not complete, 4 database; one message each, never a traceback."""
    strict = project.run("sync", "--strict")
    assert strict.code == 1, strict
    mapping = project.folder / "mappings" / "my_hr" / "workers.yaml"
    good = mapping.read_text()
    mapping.write_text(good.replace("hired_on: hired_on", "hired_onn: hired_on"))
    for command in ("validate", "sync"):
        broken = project.run(command)
        assert broken.code == 2, broken
        assert "mappings/my_hr/workers.yaml:11:3" in broken.out + broken.err
        assert "hired_on" in broken.out + broken.err
    assert project.run("sync", "--json").json["error"]["problems"][0]["code"] == "unknown-field"
    mapping.write_text(good)
    cases = project.folder / "mappings" / "my_hr" / "workers.test.yaml"
    cases.write_text(cases.read_text().replace("height: 1.8034", "height: 1.9"))
    failed = project.run("test")
    assert failed.code == 1
    assert "height: expected 1.9, got 1.8034" in failed.out
    (project.folder / "secrets" / "hr_client_secret").write_text("wrong")
    refused = project.run("sync")
    assert refused.code == 3, refused
    assert "hr.workers" in refused.err
    (project.folder / "secrets" / "hr_client_secret").unlink()
    missing = project.run("sync")
    assert missing.code == 2, missing
    away = project.run("status", SYNCLINE_DATABASE="postgresql://nobody@127.0.0.1:1/nowhere")
    assert away.code == 4, away
    for each in (strict, failed, refused, missing, away):
        assert "Traceback" not in each.err


def test_a_pipe_hears_results_and_nothing_else(project: Syncline) -> None:
    """No colour, no progress, no notes."""
    for command in (["sync"], ["status"], ["show", "worker", "E-00002"]):
        said = project.run(*command)
        assert said.code == 0, said
        assert "\x1b" not in said.out
        assert said.err == "", command


def test_the_project_may_be_named_before_and_after_the_command(project: Syncline, tmp_path: Path) -> None:
    elsewhere = Syncline(folder=tmp_path, database=project.database)
    for arguments in (
        ["--project", "project", "--json", "status"],
        ["status", "--json", "--project", "project"],
    ):
        assert [each["stream"] for each in elsewhere.run(*arguments).json["streams"]] == ["hr.workers"]
