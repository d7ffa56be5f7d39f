"""Behaviours 23 to 30: stale pages, deletes and returns, and versions of one record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from engine.fetch import reading
from engine.fetch.deletes.enumeration import Absence, Enumeration
from engine.fetch.reading import Reader
from engine.records.received import NO_VERSION
from engine.store.statements import Statements
from tests.simulation.behaviours import Behaviour, Scene
from tests.simulation.behaviours.paging import oldest_wins
from tests.simulation.faults import replaced
from tests.simulation.serving import Reply
from tests.simulation.source import Stream

CAUTIOUS = {"deletes": {"type": "enumeration", "limit": "10%"}}
CUT = Reply(status=503, body=b"busy")


def a_stale_replica(scene: Scene) -> None:
    """What a replica says that lags behind never overwrites what is known."""
    people = scene.left()
    scene.put(people, "a")
    scene.put(people, "a", name="changed")
    scene.done()
    people.lag = 1
    scene.done(full=True)
    assert scene.live()["a"]["name"] == "changed"
    scene.holds()


def pages_of_different_age(scene: Scene) -> None:
    """What is missing from pages of an old replica is not taken for deleted."""
    people = scene.right(spec=CAUTIOUS)
    scene.put(people, "a", "b", "c", "d", "e", "f")
    scene.done()
    people.before(1, _lag(2))
    scene.sync()
    assert set(scene.live()) == set("abcdef")
    people.lag = 0
    scene.done()
    scene.holds(clean=True, reconciled=True)


def a_return_with_an_older_time(scene: Scene) -> None:
    """Deleted, and created again with a time before that: it speaks again."""
    people = scene.right()
    scene.put(people, "a", "b", "c", tick=100)
    scene.done()
    people.log.erase("a")
    scene.clock.tick(1)
    scene.done()
    assert set(scene.live()) == {"b", "c"}
    scene.put(people, "a", late=5000, name="again")
    scene.done()
    assert scene.live().get("a", {}).get("name") == "again"
    scene.holds(clean=True, reconciled=True)


def an_enumeration_cut_by_an_error(scene: Scene) -> None:
    """Nothing is deleted."""
    people = scene.right()
    scene.put(people, "a", "b", "c", "d")
    scene.done()
    people.answer(1, CUT)
    scene.fails()
    assert set(scene.live()) == set("abcd")
    scene.holds()


def an_enumeration_of_nothing(scene: Scene) -> None:
    """200 and not a single record: nothing is deleted, and the run says why."""
    people = scene.right()
    scene.put(people, "a", "b", "c", "d")
    scene.done()
    people.answer(0, Reply(body=b'{"data": [], "meta": {}}'))
    report = scene.done()
    assert set(scene.live()) == set("abcd")
    assert report.deletions is not None
    assert report.deletions.verdict.code == "nothing-came"
    scene.holds()


def a_key_changes_its_form(scene: Scene) -> None:
    """A number and its text are one key; case and space where the connector says so."""
    people = scene.left()
    scene.put(people, "n", id=17)
    scene.put(people, "n", id="17", name="changed")
    scene.done()
    assert {key: each["name"] for key, each in scene.live().items()} == {"17": "changed"}
    scene.world.speak("left", key="lower(trim(id))")
    scene.put(people, "a", id="A1")
    scene.put(people, "a", id=" a1 ", name="changed")
    scene.done()
    assert scene.live()["a1"]["name"] == "changed"
    assert set(scene.live()) == {"17", "a1"}


def one_key_twice_in_a_page(scene: Scene) -> None:
    """The later place wins, every time."""
    people = scene.left()
    same = {"id": "a", "updated_at": "2026-01-01T12:00:00Z", "deleted": False}
    page = {"data": [same | {"name": "first"}, same | {"name": "second"}], "meta": {}}
    people.answer(0, Reply(body=json.dumps(page).encode()))
    scene.done()
    assert scene.live()["a"]["name"] == "second"
    scene.holds()


def one_version_with_another_payload(scene: Scene) -> None:
    """The later request wins, and the ledger counts it as changed."""
    people = scene.left()
    scene.put(people, "a", tick=0)
    scene.done()
    scene.put(people, "a", tick=0, name="changed")
    report = scene.done()
    assert scene.live()["a"]["name"] == "changed"
    assert report.counts["left/people"].changed == 1
    scene.holds(clean=True)


def _lag(commits: int) -> Any:
    def lag(stream: Stream) -> None:
        stream.lag = commits

    return lag


def no_versions() -> Any:
    """What was asked for last is newest."""

    def none(_: Reader, records: Any) -> Any:
        return [NO_VERSION] * len(records), 0

    return mock.patch.object(Reader, "_versions", none)


def absence_is_deletion() -> Any:
    """Whatever is not found is deleted."""
    return mock.patch.object(Enumeration, "judge", return_value=Absence(allowed=True))


@contextmanager
def no_incarnations() -> Iterator[None]:
    """A return is a version like any other."""
    resolve = Statements.resolve

    def plain(texts: Statements, *, buried: bool, rebuild: bool) -> str:
        del buried
        return resolve(texts, buried=False, rebuild=rebuild)

    with mock.patch.object(Statements, "resolve", plain):
        yield


def keys_as_they_come() -> Any:
    """A number and its text are two keys."""

    def written(_: Reader, records: Any, *__: Any) -> list[str]:
        return [json.dumps(each["id"]) for each in records]

    return mock.patch.object(Reader, "_keys", written)


def blind_hashes() -> Any:
    """Whatever a record says, it looks the same."""

    def same(_: int) -> int:
        return 7

    return replaced(reading._signed, same)


VERSIONS = (
    Behaviour(23, a_stale_replica, no_versions),
    Behaviour(24, pages_of_different_age, absence_is_deletion),
    Behaviour(25, a_return_with_an_older_time, no_incarnations),
    Behaviour(26, an_enumeration_cut_by_an_error, absence_is_deletion),
    Behaviour(27, an_enumeration_of_nothing, absence_is_deletion),
    Behaviour(28, a_key_changes_its_form, keys_as_they_come),
    Behaviour(29, one_key_twice_in_a_page, oldest_wins),
    Behaviour(30, one_version_with_another_payload, blind_hashes),
)
