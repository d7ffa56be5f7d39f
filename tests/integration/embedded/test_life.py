"""The project's own PostgreSQL is up while somebody uses it, and down after."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.store import server
from engine.store.embedded import Embedded
from engine.store.lodging import lodge
from tests.integration.embedded.conftest import Process, postmaster, runs

pytestmark = pytest.mark.database


def test_one_killed_the_other_ended_the_server_is_stopped(state: Path, start: Callable[[], Process]) -> None:
    first, second = start(), start()
    assert first.ready() == second.ready()
    first.kill()
    assert runs(state)
    second.leave()
    assert not runs(state)


def test_both_killed_the_next_one_adopts_it_and_stops_it(state: Path, start: Callable[[], Process]) -> None:
    first, second = start(), start()
    url = first.ready()
    assert second.ready() == url
    pid = postmaster(state)
    first.kill()
    second.kill()
    assert runs(state)
    third = start()
    assert third.ready() == url
    assert postmaster(state) == pid
    third.leave()
    assert not runs(state)


def test_the_last_of_many_that_come_and_go_at_once_stops_it(
    state: Path, start: Callable[[], Process]
) -> None:
    processes = [start() for _ in range(4)]
    urls = {each.ready() for each in processes}
    assert len(urls) == 1
    threads = [threading.Thread(target=each.leave) for each in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.process.returncode for each in processes] == [0] * 4
    assert not runs(state)


def test_kept_it_stays_until_it_is_released(state: Path) -> None:
    embedded = Embedded(state, say=print)
    embedded.use()
    embedded.keep()
    embedded.leave()
    assert runs(state)
    embedded.use()
    assert embedded.release() is False, "somebody uses it"
    assert runs(state)
    embedded.leave()
    assert not runs(state)


def test_its_url_lasts_until_somebody_takes_the_path(state: Path) -> None:
    embedded = Embedded(state, say=print)
    embedded.use()
    url, sockets = embedded.url, server.running(lodge(state))
    assert sockets is not None
    embedded.leave()
    embedded.use()
    assert embedded.url == url
    embedded.leave()
    sockets.mkdir()
    try:
        embedded.use()
        assert embedded.url != url
        embedded.leave()
    finally:
        sockets.rmdir()
