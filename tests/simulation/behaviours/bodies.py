"""Behaviours 33, 34 and 38: bodies that are no pages, half a page, or a page of hostile values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from engine.fetch.reading import Reader, Reading, nothing
from engine.records.received import Fault, Verdict
from tests.simulation.behaviours import Behaviour, Scene
from tests.simulation.serving import Reply

GOOD = b'{"id": "%s", "updated_at": "2026-01-01T12:00:00Z", "deleted": false, "name": %s, "age": %s}'


def two_hundred_that_is_no_page(scene: Scene) -> None:
    """A login page or an error under 200: kept, the run fails, the watermark stands still."""
    people = scene.left()
    scene.put(people, "a", "b", "c")
    pages = (
        (b"<!doctype html><html><body>Log in</body></html>", "text/html"),
        (b'{"errors": [{"message": "not today"}]}', "application/json"),
        (b'{"data": null, "errors": [{"message": "not today"}]}', "application/json"),
        (b"", "application/json"),
    )
    for count, (body, media) in enumerate(pages, start=1):
        people.answer(0, Reply(body=body, media=media))
        scene.fails()
        state = scene.world.checker.look()
        assert [each.verdict for each in state.responses] == [2] * count
        assert state.responses[-1].body == body
        assert scene.watermark(people) is None
        scene.holds()
    scene.done()
    scene.holds(clean=True)


def half_a_page(scene: Scene) -> None:
    """A body that breaks off, in the middle of a character or not, is never read as complete."""
    people = scene.left()
    scene.put(people, "a", "b", "c")
    whole = json.dumps({"data": [{"id": "a", "name": "Zoë"}]}, ensure_ascii=False).encode()
    middle = whole.index("ë".encode()) + 1
    for reply in (Reply(body=whole, cut=middle), Reply(body=whole[:middle]), Reply(body=whole[:-1])):
        people.answer(0, reply)
        scene.fails()
        last = scene.world.checker.look().responses[-1]
        assert last.verdict == 2
        assert last.body == reply.body[: reply.cut]
        assert scene.watermark(people) is None
    scene.done()
    assert set(scene.live()) == {"a", "b", "c"}


def hostile_values(scene: Scene) -> None:
    """Each is a dead letter with its own code, or a good record; none sinks the rest of its page."""
    people = scene.left()
    hostile = {
        "nul": (b'"x\\u0000y"', b"1"),
        "surrogate": (b'"x\\ud800y"', b"1"),
        "utf8": (b'"x\xff\xfey"', b"1"),
        "nan": (b'"x"', b"NaN"),
        "huge": (b'"x"', b"1e999"),
        "digits": (b'"x"', b"9" * 5000),
        "deep": (b'"x"', b"[" * 100_000 + b"]" * 100_000),
        "fraction": (b'"x"', b"1.5"),
        "wide": (b'"x"', b"12345678901234567890"),
        "object": (b'{"first": "x"}', b"1"),
    }
    rows = [GOOD % (b"first", b'"fine"', b"1")]
    rows += [GOOD % (key.encode(), name, age) for key, (name, age) in hostile.items()]
    rows.append(GOOD % (b"last", b'"fine"', b"2"))
    people.answer(0, Reply(body=b'{"data": [' + b", ".join(rows) + b'], "meta": {}}'))
    report = scene.done()
    assert set(scene.live()) == {"first", "last"}
    assert report.counts["left/people"].dead == len(hostile)
    letters = {each["subject"]: each["problems"] for each in scene.world.checker.look().letters}
    codes = {key: sorted({each["code"] for each in problems}) for key, problems in letters.items()}
    assert codes == CODES


CODES = {
    "nul": ["text-nul"],
    "surrogate": ["lone-surrogate"],
    "utf8": ["not-utf8"],
    "nan": ["number-not-finite"],
    "huge": ["number-out-of-range"],
    "digits": ["number-too-large"],
    "deep": ["too-deep"],
    "fraction": ["not-an-integer"],
    "wide": ["number-out-of-range"],
    "object": ["wrong-type"],
}
"""What is said of each hostile value."""


@contextmanager
def credulous() -> Iterator[None]:
    """What holds no records is an empty page."""
    examine = Reader.examine

    def trusting(reader: Reader, body: bytes, partition: Any, **more: Any) -> Reading:
        found = examine(reader, body, partition, **more)
        return found if found.refusal is None else examine(reader, b'{"data": []}', partition)

    with mock.patch.object(Reader, "examine", trusting):
        yield


@contextmanager
def all_or_nothing() -> Iterator[None]:
    """A page with one bad record is no page."""
    examine = Reader.examine

    def strict(reader: Reader, body: bytes, partition: Any, **more: Any) -> Reading:
        found = examine(reader, body, partition, **more)
        if found.verdict is not Verdict.TOLERANT:
            return found
        return nothing(Fault(code="json-invalid", message="one record is bad"))

    with mock.patch.object(Reader, "examine", strict):
        yield


BODIES = (
    Behaviour(33, two_hundred_that_is_no_page, credulous),
    Behaviour(34, half_a_page, credulous),
    Behaviour(38, hostile_values, all_or_nothing),
)
