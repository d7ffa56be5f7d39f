"""Pins of references lead to what their entity has become: merged, split, rebuilt, and beside rivals."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from engine.errors import SettingsError
from engine.mapping.components import resolve
from engine.records.received import Fate
from engine.records.shapes import EntityShape
from engine.store import batch, pins, rebuild
from engine.store.database import Database
from engine.store.decisions import Decider
from tests.integration.store.rows.building import BADGES, HR, PAY, Loader, Said, part, shape_of
from tests.integration.store.rows.test_unique import unique

pytestmark = pytest.mark.database

BOSS = shape_of(
    "boss", ["name", "chief"], [HR, PAY], identity=["number"], refs={"chief": ("boss", HR)}, history=True
)
BADGE = shape_of("badge", ["name", "owner"], [BADGES], refs={"owner": ("boss", HR)}, history=True)


def boss(key: str, number: str | None = None, chief: str | None = None) -> Said:
    return Said(key=key, values={"name": key, "chief": chief}, identity=(number,))


def hold(loader: Loader, shape: EntityShape, of: UUID, field: str, *texts: str | None) -> int:
    (meant,) = (each for each in shape.fields if each.name == field)
    return pins.put(loader.connection, shape, of=of, field=meant, texts=texts, why="so", who="ada")


def ids(loader: Loader) -> dict[str, UUID]:
    """Entities by the name of their record."""
    return {name: UUID(str(of)) for of, name in loader.rows(BOSS, "id", "name")}


def owners(loader: Loader, shape: EntityShape = BADGE) -> list[tuple[Any, ...]]:
    return loader.rows(shape, "name", "owner")


def two(loader: Loader) -> dict[str, UUID]:
    """Two that are known by two systems, and a third."""
    loader.ensure(BOSS, BADGE)
    loader.say(BOSS, HR, boss("ada", "1"), boss("cleo", "3"))
    loader.say(BOSS, PAY, boss("bob", "2"))
    return ids(loader)


def test_a_pinned_reference_follows_a_merge_and_its_undoing(loader: Loader) -> None:
    """Of another entity, and of the one that is merged; as a shuffled rebuild has it."""
    of = two(loader)
    loader.say(BADGE, BADGES, Said(key="b", values={"name": "b", "owner": "cleo"}))
    badge = UUID(str(loader.one("SELECT id FROM canonical.badge")))
    hold(loader, BADGE, badge, "owner", str(of["bob"]))
    hold(loader, BOSS, of["cleo"], "chief", str(of["bob"]))
    decider = Decider(connection=loader.connection, shape=BOSS, who="ada", why="one person")
    decider.merge(of["ada"], of["bob"])
    assert owners(loader) == [("b", of["ada"])]
    assert ("cleo", of["ada"]) in loader.rows(BOSS, "name", "chief")
    rebuilt(loader)
    assert owners(loader) == [("b", of["ada"])]
    assert ("cleo", of["ada"]) in loader.rows(BOSS, "name", "chief")
    decider.split(of["bob"])
    assert owners(loader) == [("b", of["bob"])]
    assert ("cleo", of["bob"]) in loader.rows(BOSS, "name", "chief")
    assert pins.lift(loader.connection, BADGE, of=badge, field="owner", why="no", who=None) == 1
    assert owners(loader) == [("b", of["cleo"])]


def rebuilt(loader: Loader) -> None:
    """Both entities wiped, and loaded in another order than they came in."""
    for shape in (BADGE, BOSS):
        rebuild.clear(loader.connection, shape)
    said: Sequence[tuple[EntityShape, Any, int, Said]] = [
        (BADGE, BADGES, 3, Said(key="b", values={"name": "b", "owner": "cleo"})),
        (BOSS, PAY, 2, boss("bob", "2")),
        (BOSS, HR, 1, boss("cleo", "3")),
        (BOSS, HR, 1, boss("ada", "1")),
    ]
    for shape, stream, raw_id, each in said:
        loader.load(shape, stream, [part(shape, stream, [each], raw_id=raw_id)], rebuild=True)
    for shape in (BADGE, BOSS):
        rebuild.finish(loader.connection, shape, resolve=resolve)


def test_what_a_record_refers_to_comes_late_under_a_pin(loader: Loader) -> None:
    """Of the only source, whose rows are else completed without their records."""
    of = two(loader)
    loader.say(BADGE, BADGES, Said(key="b", values={"name": "b", "owner": "dora"}))
    badge = UUID(str(loader.one("SELECT id FROM canonical.badge")))
    hold(loader, BADGE, badge, "owner", str(of["ada"]))
    loader.say(BOSS, HR, boss("dora", "4"))
    assert owners(loader) == [("b", of["ada"])]
    hold(loader, BADGE, badge, "owner", None)
    assert owners(loader) == [("b", None)]
    assert loader.one("SELECT _won FROM canonical.badge") == [1]
    pins.lift(loader.connection, BADGE, of=badge, field="owner", why="no", who=None)
    assert owners(loader) == [("b", ids(loader)["dora"])]
    causes = "SELECT owner, _cause, _cause_id FROM canonical.badge_history ORDER BY _until, _cause_id"
    former = loader.connection.execute(causes).fetchall()
    assert [(owner, cause) for owner, cause, _ in former] == [
        (None, pins.PIN),
        (of["ada"], pins.PIN),
        (None, pins.PIN),
    ]


def test_pins_that_lead_to_two_who_become_one_say_the_same(loader: Loader) -> None:
    """Where no two may: the younger row waits. One that would say it at once is refused."""
    shape = unique(BADGE, "owner", name="one_each")
    of = two(loader)
    loader.ensure(shape)
    loader.say(shape, BADGES, *(Said(key=key, values={"name": key}) for key in "xy"))
    badges = {name: UUID(str(each)) for each, name in loader.rows(shape, "id", "name")}
    hold(loader, shape, badges["x"], "owner", str(of["ada"]))
    with pytest.raises(SettingsError, match=f"one_each: badge {badges['x']} says the same owner"):
        hold(loader, shape, badges["y"], "owner", str(of["ada"]))
    assert owners(loader, shape) == [("x", of["ada"]), ("y", None)]
    hold(loader, shape, badges["y"], "owner", str(of["bob"]))
    decider = Decider(connection=loader.connection, shape=BOSS, who="ada", why="one person")
    decider.merge(of["ada"], of["bob"])
    older = min(badges, key=lambda name: badges[name])
    assert owners(loader, shape) == [(older, of["ada"])]
    decider.split(of["bob"])
    assert owners(loader, shape) == [("x", of["ada"]), ("y", of["bob"])]


def test_a_writer_beside_a_merge_cannot_leave_the_id_that_went(
    database: Database, loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row comes back under the pin, unseen by the one to whom a record shows that the boss is another."""
    of = two(loader)
    loader.say(BADGE, BADGES, Said(key="b", values={"name": "b"}))
    badge = UUID(str(loader.one("SELECT id FROM canonical.badge")))
    hold(loader, BADGE, badge, "owner", str(of["bob"]))
    loader.say(BADGE, BADGES, Said(key="b", fate=Fate.DELETED))
    loader.lease(PAY)
    other = database.dial()
    merging = threading.Thread(
        target=lambda: Loader(connection=other, raw_id=50).say(BOSS, PAY, boss("bob", "1"))
    )

    def folded(point: str) -> None:
        if point != "rows.folded" or threading.current_thread() is merging or merging.ident:
            return
        merging.start()
        blocked = "SELECT cardinality(pg_blocking_pids(%s)) > 0"
        until = time.monotonic() + 20
        while merging.is_alive() and time.monotonic() < until:
            (waits,) = loader.connection.execute(blocked, [other.info.backend_pid]).fetchone() or (False,)
            if waits:
                return
            time.sleep(0.01)

    monkeypatch.setattr(batch, "reach", folded)
    loader.say(BADGE, BADGES, Said(key="b", values={"name": "new"}))
    merging.join()
    other.close()
    assert loader.one("SELECT count(*) FROM syncline.redirect WHERE old = %s", of["bob"]) == 1
    assert owners(loader) == [("new", of["ada"])]
