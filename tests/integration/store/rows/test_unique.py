"""Two entities that say the same where no two may: who has it, how it heals, and nothing depends on order."""

from __future__ import annotations

import dataclasses
import itertools
import random
import threading
from typing import Any

import pytest

from engine.mapping.components import resolve
from engine.records.received import Fate, StreamName
from engine.records.shapes import EntityShape, Preference, Unique
from engine.store import dead_letters, rebuild
from engine.store.database import Database
from engine.store.decisions import Decider
from engine.store.settling import reasons, settle
from engine.store.tombstones import bury
from tests.integration.store.rows.building import BADGES, HR, PAY, Loader, Said, shape_of

pytestmark = pytest.mark.database


def unique(shape: EntityShape, *fields: str, name: str = "one") -> EntityShape:
    """The same with a constraint."""
    return dataclasses.replace(shape, unique=(*shape.unique, Unique(name=name, fields=fields)))


SOLE = unique(shape_of("item", ["name", "code"], [HR], history=True), "code")
BOTH = unique(
    shape_of(
        "item",
        ["name", "code"],
        [HR, PAY],
        identity=["number"],
        preferences=[Preference(mask=0b11, prefer=("hr",), ways=())],
    ),
    "code",
)
ORDER = shape_of("bill", ["name"], [HR, PAY], identity=["number"])
LINE = unique(
    shape_of("line", ["bill", "number"], [BADGES], refs={"bill": ("bill", HR)}), "bill", "number", name="line"
)


def item(key: str, code: str | None, number: str | None = None, **more: Any) -> Said:
    return Said(key=key, values={"name": key, "code": code}, **more)


def one(key: str, code: str | None, number: str | None, **more: Any) -> Said:
    return Said(key=key, values={"name": key, "code": code}, identity=(number,), **more)


def names(loader: Loader, shape: EntityShape) -> list[str]:
    return [name for (name,) in loader.rows(shape, "name")]


def letters(loader: Loader, shape: EntityShape) -> dict[str, str]:
    """By subject: what the run's end says of it."""
    settle(loader.connection, {shape.name: shape})
    found = dead_letters.find(loader.connection)
    loader.connection.commit()
    assert {problem["code"] for each in found for problem in each.problems} <= {"not-unique"}
    return {each.subject: each.problems[0]["message"] for each in found}


def test_the_younger_waits_until_the_older_says_something_else(loader: Loader) -> None:
    """Its letter names who has it; then it comes by itself, with its own id, and its row is as it was."""
    loader.ensure(SOLE)
    loader.say(SOLE, HR, item("a", "1"))
    loader.say(SOLE, HR, item("b", "2"), item("c", "1"))
    assert names(loader, SOLE) == ["a", "b"]
    first = loader.one("SELECT id FROM canonical.item WHERE name = 'a'")
    assert letters(loader, SOLE) == {"c": f"one: code as of the older item {first} (hr.employees a)"}
    waits = loader.one("SELECT _entity_id FROM syncline.contribution_item WHERE _key = 'c'")
    assert reasons(loader.connection, SOLE, {"item": SOLE}, waits) == [
        f"one: code as of the older item {first} (hr.employees a)"
    ]
    loader.say(SOLE, HR, item("a", "3"))
    assert (names(loader, SOLE), letters(loader, SOLE)) == (["a", "b", "c"], {})
    assert loader.one("SELECT id FROM canonical.item WHERE name = 'c'") == waits
    loader.say(SOLE, HR, item("a", "1"))
    assert (names(loader, SOLE), list(letters(loader, SOLE))) == (["a", "b"], ["c"])
    former = loader.connection.execute(
        "SELECT name, _cause, _cause_id FROM canonical.item_history"
    ).fetchall()
    assert former == [("a", 1, 3), ("a", 1, 4), ("c", 1, 4)]


