"""The project's own PostgreSQL on the command line."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from engine.demo.files import write_starter
from engine.demo.server import DemoSystems
from engine.store import migrate, server
from engine.store.embedded import Embedded
from engine.store.lodging import lodge
from tests.acceptance.command import Syncline, ended

pytestmark = pytest.mark.database


@pytest.fixture
def systems() -> Iterator[DemoSystems]:
    """The systems, whose HR keeps everybody waiting after the first few pages."""
    with DemoSystems(count=900, throttle_every=4, retry_after=2) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, systems: DemoSystems) -> Iterator[Syncline]:
    """The starter project with an embedded database; nothing of it keeps running."""
    write_starter(tmp_path, ports=systems.ports)
    yield Syncline(folder=tmp_path)
    if (tmp_path / ".syncline").exists():
        Embedded(tmp_path / ".syncline", say=print).release()


def _runs(project: Syncline) -> bool:
    return server.running(lodge(project.folder / ".syncline")) is not None


def test_it_is_up_from_start_to_stop(project: Syncline) -> None:
    started = project.json("database", "start")
    assert started["up"]
    assert project.json("database", "url") == {"url": started["url"], "embedded": True}
    with psycopg.connect(started["url"]) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert project.run("database", "migrate").code == 0
    asked = project.run("database", "shell", "--", "-Atc", "SELECT count(*) FROM syncline.run")
    assert (asked.code, asked.out) == (0, "0\n")
    assert _runs(project)
    assert project.json("database", "stop") == {"up": False}
    assert not _runs(project)


def test_tables_go_back_to_an_older_revision_and_up_again(tmp_path: Path, database_url: str) -> None:
    write_starter(tmp_path)
    project = Syncline(folder=tmp_path, database=database_url)
    project.configure()
    for revision in ("0001", migrate.HEAD):
        assert project.json("database", "migrate", "--to", revision) == {"revision": revision}
        with psycopg.connect(database_url) as connection:
            assert migrate.revision(connection) == revision
    refused = project.run("database", "migrate", "--to", "12")
    assert refused.code == 2
    assert "there is no revision 12: the tables can be at 0001" in refused.err


def test_a_command_that_needs_tables_says_how_to_make_them(project: Syncline) -> None:
    refused = project.run("raw", "list")
    assert refused.code == 4
    assert "syncline database migrate" in refused.err


def test_a_database_by_url_is_not_ours_to_stop(tmp_path: Path, database_url: str) -> None:
    write_starter(tmp_path)
    project = Syncline(folder=tmp_path, database=database_url)
    project.configure()
    assert project.run("database", "url").out.strip() == database_url
    for command in ("start", "stop"):
        assert project.run("database", command).code == 2


def test_two_syncs_at_once_one_killed_the_other_ended_the_server_stops(
    project: Syncline, systems: DemoSystems
) -> None:
    """The second finds the stream held; whoever is killed, the last to end stops the server."""
    first = project.start("sync")
    while not any(line.status == 429 for line in systems.hr.log):  # it holds its stream, and waits
        assert first.poll() is None
    second = project.start("sync", "--json")
    held = ended(second)
    assert held.code == 3, held
    assert held.json["streams"][0]["held"]
    assert _runs(project)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert _runs(project)
    status = project.json("status")
    assert status["streams"][0]["stream"] == "hr.workers"
    assert not _runs(project)
    done = project.json("sync", code=0)
    assert done["complete"]
    assert not _runs(project)
