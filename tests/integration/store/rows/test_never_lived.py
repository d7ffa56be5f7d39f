"""A record that was over before it was loaded has no id: not live, and not in a rebuild of any order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from engine.mapping.components import resolve
from engine.records.received import Fate, StreamName
from engine.records.shapes import EntityShape
from engine.store import rebuild
from tests.integration.store.rows.building import BADGES, HR, PAY, Loader, Said, part, shape_of

pytestmark = pytest.mark.database

WORKER = shape_of(
    "worker", ["name", "boss"], [HR, PAY], identity=["number"], refs={"boss": ("worker", HR)}, history=True
)
BADGE = shape_of(
    "badge", ["label", "colour", "holder"], [BADGES], refs={"holder": ("worker", HR)}, groups=[0b110]
)
SAID: Sequence[tuple[EntityShape, StreamName, Sequence[Said]]] = [
    (WORKER, HR, [Said(key="gone", values={"name": "Gil"}, version=1, identity=("G",))]),
    (WORKER, HR, [Said(key="gone", fate=Fate.DELETED, version=2)]),
    (WORKER, HR, [Said(key="a", values={"name": "Ada", "boss": "gone"}, version=1, identity=("A",))]),
    (WORKER, PAY, [Said(key="a", values={"name": "Ada"}, version=1, identity=("A",))]),
    (
        BADGE,
        BADGES,
        [
            Said(key="1", values={"label": "one", "holder": "gone"}),
            Said(key="2", values={"label": "two", "holder": "a"}),
            Said(key="3", values={"label": "three", "colour": "red", "holder": "gone"}),
        ],
    ),
]
"""One response each; the first two came together."""


def state(loader: Loader) -> dict[str, list[tuple[Any, ...]]]:
    texts = {
        "crosswalk": "SELECT _key, _source, _entity_id, _fate FROM syncline.contribution_worker",
        "workers": "SELECT id, _won, name, boss FROM canonical.worker",
        "badges": "SELECT id, _won, label, colour, holder FROM canonical.badge",
        "open": "SELECT entity, id, field, source, stream, key, by_stream, by_key FROM syncline.open_ref",
        "values": "SELECT value, entity_id FROM syncline.identity_key",
        "history": "SELECT id, name FROM canonical.worker_history",
    }
    found = {
        name: sorted(loader.connection.execute(text).fetchall(), key=str) for name, text in texts.items()
    }
    loader.connection.commit()
    return found


def parts(*numbers: int) -> list[Any]:
    shape, stream, _ = SAID[numbers[0]]
    return [part(shape, stream, SAID[number][2], raw_id=number + 1) for number in numbers]


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 2, 0, 3, 1), (1, 0, 4, 3, 2), (3, 4, 0, 2, 1)])
@pytest.mark.parametrize("which", [(WORKER,), (BADGE, WORKER), (WORKER, BADGE)])
def test_a_rebuild_gives_no_id_to_whom_a_live_sync_gave_none(
    loader: Loader, order: Sequence[int], which: Sequence[EntityShape]
) -> None:
    """Who refers to it waits for it, as before: whichever entity is rebuilt, and in which order."""
    loader.ensure(WORKER, BADGE)
    loader.load(WORKER, HR, parts(0, 1))
    for number in (2, 3, 4):
        loader.load(*SAID[number][:2], parts(number))
    before = state(loader)
    assert [row for row in before["crosswalk"] if row[2] is None] != []
    assert len(before["open"]) == 3
    for shape in which:
        rebuild.clear(loader.connection, shape)
    for number in order:
        shape, stream, _ = SAID[number]
        if shape in which:
            loader.load(shape, stream, parts(number), rebuild=True)
    for shape in which:
        rebuild.finish(loader.connection, shape, resolve=resolve)
    assert state(loader) == before
    loader.say(WORKER, HR, Said(key="gone", values={"name": "Back"}, version=3, identity=("G",)), raw_id=9)
    (back,) = [of for of, name in loader.rows(WORKER, "id", "name") if name == "Back"]
    assert {holder for label, holder in loader.rows(BADGE, "label", "holder") if label != "two"} == {back}


def test_from_raw_alone_who_was_ever_met_keeps_its_id(loader: Loader) -> None:
    """In the order of raw, as in the first load: a leaver is still whom others refer to."""
    loader.ensure(WORKER, BADGE)
    for number in range(len(SAID)):
        loader.load(*SAID[number][:2], parts(number))
    before = state(loader)
    assert before["open"] == []
    for shape in (WORKER, BADGE):
        loader.connection.execute(f"TRUNCATE syncline.contribution_{shape.name}")
        rebuild.clear(loader.connection, shape)
    for number in range(len(SAID)):
        loader.load(*SAID[number][:2], parts(number), rebuild=True)
    for shape in (WORKER, BADGE):
        rebuild.finish(loader.connection, shape, resolve=resolve)
    after = state(loader)
    names = ("workers", "badges", "open")  # who was merged into whom is found only when all is loaded
    assert [after[name] for name in names] == [before[name] for name in names]
    assert {row[:3] for row in after["crosswalk"]} == {row[:3] for row in before["crosswalk"]}