def test_the_next_in_line_has_it_when_the_first_ends(loader: Loader) -> None:
    """By a marker and by an enumeration; one who returns takes it back, for it is the older."""
    loader.ensure(SOLE)
    loader.say(SOLE, HR, item("a", "1"))
    loader.say(SOLE, HR, item("b", "1"))
    loader.say(SOLE, HR, item("c", "1"))
    assert (names(loader, SOLE), sorted(letters(loader, SOLE))) == (["a"], ["b", "c"])
    loader.say(SOLE, HR, item("a", None, fate=Fate.DELETED))
    assert (names(loader, SOLE), list(letters(loader, SOLE))) == (["b"], ["c"])
    lease, feed = loader.lease(HR), SOLE.feeds[0]
    bury(loader.connection, lease, shapes=[(SOLE, feed)], run=9, position=loader.raw_id, keys=["b"])
    assert (names(loader, SOLE), letters(loader, SOLE)) == (["c"], {})
    loader.say(SOLE, HR, item("a", "1"))
    assert (names(loader, SOLE), list(letters(loader, SOLE))) == (["a"], ["c"])


def test_null_says_nothing_and_two_of_one_batch_are_told_apart(loader: Loader) -> None:
    loader.ensure(SOLE)
    loader.say(SOLE, HR, item("a", None), item("b", None), item("c", "1"), item("d", "1"))
    held = loader.one("SELECT min(_entity_id::text) FROM syncline.contribution_item WHERE _key IN ('c', 'd')")
    assert len(names(loader, SOLE)) == 3
    assert loader.one("SELECT id::text FROM canonical.item WHERE code = '1'") == held
    assert loader.one("SELECT count(*) FROM canonical.item_history") == 0


def test_a_swap_leaves_both(loader: Loader) -> None:
    """In one batch, or with the one who takes it first: between the two runs it waits."""
    loader.ensure(SOLE)
    loader.say(SOLE, HR, item("a", "1"))
    loader.say(SOLE, HR, item("b", "2"))
    loader.say(SOLE, HR, item("a", "2"), item("b", "1"))
    assert sorted(loader.rows(SOLE)) == [("a", "2"), ("b", "1")]
    loader.say(SOLE, HR, item("b", "2"))
    assert loader.rows(SOLE) == [("a", "2")]
    loader.say(SOLE, HR, item("a", "1"))
    assert (sorted(loader.rows(SOLE)), letters(loader, SOLE)) == ([("a", "1"), ("b", "2")], {})


def test_what_the_policy_chooses_counts_and_a_merge_heals(loader: Loader) -> None:
    """Two records of one entity say the same; two entities do not, until they are one, and after a split."""
    loader.ensure(BOTH)
    loader.say(BOTH, HR, one("a", "1", "N1"))
    loader.say(BOTH, PAY, one("x", "1", "N1"), one("y", "1", "N2"))
    assert (names(loader, BOTH), list(letters(loader, BOTH))) == (["a"], ["y"])
    loader.say(BOTH, HR, one("b", "2", "N2"))  # hr's word is above pay's
    assert (names(loader, BOTH), letters(loader, BOTH)) == (["a", "b"], {})
    loader.say(BOTH, HR, one("b", "1", "N2"))
    assert (names(loader, BOTH), sorted(letters(loader, BOTH))) == (["a"], ["b", "y"])
    loader.say(BOTH, PAY, one("x", None, None, fate=Fate.DELETED))
    loader.say(BOTH, HR, one("b", None, None, fate=Fate.DELETED))
    loader.say(BOTH, PAY, one("y", "1", "N1"))
    assert (names(loader, BOTH), letters(loader, BOTH)) == (["a"], {})
    ((former,),) = loader.connection.execute("SELECT old FROM syncline.redirect").fetchall()
    loader.connection.commit()
    Decider(connection=loader.connection, shape=BOTH, who="ada", why="two").split(former)
    assert (names(loader, BOTH), list(letters(loader, BOTH))) == (["a"], ["y"])


def test_parents_that_become_one_set_their_lines_against_each_other(loader: Loader) -> None:
    """Two bills had a line 1 each; the bill that they are has one, and the other waits."""
    loader.ensure(ORDER, LINE)
    loader.say(ORDER, HR, Said(key="1", values={"name": "A"}, identity=("B1",)))
    loader.say(ORDER, HR, Said(key="2", values={"name": "B"}, identity=("B2",)))
    said = [Said(key=f"{bill}/{n}", values={"bill": bill, "number": n}) for bill in "12" for n in "12"]
    loader.say(LINE, BADGES, *said)
    assert len(loader.rows(LINE)) == 4
    loader.say(ORDER, PAY, Said(key="x", values={"name": "C"}, identity=("B2",)))
    loader.say(ORDER, HR, Said(key="2", fate=Fate.DELETED, identity=(None,)))
    loader.say(ORDER, PAY, Said(key="x", values={"name": "C"}, identity=("B1",)))
    assert loader.one("SELECT count(*) FROM canonical.bill") == 1
    assert [number for (number,) in loader.rows(LINE, "number")] == ["1", "2"]
    assert len(letters(loader, LINE)) == 2


