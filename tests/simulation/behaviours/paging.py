"""Behaviours 13 to 19: pages that shift, and tokens that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock

from engine.fetch.guard import Guard
from engine.fetch.incremental import Windows
from engine.fetch.walk import Walk
from engine.store import staging
from tests.simulation.behaviours import Behaviour, Scene
from tests.simulation.faults import changed, replaced
from tests.simulation.serving import Reply
from tests.simulation.source import Stream

GONE = Reply(status=410, body=b'{"error": "this cursor has expired"}')


def inserts_while_paging_by_offset(scene: Scene) -> None:
    """What comes twice is one, what slipped in front comes with the next run."""
    people = scene.right(order="descending")
    scene.put(people, "a", "b", "c", "d")
    people.before(1, lambda stream: scene.put(stream, "e"))
    scene.done(pages=16)
    scene.holds()
    scene.done()
    scene.holds(clean=True, reconciled=True)


def deletes_while_paging_by_offset(scene: Scene) -> None:
    """A record that slipped through between two pages is not taken for deleted, and comes next time."""
    announced = {"type": "offset", "into": "query.offset", "total": "body.meta.total"}
    people = scene.right(order="descending", spec={"pagination": announced})
    scene.put(people, "a", "b", "c", "d", "e")
    scene.done()
    people.before(1, _erase("e"))
    scene.sync()
    assert set(scene.live()) >= {"a", "b", "c", "d"}
    scene.done()
    scene.holds(clean=True, reconciled=True)


def a_record_moves_to_a_later_page(scene: Scene) -> None:
    """It comes twice, and the newest wins."""
    people = scene.left()
    scene.put(people, "a", "b", "c", "d")
    people.before(1, lambda stream: scene.put(stream, "a", name="changed"))
    scene.done(pages=16)
    assert scene.live()["a"]["name"] == "changed"
    scene.done()
    scene.holds(clean=True)


def a_record_moves_to_an_earlier_page(scene: Scene) -> None:
    """It comes with the next run, because the watermark stands at the beginning of this one."""
    people = scene.left(order="descending", spec={"incremental": UNORDERED})
    scene.put(people, "a", "b", "c", "d", "e")
    people.before(2, lambda stream: scene.put(stream, "a", name="changed"))
    scene.done()
    assert scene.live().get("a", {}).get("name") != "changed"
    scene.done()
    scene.holds(clean=True)


def a_token_repeats(scene: Scene) -> None:
    """An error of the run, not of the watermark."""
    people = scene.left(tokens="repeat")
    scene.put(people, "a", "b", "c", "d", "e")
    assert scene.fails() == "token-repeated"
    scene.holds()
    people.manner.tokens = "fresh"
    scene.done()
    scene.holds(clean=True)


def tokens_cycle(scene: Scene) -> None:
    """The same, when the ring is longer."""
    people = scene.left(tokens="cycle")
    scene.put(people, "a", "b", "c", "d", "e", "f", "g")
    assert scene.fails() == "token-repeated"
    scene.holds()
    people.manner.tokens = "fresh"
    scene.done()
    scene.holds(clean=True)


def a_token_expires(scene: Scene) -> None:
    """The window begins again: of a run that goes on with an old token, and where a rule says so."""
    rules = [{"when": "status == `410`", "then": "restart"}]
    people = scene.left(size=1, spec={"errors": rules})
    scene.put(people, "a", "b", "c", "d")
    people.answer(2, GONE)
    scene.done()
    scene.holds(clean=True)
    scene.world.speak("left")
    scene.put(people, "e", "f", "g")
    scene.sync(crash=("raw.commit.after", 2))
    people.answer(0, GONE)
    scene.done()
    scene.holds(clean=True)


UNORDERED: Mapping[str, Any] = {
    "cursor": "updated_at",
    "start": "2020-01-01T00:00:00Z",
    "from": {"into": "query.updated_since"},
}


def _erase(key: str) -> Any:
    def erase(stream: Stream) -> None:
        stream.log.erase(key)

    return erase


def oldest_wins() -> Any:
    """Of two rows of one key in a batch the lower order key is loaded."""
    order = staging._order

    def reversed_(*given: Any) -> Any:
        return tuple(-each for each in order(*given))

    return replaced(order, reversed_)


def no_deduplication() -> Any:
    """Every row of a batch is loaded, keys twice or not."""
    winners = staging._winners

    def every(parts: Any, prefix: str, only: Any, graves: Any, *, opens: bool) -> Any:
        del only, opens
        found = winners(parts, prefix, (), graves, opens=False)
        lines = [line for part in parts for line in part.mapped.lines]
        return staging._staged(lines, prefix, found.lost, found.overtaken)

    return replaced(winners, every)


def no_moving() -> Any:
    """What the source announces may change on the way."""
    return changed("_MOVING", frozenset())


def watermark_of_the_end() -> Any:
    """The watermark is the time at which a run ends, not the one at which it began."""
    dated = Windows.dated

    def later(windows: Windows, window: Any, started: int) -> Any:
        return dated(windows, window, started + 60_000_000)

    return mock.patch.object(Windows, "dated", later)


def no_guard() -> Any:
    """Nobody remembers tokens."""
    return mock.patch.object(Guard, "turn", return_value=None)


@contextmanager
def no_restart() -> Iterator[None]:
    """What has expired has failed."""
    verb = Walk._verb

    def plain(judged: Any, *, resumed: bool) -> str:
        del resumed
        said = verb(judged, resumed=False)
        return "fail" if said == "restart" else said

    with mock.patch.object(Walk, "_verb", staticmethod(plain)):
        yield


PAGING = (
    Behaviour(13, inserts_while_paging_by_offset, no_deduplication),
    Behaviour(14, deletes_while_paging_by_offset, no_moving),
    Behaviour(15, a_record_moves_to_a_later_page, oldest_wins),
    Behaviour(16, a_record_moves_to_an_earlier_page, watermark_of_the_end),
    Behaviour(17, a_token_repeats, no_guard),
    Behaviour(18, tokens_cycle, no_guard),
    Behaviour(19, a_token_expires, no_restart),
)
