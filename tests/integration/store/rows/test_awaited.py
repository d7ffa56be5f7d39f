"""Rows that wait for whom they must refer to: by key and by value, several records, letters, rebuilds."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from engine.mapping.components import resolve
from engine.records.received import Fate
from engine.records.shapes import EntityShape, Preference
from engine.store import dead_letters, rebuild
from engine.store.settling import reasons, settle
from tests.integration.store.rows.building import BADGES, HR, PAY, Loader, Said, shape_of

pytestmark = pytest.mark.database


def awaiting(shape: EntityShape, *names: str) -> EntityShape:
    """The same with references that must lead somewhere."""
    fields = tuple(dataclasses.replace(each, awaited=each.name in names) for each in shape.fields)
    return dataclasses.replace(shape, fields=fields)


WORKER = shape_of("worker", ["name"], [HR, PAY], identity=["number", "email"])
BADGE = awaiting(
    shape_of("badge", ["label", "holder"], [BADGES], refs={"holder": ("worker", HR)}, history=True), "holder"
)
KEYED = awaiting(
    shape_of("pass", ["label", "holder"], [BADGES], by_identity={"holder": ("worker", 1)}), "holder"
)
BOTH = awaiting(
    shape_of(
        "badge",
        ["label", "holder"],
        [BADGES, PAY],
        identity=["label"],
        refs={"holder": ("worker", HR)},
        preferences=[Preference(mask=0b11, prefer=("badges",), ways=())],
    ),
    "holder",
)
SHAPES = {"worker": WORKER, "badge": BADGE, "pass": KEYED}


def ann(key: str = "1", email: str | None = "ann@x", **more: Any) -> Said:
    return Said(key=key, values={"name": f"Ann {key}"}, identity=(f"N{key}", email), **more)


def badge(key: str, holder: str | None, label: str | None = None, **more: Any) -> Said:
    return Said(key=key, values={"label": label or key, "holder": holder}, **more)


def letters(loader: Loader, code: str = "reference-open") -> dict[str, str]:
    """By subject: the message of its one problem."""
    found = dead_letters.find(loader.connection, discarded=True)
    loader.connection.commit()
    assert all(each.stage == "settle" for each in found)
    assert {each.problems[0]["code"] for each in found} <= {code}
    return {each.subject: each.problems[0]["message"] for each in found}


def labels(loader: Loader, shape: EntityShape = BADGE) -> list[str]:
    return [label for (label,) in loader.rows(shape, "label")]


def test_a_row_waits_for_its_parent_and_comes_with_it(loader: Loader) -> None:
    """The letter is opened at the run's end, and the next one takes it away; the row waits for neither."""
    loader.ensure(WORKER, BADGE)
    loader.say(WORKER, HR, ann())
    counts = loader.say(BADGE, BADGES, badge("a", "1"), badge("b", "2"), badge("c", "3"))
    assert (counts.changed, counts.dead) == (3, 0)
    assert labels(loader) == ["a"]
    assert letters(loader) == {}
    assert settle(loader.connection, SHAPES) == 2
    assert letters(loader) == {
        "b": "waits for 2 of hr.employees",
        "c": "waits for 3 of hr.employees",
    }
    assert settle(loader.connection, SHAPES) == 0
    loader.say(WORKER, HR, ann("2", None))
    assert labels(loader) == ["a", "b"]
    settle(loader.connection, SHAPES)
    assert letters(loader) == {"c": "waits for 3 of hr.employees"}
    assert loader.one("SELECT bool_and(holder IS NOT NULL) FROM canonical.badge")
    assert loader.one("SELECT count(*) FROM canonical.badge_history") == 0


