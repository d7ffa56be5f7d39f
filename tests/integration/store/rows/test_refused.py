"""Of two refused versions of one record the newer has the letter, whatever lies between them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest

from engine.records.shapes import EntityShape
from engine.store import dead_letters
from engine.store.tombstones import bury
from tests.integration.store.rows.building import HR, Loader, Said, part, shape_of
from tests.integration.store.rows.test_enumeration import LINE, element, opened

pytestmark = pytest.mark.database

PERSON = shape_of("person", ["name"], [HR], identity=["number"])
CASES: Sequence[tuple[EntityShape, Said, str, str]] = [
    (PERSON, Said(key="a"), "a", "a"),
    (LINE, opened("a", 0), "a", "a/x"),
    (LINE, opened("p~1q", 0), "p/q", "p~1q/x"),
    (LINE, opened("p/q", 0), "p/q", "p/q/x"),
]
"""An entity, a record of it, what a tombstone calls it, and what is refused."""


@pytest.mark.parametrize(("shape", "record", "key", "subject"), CASES, ids=["record", "each", "one", "two"])
def test_a_tombstone_between_two_refusals_counts_in_one_batch_and_in_two(
    loader: Loader, shape: EntityShape, record: Said, key: str, subject: str
) -> None:
    """What was refused after it is the newer, though its version is the older."""
    loader.ensure(shape)
    loader.say(shape, HR, record, raw_id=1)
    bury(
        loader.connection,
        loader.lease(HR),
        shapes=[(shape, shape.feeds[0])],
        run=1,
        position=3,
        keys=[key],
    )
    before = part(shape, HR, [], raw_id=2, rejected=[(subject, 500)])
    after = part(shape, HR, [], raw_id=4, rejected=[(subject, 30)])
    for order in itertools.permutations([before, after]):
        for batches in ([order], [[each] for each in order]):
            loader.connection.execute("DELETE FROM syncline.dead_letter")
            for parts in batches:
                loader.load(shape, HR, list(parts))
            (letter,) = dead_letters.find(loader.connection)
            assert (letter.subject, letter.raw_id) == (subject, 4), (order, batches)


def test_an_element_that_is_refused_after_its_record_came_back_has_a_letter(loader: Loader) -> None:
    """Its good version is older, though it came after a delete as well."""
    loader.ensure(LINE)
    loader.say(LINE, HR, opened("a", 0), element("a", "x", "good", 0), raw_id=1)
    pair = [(LINE, LINE.feeds[0])]
    bury(loader.connection, loader.lease(HR), shapes=pair, run=1, position=2, keys=["a"])
    loader.say(LINE, HR, opened("a", 0), element("a", "x", "good", 0), raw_id=3)
    loader.load(LINE, HR, [part(LINE, HR, [opened("a", 0)], raw_id=4, rejected=[("a/x", 0)])])
    assert [each.raw_id for each in dead_letters.find(loader.connection)] == [4]
    assert loader.rows(LINE, "text") == [("good",)]


def test_a_discard_holds_while_the_record_is_the_same_and_until_somebody_retries(loader: Loader) -> None:
    """Each run of a source that says everything again brings what is refused again."""
    loader.ensure(PERSON)

    def refused(raw_id: int, hash_: int) -> str:
        given = part(PERSON, HR, [], raw_id=raw_id, rejected=[("a", 0)])
        rejections = tuple(replace(each, hash=hash_) for each in given.mapped.rejections)
        loader.load(PERSON, HR, [replace(given, mapped=replace(given.mapped, rejections=rejections))])
        return str(loader.one("SELECT state FROM syncline.dead_letter"))

    assert refused(1, 11) == "open"
    dead_letters.discard(loader.connection, dead_letters.find(loader.connection))
    loader.connection.commit()
    assert [refused(2, 11), refused(3, 12), refused(4, 11)] == ["discarded", "open", "discarded"]
    dead_letters.retry(loader.connection, dead_letters.find(loader.connection, discarded=True))
    loader.connection.commit()
    assert refused(5, 11) == "open"
