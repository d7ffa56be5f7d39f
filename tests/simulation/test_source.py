"""The simulated source does what its manner says, over a real socket."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulation.serving import Reply, Server
from tests.simulation.source import Stream, System

NAME = "left/people"


@pytest.fixture
def system() -> Iterator[tuple[System, Server]]:
    """A system without streams, served."""
    made = System()
    with Server(made.respond) as server:
        yield made, server


def _ask(server: Server, query: str = "") -> Any:
    with urllib.request.urlopen(f"{server.address}/{NAME}?{query}") as answer:  # noqa: S310 # a loopback URL
        return json.load(answer)


def _walk(server: Server) -> list[str]:
    keys, query = [], ""
    while True:
        page = _ask(server, query)
        keys += [each["id"] for each in page["data"]]
        if not page["meta"]["next"]:
            return keys
        query = f"cursor={page['meta']['next']}"


def _filled(system: System, **manner: Any) -> Stream:
    stream = system.stream(NAME, **manner)
    for key in "abcde":
        stream.log.commit(key, {"name": key})
        system.clock.tick(1)
    return stream


@pytest.mark.parametrize("order", ["ascending", "descending", "shuffled"])
def test_cursors_lead_to_every_record_once(system: tuple[System, Server], order: str) -> None:
    """In whatever order, ties and all."""
    stream = _filled(system[0], size=2, order=order)
    stream.log.commit("f", {}, cursor=stream.log.versions[0].cursor)
    assert sorted(_walk(system[1])) == list("abcdef")


def test_paging_by_the_time_alone_loses_ties(system: tuple[System, Server]) -> None:
    """As such sources do."""
    stream = system[0].stream(NAME, size=2, by_value=True)
    for key in "abc":
        stream.log.commit(key, {})
    assert _walk(system[1]) == ["a", "b"]


def test_an_offset_shifts_when_something_goes(system: tuple[System, Server]) -> None:
    """The third record slips to the first page between two requests."""
    stream = _filled(system[0], size=2, paging="offset")
    stream.before(1, lambda each: each.log.erase("a"))
    first, second = _ask(system[1], "offset=0"), _ask(system[1], "offset=2")
    assert [each["id"] for each in first["data"] + second["data"]] == list("abde")


def test_a_window_is_heeded(system: tuple[System, Server]) -> None:
    """Its lower end is included."""
    _filled(system[0], size=9)
    page = _ask(system[1], "updated_since=2026-01-01T12:00:03Z")
    assert [each["id"] for each in page["data"]] == ["d", "e"]


def test_a_stale_replica_hides_what_is_new(system: tuple[System, Server]) -> None:
    """The last commits are not seen there."""
    stream = _filled(system[0], size=9)
    stream.lag = 2
    assert [each["id"] for each in _ask(system[1])["data"]] == ["a", "b", "c"]


def test_records_without_a_time_say_the_same_to_the_byte(system: tuple[System, Server]) -> None:
    """Nothing tells what is said again from what was said before."""
    stream = system[0].stream(NAME, dated=False)
    said = []
    for name in ("here", "there", "here"):
        stream.log.commit("a", {"name": name})
        system[0].clock.tick(1)
        said.append(_ask(system[1]))
    assert said[0] == said[2] != said[1]
    assert said[0]["data"] == [{"id": "a", "deleted": False, "name": "here"}]
    assert len(stream.sent) == 2


def test_a_script_answers_in_place_of_the_page(system: tuple[System, Server]) -> None:
    """Once, at its turn."""
    stream = _filled(system[0], size=9)
    stream.answer(0, Reply(status=503, body=b"busy"))
    with pytest.raises(urllib.error.HTTPError) as error:
        _ask(system[1])
    error.value.close()
    assert len(_ask(system[1])["data"]) == 5
