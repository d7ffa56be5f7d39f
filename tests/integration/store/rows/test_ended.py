"""What an enumeration ended: nothing waits for it, and what comes after it is newer, whatever its version."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.mapping.components import resolve
from engine.records.shapes import EntityShape
from engine.store import rebuild
from engine.store.tombstones import bury
from tests.integration.store.rows.building import HR, PAY, Loader, Said, part, shape_of

pytestmark = pytest.mark.database

THING = shape_of("thing", ["name"], [HR, PAY])
PARTS = shape_of("thing", ["name"], [HR, PAY], opens=True)


@pytest.mark.parametrize("shape", [THING, PARTS], ids=["records", "elements"])
def test_in_one_batch_what_was_asked_for_after_the_end_counts(loader: Loader, shape: EntityShape) -> None:
    """A rebuild may load both versions of a record together: the one before the tombstone is the older."""
    loader.ensure(shape)
    key, record = ("1", None) if shape is THING else ("1/a", "1")
    old = Said(key=key, values={"name": "former"}, version=9, record=record)
    new = Said(key=key, values={"name": "back"}, version=1, record=record)
    feed = shape.feeds[0]
    loader.say(shape, HR, old, raw_id=1)
    bury(loader.connection, loader.lease(HR), shapes=[(shape, feed)], run=1, position=2, keys=["1"])
    loader.say(shape, HR, new, raw_id=3)
    assert loader.rows(shape, "name") == [("back",)]
    rebuild.clear(loader.connection, shape)
    both = [part(shape, HR, [each], raw_id=n) for n, each in ((3, new), (1, old))]
    loader.load(shape, HR, both, rebuild=True)
    rebuild.finish(loader.connection, shape, resolve=resolve)
    assert loader.rows(shape, "name") == [("back",)]


def test_who_is_gone_waits_for_nobody(loader: Loader) -> None:
    """References of a record that a reading no longer held are open no more, by key or by value."""
    shape = shape_of(
        "worker",
        ["name", "boss", "mentor"],
        [HR, PAY],
        identity=["email"],
        refs={"boss": ("worker", HR)},
        by_identity={"mentor": ("worker", 0)},
    )
    loader.ensure(shape)
    said = Said(key="1", values={"name": "Ann", "boss": "9", "mentor": "bo@x"}, identity=("ann@x",))
    waiting = "SELECT (SELECT count(*) FROM syncline.open_ref) + (SELECT count(*) FROM syncline.identity_ref)"
    loader.say(shape, HR, said)
    assert loader.one(waiting) == 2
    feed = shape.feeds[0]
    bury(loader.connection, loader.lease(HR), shapes=[(shape, feed)], run=1, position=2, keys=["1"])
    assert loader.one(waiting) == 0


def test_who_returns_as_somebody_else_takes_its_last_words_along(loader: Loader) -> None:
    """Its place was taken while it was gone; the row that its words were kept for is made anew."""
    shape = shape_of("worker", ["name", "title"], [HR, PAY], identity=["number"])
    shape = replace(shape, keeps=frozenset({HR.source}))
    loader.ensure(shape)
    gone = Said(key="1", values={"number": "7", "name": "Ann", "title": "cook"}, identity=("7",))
    loader.say(shape, PAY, Said(key="p", values={"number": "7", "name": "Anna"}, identity=("7",)), raw_id=1)
    loader.say(shape, HR, gone, raw_id=2)
    lease, feed = loader.lease(HR), shape.feeds[0]
    bury(loader.connection, lease, shapes=[(shape, feed)], run=1, position=3, keys=["1"])
    other = Said(key="2", values={"number": "7", "name": "Anne"}, identity=("7",))
    loader.say(shape, HR, other, raw_id=4)
    assert loader.rows(shape, "title") == [("cook",)]
    loader.say(shape, HR, replace(gone, identity=(None,)), raw_id=5)
    rows = loader.rows(shape, "name", "title")
    assert [title for _, title in rows] == ["cook", None], rows