def test_a_row_that_refers_to_nobody_any_more_leaves_and_returns_as_it_was(loader: Loader) -> None:
    """Its last row is kept, its id stays, and nobody has to retry."""
    loader.ensure(WORKER, BADGE)
    loader.say(WORKER, HR, ann())
    loader.say(BADGE, BADGES, badge("a", "1"))
    before = loader.one("SELECT id FROM canonical.badge")
    loader.say(BADGE, BADGES, badge("a", "9"))
    assert labels(loader) == []
    assert loader.one("SELECT label FROM canonical.badge_history") == "a"
    assert reasons(loader.connection, BADGE, SHAPES, before) == ["holder: waits for 9 of hr.employees"]
    loader.say(WORKER, HR, ann("9", None))
    assert loader.one("SELECT id FROM canonical.badge") == before
    assert reasons(loader.connection, BADGE, SHAPES, before) == []


def test_one_who_is_waited_for_by_an_identity_value_comes_from_any_source(loader: Loader) -> None:
    """By a new record, and no more when the value is let go of; what the value is no letter says."""
    loader.ensure(WORKER, KEYED)
    loader.say(KEYED, BADGES, badge("a", "bo@x"))
    settle(loader.connection, SHAPES)
    assert letters(loader) == {"a": "waits for the worker whose email it says"}
    loader.say(WORKER, PAY, ann("x", "bo@x"))
    settle(loader.connection, SHAPES)
    assert (labels(loader, KEYED), letters(loader)) == (["a"], {})
    loader.say(WORKER, PAY, ann("x", "bea@x"))
    assert labels(loader, KEYED) == []
    settle(loader.connection, SHAPES)
    assert list(letters(loader)) == ["a"]


def test_a_merge_that_brings_the_value_heals(loader: Loader) -> None:
    """The record that joins two workers also says the address that somebody waits for."""
    loader.ensure(WORKER, KEYED)
    loader.say(WORKER, HR, ann("1", None))
    loader.say(WORKER, PAY, Said(key="x", values={"name": "A."}, identity=(None, "a@x")))
    loader.say(KEYED, BADGES, badge("a", "ann@x"))
    loader.say(WORKER, PAY, Said(key="x", values={"name": "A."}, identity=("N1", "ann@x")))
    assert loader.one("SELECT count(*) FROM canonical.worker") == 1
    assert labels(loader, KEYED) == ["a"]


def test_a_row_of_two_records_waits_only_while_neither_knows_anybody(loader: Loader) -> None:
    """One who waits hides no other; letters are opened where there is no row."""
    loader.ensure(WORKER, BOTH)
    shapes = {"worker": WORKER, "badge": BOTH}
    loader.say(BOTH, BADGES, badge("a", "9", "L", identity=("L",)))
    loader.say(BOTH, PAY, badge("x", "8", "L", identity=("L",)))
    assert labels(loader, BOTH) == []
    assert settle(loader.connection, shapes) == 2
    loader.say(WORKER, HR, ann("8", None))
    settle(loader.connection, shapes)
    assert (labels(loader, BOTH), letters(loader)) == (["L"], {})
    loader.say(BOTH, PAY, badge("x", None, "L", fate=Fate.DELETED, identity=(None,)))
    assert labels(loader, BOTH) == []
    loader.say(WORKER, HR, ann("9", None))
    assert labels(loader, BOTH) == ["L"]


def test_letters_of_a_runs_end_leave_the_record_as_it_is(loader: Loader) -> None:
    """Unchanged it is not written again, changed it is news; who is deleted waits for nobody."""
    loader.ensure(WORKER, BADGE)
    loader.say(BADGE, BADGES, badge("a", "9", hash=5))
    settle(loader.connection, SHAPES)
    first = loader.one("SELECT first FROM syncline.dead_letter")
    assert loader.say(BADGE, BADGES, badge("a", "9", hash=5)).same == 1
    settle(loader.connection, SHAPES)
    assert loader.one("SELECT first FROM syncline.dead_letter") == first
    loader.say(BADGE, BADGES, badge("a", "8"))
    settle(loader.connection, SHAPES)
    assert letters(loader) == {"a": "waits for 8 of hr.employees"}
    loader.say(BADGE, BADGES, badge("a", None, fate=Fate.DELETED))
    settle(loader.connection, SHAPES)
    assert letters(loader) == {}


