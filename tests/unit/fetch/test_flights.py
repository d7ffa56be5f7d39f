"""Pages are asked for side by side and taken in order; what was foreseen wrongly does no harm."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from engine.fetch.exchange import Prepared
from engine.fetch.step import Step
from tests.unit.fetch.script import Scripted, walked
from tests.unit.fetch.streams import connector_of

OFFSET = """
path: /things
records: data
key: id
pagination: {type: offset, into: query.offset, size: {into: query.limit, value: 10}, total: body.total}
"""
LAST = """
path: /things
records: data
key: id
pagination: {type: page, into: query.page, last: body.last}
"""

Said = Mapping[str, Any]


def asked(prepared: Prepared, name: str) -> int:
    return int(dict(prepared.query)[name])


def walk(keys: str, answer: Callable[[Prepared], Said], flights: int) -> tuple[list[Step], Any, Scripted]:
    connector = connector_of(keys)
    sender = Scripted(connector, answer)
    steps, error = walked(sender, connector.stream("things"), flights=flights)
    return steps, error, sender


def keys(steps: list[Step]) -> list[str | None]:
    return [key for step in steps for key in step.reading.keys]


def ten(first: int, total: int) -> Said:
    return {"body": {"data": [{"id": n} for n in range(first, min(first + 10, total))], "total": total}}


@pytest.mark.parametrize(
    ("keys_", "name", "first", "size"), [(OFFSET, "offset", 0, 10), (LAST, "page", 1, 1)]
)
def test_as_many_pages_as_are_allowed_are_on_their_way_at_once(
    keys_: str, name: str, first: int, size: int
) -> None:
    together = threading.Barrier(3, timeout=20)  # breaks, and fails the walk, where fewer come

    def answer(prepared: Prepared) -> Said:
        at = (asked(prepared, name) - first) // size
        if 1 <= at <= 3:
            together.wait()
        return {"body": {"data": [{"id": at * 10 + n} for n in range(10)], "total": 60, "last": 6}}

    steps, error, sender = walk(keys_, answer, 3)
    assert error is None
    assert keys(steps) == [str(n) for n in range(60)]
    assert [step.position for step in steps] == [1, 2, 3, 4, 5, 6]
    assert sorted(asked(each, name) for each in sender.asked) == [first + n * size for n in range(6)]


def test_no_more_are_on_their_way_than_allowed() -> None:
    flying, most, lock = 0, 0, threading.Lock()
    pair = threading.Barrier(2, timeout=20)

    def answer(prepared: Prepared) -> Said:
        nonlocal flying, most
        with lock:
            flying += 1
            most = max(most, flying)
        if asked(prepared, "offset"):
            pair.wait()
        with lock:
            flying -= 1
        return ten(asked(prepared, "offset"), 90)

    steps, error, _ = walk(OFFSET, answer, 2)
    assert error is None
    assert len(keys(steps)) == 90
    assert most == 2


def test_one_at_a_time_asks_for_nothing_ahead() -> None:
    order: list[int] = []

    def answer(prepared: Prepared) -> Said:
        order.append(asked(prepared, "offset"))
        assert threading.current_thread() is threading.main_thread()
        return ten(order[-1], 50)

    steps, error, _ = walk(OFFSET, answer, 1)
    assert error is None
    assert order == [0, 10, 20, 30, 40]
    assert len(keys(steps)) == 50


def test_a_page_of_another_length_ends_the_foresight_and_loses_nothing() -> None:
    """A source that hides records from some pages: the offset moves by what came."""

    def answer(prepared: Prepared) -> Said:
        offset = asked(prepared, "offset")
        many = 7 if offset == 10 else 10
        return {"body": {"data": [{"id": n} for n in range(offset, min(offset + many, 60))], "total": 60}}

    steps, error, sender = walk(OFFSET, answer, 4)
    assert error is None
    assert keys(steps) == [str(n) for n in range(60)]
    assert len(sender.asked) <= 7 + 3  # none is sent on a foresight that has shown itself wrong


def test_an_error_ahead_of_an_early_end_is_nobodys() -> None:
    """The total shrank: pages beyond the end fail, and nobody asked for them."""

    def answer(prepared: Prepared) -> Said:
        offset = asked(prepared, "offset")
        if offset == 0:
            return ten(0, 50)
        return ten(offset, 20) if offset < 20 else {"status": 400, "body": {}}

    steps, error, _ = walk(OFFSET, answer, 4)
    assert error is None
    assert keys(steps) == [str(n) for n in range(20)]
    assert "total-moved" in steps[-1].notes


def test_an_error_in_flight_comes_after_the_pages_before_it() -> None:
    def answer(prepared: Prepared) -> Said:
        offset = asked(prepared, "offset")
        return {"status": 500, "body": {}} if offset == 20 else ten(offset, 60)

    steps, error, _ = walk(OFFSET, answer, 4)
    assert error is not None
    assert error.code == "http-status"
    assert keys(steps) == [str(n) for n in range(20)]
    assert steps[-1].then == "failed"


def test_without_a_total_every_page_is_awaited() -> None:
    def answer(prepared: Prepared) -> Said:
        body = ten(asked(prepared, "offset"), 35)["body"]
        return {"body": {"data": body["data"]}}

    steps, _, sender = walk(OFFSET, answer, 4)
    assert [asked(each, "offset") for each in sender.asked] == [0, 10, 20, 30, 35]
    assert len(keys(steps)) == 35
