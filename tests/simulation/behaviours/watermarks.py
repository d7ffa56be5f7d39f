"""Behaviours 1 to 4, 7, 8, 11 and 12: what cursors say, and what a watermark may believe of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from engine.fetch.guard import Guard
from engine.fetch.incremental import Window, Windows
from engine.fetch.order import Order
from engine.records.received import Watermark
from tests.simulation.behaviours import Behaviour, Scene
from tests.simulation.commits import NOON, SECOND
from tests.simulation.seeded_bugs import open_lower_bound

INCREMENTAL = {
    "cursor": "updated_at",
    "start": "2020-01-01T00:00:00Z",
    "from": {"into": "query.updated_since"},
    "order": "ascending",
}


def ties_across_a_page_boundary(scene: Scene) -> None:
    """Paging by the time alone passes over ties: a loud error, not a quiet loss."""
    people = scene.left(by_value=True)
    scene.put(people, "a", "b", "c", tick=0)
    scene.put(people, "d")
    assert scene.fails() == "cursor-plateau"
    scene.holds()


def the_current_time_once_more(scene: Scene) -> None:
    """A record with the watermark's own time, committed after we passed it, comes with the next run."""
    people = scene.left()
    scene.put(people, "a", tick=0)
    scene.done()
    scene.put(people, "b", tick=0)
    scene.done()
    scene.holds(clean=True)


def late_by_less_than_the_lookback(scene: Scene) -> None:
    """What was committed late, within the lookback, comes with the next run."""
    people = scene.left(spec={"incremental": INCREMENTAL | {"lookback": "10s"}})
    scene.put(people, "a", tick=20)
    scene.done()
    scene.put(people, "b", late=5)
    scene.done()
    assert set(scene.live()) == {"a", "b"}
    scene.holds(clean=True)


def late_by_more_than_the_lookback(scene: Scene) -> None:
    """What was committed later than that comes with a run that reads everything, which reports it."""
    people = scene.left(spec={"incremental": INCREMENTAL | {"lookback": "10s"}})
    scene.put(people, "a", tick=100)
    scene.done()
    scene.put(people, "b", late=60)
    scene.done()
    assert set(scene.live()) == {"a"}
    assert scene.done(full=True).missed == 1
    scene.holds(clean=True, reconciled=True)


def a_record_from_the_year_2099(scene: Scene) -> None:
    """It is kept, and does not carry the watermark away: the next run still asks for today."""
    people = scene.left(size=1)
    scene.put(people, "a")
    people.log.commit("z", {"name": "z"}, cursor=NOON + 2_300_000_000 * SECOND)
    scene.done()
    scene.holds(clean=True)
    scene.put(people, "b")
    scene.done()
    scene.holds(clean=True)


def a_cursor_that_nobody_can_read(scene: Scene) -> None:
    """The record is kept, and says nothing of how far its page was read."""
    people = scene.left(size=1)
    scene.put(people, "a")
    scene.put(people, "b", updated_at="soon")
    scene.put(people, "c", updated_at=None)
    scene.put(people, "d")
    scene.sync(crash=("raw.commit.after", 3))
    scene.holds()
    scene.done()
    scene.holds(clean=True)


def unordered_though_declared_ascending(scene: Scene) -> None:
    """It is noticed, and the watermark waits for the end of the window."""
    people = scene.left(order="descending")
    scene.put(people, "a", "b", "c", "d", "e")
    scene.sync(crash=("raw.commit.after", 1))
    scene.holds()
    scene.done()
    scene.done(full=True)
    scene.holds(clean=True)


def descending(scene: Scene) -> None:
    """The watermark moves at the end only."""
    people = scene.left(order="descending", spec={"incremental": INCREMENTAL | {"order": "descending"}})
    scene.put(people, "a", "b", "c", "d", "e")
    scene.sync(crash=("raw.commit.after", 1))
    scene.holds()
    scene.done()
    scene.holds(clean=True)


def no_ties() -> Any:
    """Nobody looks at ties."""
    return mock.patch.object(Guard, "ties", return_value=None)


def no_lookback() -> Any:
    """A window begins at the watermark itself."""
    return mock.patch.object(Windows, "_back", lambda _, mark: mark)


def never_full() -> Any:
    """A run that is to read everything begins at the watermark all the same."""
    plan = Windows.plan

    def short(windows: Windows, *given: Any, full: bool = False, **more: Any) -> Any:
        return plan(windows, *given, **more)

    return mock.patch.object(Windows, "plan", short)


def largest_seen() -> Any:
    """The watermark is the largest cursor that came."""

    def watermark(windows: Windows, window: Window, largest: int | None) -> Watermark | None:
        point = largest if largest is not None else window.upper
        return None if point is None else Watermark(value=windows.canonical(point), type="timestamp")

    return mock.patch.object(Windows, "watermark", watermark)


def unreadable_is_now() -> Any:
    """A cursor that nobody can read stands for the largest there is."""
    read = Order.read

    def eager(order: Order, value: Any) -> Any:
        point = read(order, value)
        return 2**52 if point is None else point

    return mock.patch.object(Order, "read", eager)


@contextmanager
def blind_to_order() -> Iterator[None]:
    """Everything ascends, whatever comes."""
    observe = Order.observe

    def trusting(order: Order, values: Any) -> None:
        order._ascending = True
        observe(order, values)
        order.broken = False

    with mock.patch.object(Order, "observe", trusting):
        yield


WATERMARKS = (
    Behaviour(1, ties_across_a_page_boundary, no_ties),
    Behaviour(2, the_current_time_once_more, open_lower_bound),
    Behaviour(3, late_by_less_than_the_lookback, no_lookback),
    Behaviour(4, late_by_more_than_the_lookback, never_full),
    Behaviour(7, a_record_from_the_year_2099, largest_seen),
    Behaviour(8, a_cursor_that_nobody_can_read, unreadable_is_now),
    Behaviour(11, unordered_though_declared_ascending, blind_to_order),
    Behaviour(12, descending, blind_to_order),
)