def test_a_refused_version_has_its_own_letter_until_it_is_mended(loader: Loader) -> None:
    """There is one letter a record, and the newest trouble stands in it."""
    loader.ensure(WORKER, BADGE)
    loader.say(BADGE, BADGES, badge("a", "9"))
    settle(loader.connection, SHAPES)
    loader.say(BADGE, BADGES, rejected=[("a", 1)])
    settle(loader.connection, SHAPES)
    assert loader.one("SELECT stage FROM syncline.dead_letter") == "map"
    loader.say(BADGE, BADGES, badge("a", "9", version=2))
    settle(loader.connection, SHAPES)
    assert letters(loader) == {"a": "waits for 9 of hr.employees"}


def test_what_nobody_wants_stays_discarded(loader: Loader) -> None:
    loader.ensure(WORKER, BADGE)
    loader.say(BADGE, BADGES, badge("a", "9"))
    settle(loader.connection, SHAPES)
    dead_letters.discard(loader.connection, dead_letters.find(loader.connection))
    assert settle(loader.connection, SHAPES) == 0
    assert loader.one("SELECT state FROM syncline.dead_letter") == "discarded"


def test_what_nobody_wants_outlives_a_rebuild_that_leaves_its_record_on_another_response(
    loader: Loader,
) -> None:
    """It was read again, unchanged; a rebuild may rest on either. What says another thing is news."""
    loader.ensure(WORKER, BADGE)
    for raw_id in (1, 2):
        loader.say(BADGE, BADGES, badge("a", "9"), raw_id=raw_id)
    settle(loader.connection, SHAPES)
    dead_letters.discard(loader.connection, dead_letters.find(loader.connection))
    loader.connection.commit()
    rebuild.clear(loader.connection, BADGE)
    for raw_id in (2, 1):
        loader.say(BADGE, BADGES, badge("a", "9"), raw_id=raw_id, rebuild=True)
    rebuild.finish(loader.connection, BADGE, resolve=resolve)
    assert loader.one("SELECT _raw_id FROM syncline.contribution_badge") == 2
    assert settle(loader.connection, SHAPES) == 0
    assert loader.one("SELECT state FROM syncline.dead_letter") == "discarded"
    loader.say(BADGE, BADGES, badge("a", "9", "new"), raw_id=3)
    settle(loader.connection, SHAPES)
    assert loader.one("SELECT state FROM syncline.dead_letter") == "open"


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_a_rebuild_in_any_order_gives_the_same_rows_and_letters(
    loader: Loader, order: tuple[int, ...]
) -> None:
    loader.ensure(WORKER, BADGE, KEYED)
    says: list[tuple[EntityShape, Any, list[Said]]] = [
        (BADGE, BADGES, [badge("a", "1"), badge("b", "7")]),
        (KEYED, BADGES, [badge("a", "ann@x"), badge("b", "no@x")]),
        (WORKER, HR, [ann()]),
        (BADGE, BADGES, [badge("b", "8"), badge("c", "1")]),
    ]
    for number, (shape, stream, records) in enumerate(says, start=1):
        loader.say(shape, stream, *records, raw_id=number)
    settle(loader.connection, SHAPES)

    def standing() -> Any:
        rows = {
            each.name: loader.rows(each, "id", *(f.name for f in each.fields)) for each in SHAPES.values()
        }
        return rows, [
            (each.mapping, each.subject, each.problems) for each in dead_letters.find(loader.connection)
        ]

    before = standing()
    assert (labels(loader), labels(loader, KEYED), len(before[1])) == (["a", "c"], ["a"], 2)
    for shape in SHAPES.values():
        rebuild.clear(loader.connection, shape)
    assert settle(loader.connection, SHAPES) == 0
    for index in order:
        shape, stream, records = says[index]
        loader.say(shape, stream, *records, raw_id=index + 1, rebuild=True)
    for shape in SHAPES.values():
        rebuild.finish(loader.connection, shape, resolve=resolve)
    settle(loader.connection, SHAPES)
    assert standing() == before
