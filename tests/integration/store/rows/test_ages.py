"""What its source has not confirmed for too long ranks behind all that is younger."""

from __future__ import annotations

from typing import Any

import pytest

from engine.records.received import Fate
from engine.store.ledger import key_hashes
from tests.integration.store.rows.aging import POLICY, World, compiled, said, world
from tests.integration.store.rows.building import HR, PAY, Loader, Said

pytestmark = pytest.mark.database


def names(made: World) -> list[Any]:
    return [name for (name,) in made.loader.rows(made.shape, "name")]


def causes(made: World) -> list[tuple[str, int, int | None]]:
    """Former names, why they stand no more, and the run that confirmed, if it was one."""
    rows = made.loader.connection.execute(
        "SELECT h.name, h._cause, g.run FROM canonical.thing_history h"
        " LEFT JOIN syncline.aging g ON g.id = h._cause_id ORDER BY h._until"
    ).fetchall()
    made.loader.connection.commit()
    return [(row[0], row[1], row[2]) for row in rows]


def test_one_who_is_not_confirmed_comes_behind_and_returns(loader: Loader) -> None:
    """On the line it still counts, behind it the next one does, and a run that holds it brings it back."""
    made = world(loader)
    ann, ada = said(HR, "1", name="Ann"), said(PAY, "1", name="Ada")
    made.read(HR, 0, ann, said(HR, "2", name="Bo"))
    made.read(PAY, 1, ada)
    assert made.wait(30) == 0
    assert names(made) == ["Ann", "Bo"]
    made.read(PAY, 31, ada)
    assert made.wait(30.001) == 2, "nobody else says the second one, who is folded and stays"
    assert names(made) == ["Ada", "Bo"]
    assert made.wait(30.002) == 0
    run = made.run(HR, 40, ann)
    assert names(made) == ["Ada", "Bo"], "a run confirms when it has ended"
    assert made.ask(HR) == 1
    assert names(made) == ["Ann", "Bo"]
    assert causes(made) == [("Ann", 5, None), ("Ada", 5, run)]


def test_behind_the_line_the_policy_decides_as_before(loader: Loader) -> None:
    """When all are old, the same one wins as when none is."""
    made = world(loader)
    made.read(HR, 0, said(HR, "1", name="Ann"))
    made.read(PAY, 10, said(PAY, "1", name="Ada"))
    made.wait(35)
    assert names(made) == ["Ada"]
    made.wait(50)
    assert names(made) == ["Ann"]


def test_a_run_that_is_cut_off_confirms_whom_it_held(loader: Loader) -> None:
    """And nobody else; so does one that nobody ended, when the next one is asked."""
    made = world(loader)
    both = said(HR, "1", name="Ann"), said(HR, "2", name="Bo")
    others = said(PAY, "1", name="Ada"), said(PAY, "2", name="Bob")
    made.read(HR, 0, *both)
    made.read(HR, 20, both[0], whole=False)
    made.read(PAY, 29, *others)
    made.wait(40)
    assert names(made) == ["Ann", "Bob"]
    made.run(HR, 41, both[1], ended=False)
    made.wait(51)
    assert names(made) == ["Ada", "Bob"]
    assert made.read(HR, 52, both[0], whole=False) == 2
    assert names(made) == ["Ann", "Bo"]
    assert loader.one("SELECT count(*) FROM syncline.confirmed_record") == 2
    made.read(HR, 53, *both)
    assert loader.one("SELECT count(*) FROM syncline.confirmed_record") == 0


def test_a_whole_run_leaves_behind_whom_it_did_not_hold(loader: Loader) -> None:
    """Their time is that of the run that held them last, and only they have a row."""
    made = world(loader)
    kept, gone = said(HR, "1", name="Ann"), said(HR, "2", name="Bo")
    made.read(HR, 0, kept, gone)
    made.read(PAY, 0, said(PAY, "1", name="Ada"), said(PAY, "2", name="Bob"))
    for when in (10, 20, 29):
        made.read(HR, when, kept)
        made.read(PAY, when, said(PAY, "1", name="Ada"), said(PAY, "2", name="Bob"))
    assert loader.one("SELECT array_agg(key) FROM syncline.confirmed_record") == ["employees-2"]
    assert made.wait(30.5) == 1, "who crosses the line is folded, and nobody else"
    assert names(made) == ["Ann", "Bob"]


