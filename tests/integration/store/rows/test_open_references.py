"""References that lead nowhere are counted, by whom they wait for, until the other comes."""

from __future__ import annotations

import pytest

from engine.records.received import Fate
from engine.store.open_references import OpenReferences, counted
from tests.integration.store.rows import test_identity_refs as people
from tests.integration.store.rows.building import BADGES, HR, Loader, Said, shape_of

pytestmark = pytest.mark.database

WORKER = shape_of("worker", ["name", "boss"], [HR], refs={"boss": ("worker", HR)})


def test_references_by_key_are_counted_until_their_parent_comes(loader: Loader) -> None:
    """Four wait for two who have not come; the first of them comes, then one of the four goes."""
    loader.ensure(WORKER)
    said = {"1": "9", "2": "9", "3": "9", "4": "8", "5": "1", "6": None}
    loader.say(WORKER, HR, *(Said(key=key, values={"boss": boss}) for key, boss in said.items()))

    def waiting() -> list[tuple[int, list[str]]]:
        found = counted(loader.connection, {"worker": WORKER})
        assert {(each.entity, each.field, each.waits_for) for each in found} <= {
            ("worker", "boss", "hr.employees")
        }
        return [(each.records, list(each.examples)) for each in found]

    assert waiting() == [(4, ["8", "9"])]
    loader.say(WORKER, HR, Said(key="9", values={"boss": None}))
    assert waiting() == [(1, ["8"])]
    loader.say(WORKER, HR, Said(key="4", fate=Fate.DELETED))
    assert waiting() == []


def test_references_by_an_identity_value_are_counted_without_the_value(loader: Loader) -> None:
    """An address may be personal: it is not shown."""
    for shape in (people.WORKER, people.BADGE):
        loader.ensure(shape)
    loader.say(people.BADGE, BADGES, people.badge("ann@x"), people.badge("bo@x", key="c"))
    shapes = {"worker": people.WORKER, "badge": people.BADGE}

    def waiting() -> list[OpenReferences]:
        return counted(loader.connection, shapes)

    (both,) = waiting()
    assert (both.entity, both.field, both.waits_for) == ("badge", "holder", "worker.email")
    assert (both.records, list(both.examples)) == (2, [])
    loader.say(people.WORKER, HR, people.ann())
    assert [each.records for each in waiting()] == [1]