@pytest.mark.parametrize("seed", range(6))
def test_live_and_rebuilt_in_any_order_are_what_the_oldest_say(loader: Loader, seed: int) -> None:
    """Random words of two sources: of each value the oldest entity that says it has a row, and no other."""
    loader.ensure(BOTH)
    draw = random.Random(seed)
    says: list[tuple[StreamName, list[Said], int]] = []
    for raw_id in range(1, 15):
        stream = draw.choice([HR, PAY])
        keys = draw.sample("abcdef", draw.randint(1, 3))
        records = [
            one(
                key,
                draw.choice([None, "1", "2", "3"]),
                draw.choice([None, key]),
                fate=draw.choice([Fate.SAYS] * 4 + [Fate.DELETED]),
            )
            for key in keys
        ]
        says.append((stream, records, raw_id))
    for stream, records, raw_id in says:
        loader.say(BOTH, stream, *records, raw_id=raw_id)
        _sound(loader)
    before = (loader.rows(BOTH, "id", "name", "code"), letters(loader, BOTH))
    draw.shuffle(says)
    rebuild.clear(loader.connection, BOTH)
    for stream, records, raw_id in says:
        loader.say(BOTH, stream, *records, raw_id=raw_id, rebuild=True)
    rebuild.finish(loader.connection, BOTH, resolve=resolve)
    assert (loader.rows(BOTH, "id", "name", "code"), letters(loader, BOTH)) == before


def _sound(loader: Loader) -> None:
    """Rows by the naive rule: hr's word is above pay's, and of each value the smallest id has it."""
    words: dict[Any, dict[int, str | None]] = {}
    for entity, source, code in loader.connection.execute(
        "SELECT _entity_id, CASE WHEN s.name = 'hr' THEN 0 ELSE 1 END, code FROM syncline.contribution_item c"
        " JOIN syncline.source s ON s.id = c._source"
        " WHERE _fate = 0 AND _dead_run IS NULL AND _entity_id IS NOT NULL"
    ):
        words.setdefault(entity, {})[source] = code
    said = {
        entity: next((code for _, code in sorted(by.items()) if code is not None), None)
        for entity, by in words.items()
    }
    first = {code: min(e for e, c in said.items() if c == code) for code in said.values() if code is not None}
    wanted = sorted((entity, code) for entity, code in said.items() if code is None or first[code] == entity)
    assert sorted(loader.rows(BOTH, "id", "code")) == wanted


def test_two_sources_at_once_leave_one_row_and_no_error(database: Database) -> None:
    """Twenty times the same code from both at the same moment: the batches wait, and neither fails."""
    setup = database.dial()
    Loader(connection=setup).ensure(BOTH)
    for stream in (HR, PAY):
        Loader(connection=setup).lease(stream)
    setup.close()
    faults: list[BaseException] = []
    start = threading.Barrier(2)

    def bring(stream: StreamName, base: int) -> None:
        connection = database.dial()
        try:
            loader = Loader(connection=connection)
            for turn in range(20):
                start.wait(timeout=60)
                loader.say(BOTH, stream, one(f"{stream.source}{turn}", f"c{turn}", None), raw_id=base + turn)
        except BaseException as fault:  # noqa: BLE001 # told by the test
            faults.append(fault)
            start.abort()
        finally:
            connection.close()

    workers = [threading.Thread(target=bring, args=args) for args in ((HR, 100), (PAY, 200))]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert not faults
    connection = database.dial()
    loader = Loader(connection=connection)
    codes = [code for (code,) in loader.rows(BOTH, "code")]
    assert sorted(codes) == sorted(f"c{turn}" for turn in range(20))
    assert len(letters(loader, BOTH)) == 20
    assert all(name.startswith("hr") for name in itertools.chain.from_iterable(loader.rows(BOTH, "name")))
    connection.close()