def test_the_recorded_time_never_goes_back(loader: Loader) -> None:
    """A clock that is set back makes nobody young, and a run that begins in the past none younger."""
    made = world(loader)
    made.read(HR, 0, said(HR, "1", name="Ann"))
    made.read(PAY, 20, said(PAY, "1", name="Ada"))
    made.wait(40)
    assert made.wait(10) == 0
    made.read(PAY, 5, said(PAY, "1", name="Ada"))
    made.wait(45)
    assert names(made) == ["Ada"]
    assert loader.one("SELECT count(*) FROM syncline.aging") == 1


def test_a_run_that_waits_to_be_loaded_is_asked_when_it_is(loader: Loader) -> None:
    """And those after it with it: whom they held has to be known in order."""
    made = world(loader)
    made.read(HR, 0, said(HR, "1", name="Ann"))
    made.read(PAY, 0, said(PAY, "1", name="Ada"))
    made.run(HR, 10, said(HR, "1", name="Ann"))
    loader.connection.execute(
        "INSERT INTO syncline.pending (stream, mapping, response)"
        " SELECT r.stream, m.id, r.id FROM syncline.response r, syncline.mapping m"
        " WHERE r.id = 3 AND m.name = 'hr/employees'"
    )
    loader.connection.commit()
    asked = (
        "SELECT max(at)::text FROM syncline.confirmation WHERE stream = (SELECT min(id) FROM syncline.stream)"
    )
    made.ask(HR)
    made.read(HR, 11, said(HR, "1", name="Ann"))
    assert loader.one(asked) == "2026-01-01 12:00:00+00"
    loader.connection.execute("DELETE FROM syncline.pending")
    loader.connection.commit()
    made.ask(HR)
    assert loader.one(asked) == "2026-01-12 12:00:00+00"


def test_who_is_asked_first_is_the_newest_whole_run(loader: Loader) -> None:
    """A policy may get ages late: whom that run did not hold has the time of the response it rests on."""
    made = world(loader)
    made.run(HR, 0, said(HR, "1", name="Ann"), said(HR, "2", name="Bo"))
    made.run(HR, 20, said(HR, "1", name="Ann"))
    made.read(HR, 21, said(HR, "1", name="Ann"), whole=False)
    rows = "SELECT array_agg(key || ' ' || at::date ORDER BY key) FROM syncline.confirmed_record"
    assert loader.one(rows) == ["employees-1 2026-01-22", "employees-2 2026-01-01"]
    bare = compiled(POLICY.replace(", max_age: 30d", "").replace(", max_age: 90d", ""))
    loader.ensure(bare)
    assert loader.one(rows) is None, "what is not kept up is forgotten"
    assert loader.one("SELECT count(*) FROM syncline.confirmation") == 0


def test_elements_are_confirmed_with_their_record(loader: Loader) -> None:
    """Whatever stands in their keys."""
    shape = compiled(opens=HR)
    loader.ensure(shape)
    made = World(loader=loader, shape=shape)

    def opened(record: str, who: str) -> list[Said]:
        whole = record.replace("~", "~0").replace("/", "~1")
        values = {"number": who, "name": f"by {record}"}
        return [
            Said(key=f"{whole}/", record=whole, fate=Fate.RECORD),
            Said(key=f"{whole}/{who}", record=whole, values=values, identity=(who,)),
        ]

    records = {"a/b": opened("a/b", "1"), "c": opened("c", "2")}

    def held(when: float, *keys: str) -> None:
        made.run(HR, when, *(each for key in keys for each in records[key]))
        hashes = key_hashes(keys)
        loader.connection.execute(
            "UPDATE syncline.ledger SET keys = %s WHERE raw_id = %s", [hashes, loader.raw_id]
        )
        loader.connection.commit()
        made.ask(HR)

    held(0, "a/b", "c")
    made.read(PAY, 0, said(PAY, "1", name="Ada"), said(PAY, "2", name="Bob"))
    held(20, "a/b")
    made.read(PAY, 20, said(PAY, "1", name="Ada"), said(PAY, "2", name="Bob"))
    made.wait(31)
    assert names(made) == ["Bob", "by a/b"]
