"""Who shares a value and differs in a guard is kept apart, however they meet."""

from __future__ import annotations

import pytest

from engine.mapping.components import resolve
from engine.records.received import Fate
from engine.store import rebuild
from engine.store.database import Database
from engine.store.joins import Joins
from tests.integration.store.rows.building import BADGES, HR, PAY, Loader, Said, shape_of

pytestmark = pytest.mark.database

SCANS = """
SELECT coalesce(sum(seq_tup_read), 0) FROM pg_stat_xact_user_tables
WHERE relname IN ('contribution_person', 'person', 'identity_key')
"""

PERSON = shape_of(
    "person",
    ["name", "born", "town"],
    [HR, PAY, BADGES],
    identity=["number", "email"],
    guards=["born", "town"],
    history=True,
)


def said(key: str, number: str | None = None, email: str | None = None, **values: str) -> Said:
    return Said(key=key, values=values, identity=(number, email))


def together(loader: Loader) -> set[str]:
    """The keys of which live records stand together."""
    rows = loader.connection.execute(
        "SELECT string_agg(_key, '' ORDER BY _key) FROM syncline.contribution_person"
        " WHERE _fate = 0 AND _dead_run IS NULL GROUP BY _entity_id"
    ).fetchall()
    loader.connection.commit()
    return {keys for (keys,) in rows}


def queue(loader: Loader) -> list[tuple[str, str, str]]:
    """What is listed for review: key, value, why."""
    rows = loader.connection.execute(
        "SELECT key, value, why FROM syncline.identity_decision WHERE what = 'refuse' ORDER BY id, key"
    ).fetchall()
    loader.connection.commit()
    return rows


def disabled(loader: Loader) -> set[str]:
    """Values that join nobody any more."""
    rows = loader.connection.execute("SELECT value FROM syncline.identity_key WHERE disabled").fetchall()
    loader.connection.commit()
    return {value for (value,) in rows}


def test_a_newcomer_that_differs_stays_alone(loader: Loader) -> None:
    """The value joins nobody any more, and both are listed with the guard's name."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "N1", born="1990"), said("2", "N2", born="1990"))
    loader.say(PERSON, PAY, said("x", "N1", born="1991"), said("y", "N2", born="1990"), said("z", "N3"))
    assert together(loader) == {"1", "2y", "x", "z"}
    assert queue(loader) == [("x", "N1", "born differs")]
    assert disabled(loader) == {"N1"}
    loader.say(PERSON, BADGES, said("b", "N1", born="1990"), said("c", "N2"))
    assert together(loader) == {"1", "2cy", "x", "z", "b"}


def test_null_differs_from_nothing(loader: Loader) -> None:
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "N1", born="1990"), said("2", "N2"))
    loader.say(PERSON, PAY, said("x", "N1"), said("y", "N2", born="1990"))
    assert together(loader) == {"1x", "2y"}
    assert queue(loader) == []


def test_any_live_record_counts_and_each_guard(loader: Loader) -> None:
    """Not only the one that says the value; one that has gone says nothing."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "N1", "a@x", town="Ulm"), said("2", "N2", "b@x", town="Ulm"))
    loader.say(PERSON, PAY, said("x", "N1", born="1990"), said("y", "N2", born="1990"))
    loader.say(PERSON, PAY, Said(key="y", fate=Fate.DELETED, identity=(None, None)))
    loader.say(
        PERSON,
        BADGES,
        said("b", None, "a@x", born="1991", town="Bonn"),
        said("c", None, "b@x", born="1991", town="Ulm"),
    )
    assert together(loader) == {"1x", "2c", "b"}
    assert queue(loader) == [("b", "a@x", "born differs, town differs")]


def test_a_value_that_may_join_does(loader: Loader) -> None:
    """A shared mailbox refuses itself; the number still says who the newcomer is."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "N1", "hr@x", born="1990"), said("2", "N2", None, born="1991"))
    loader.say(PERSON, PAY, said("x", "N2", "hr@x", born="1991"))
    assert together(loader) == {"1", "2x"}
    assert disabled(loader) == {"hr@x"}


def test_a_merge_by_a_third_is_guarded(loader: Loader) -> None:
    """Whoever joins two entities that differ stays alone; so does a known record's new value."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "N1", born="1990"), said("2", "N2", born="1990"))
    loader.say(PERSON, PAY, said("x", None, "a@x", born="1991"), said("y", None, "b@x", born="1991"))
    loader.say(PERSON, BADGES, said("b", "N1", "a@x"))
    assert together(loader) == {"1", "2", "x", "y", "b"}
    assert disabled(loader) == {"N1", "a@x"}
    loader.say(PERSON, PAY, said("y", "N2", "b@x", born="1991"))
    assert together(loader) == {"1", "2", "x", "y", "b"}
    assert loader.one("SELECT count(*) FROM syncline.identity_decision WHERE what = 'merge'") == 0


def test_what_the_same_batch_corrects_counts(loader: Loader) -> None:
    """A known record that says another day and a new value at once is held by the new day."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "N1", born="1990"), said("2", "N2", born="1990"))
    loader.say(PERSON, PAY, said("x", born="1991"), said("y", born="1990"))
    loader.say(PERSON, PAY, said("x", "N1", born="1990"), said("y", "N2", born="1991"))
    assert together(loader) == {"1x", "2", "y"}


def test_what_was_joined_stays_and_what_was_refused_too(loader: Loader) -> None:
    """Values that change later join and part nobody; whoever comes then is held against all of them."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "N1", "a@x", born="1990"), said("2", "N2", born="1990"))
    loader.say(PERSON, PAY, said("x", "N1", born="1990"), said("y", "N2", born="1991"))
    loader.say(PERSON, PAY, said("x", "N1", born="1991"), said("y", "N2", born="1990"))
    assert together(loader) == {"1x", "2", "y"}
    loader.say(PERSON, BADGES, said("b", None, "a@x", born="1990"))
    assert together(loader) == {"1x", "2", "y", "b"}


def test_who_says_nothing_joins_an_entity_that_contradicts_itself(loader: Loader) -> None:
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "N1", born="1990"))
    loader.say(PERSON, PAY, said("x", "N1", born="1990"))
    loader.say(PERSON, PAY, said("x", "N1", born="1991"))
    loader.say(PERSON, BADGES, said("b", "N1"))
    assert together(loader) == {"1bx"}


def test_a_rebuild_refuses_no_other_joins(loader: Loader) -> None:
    """In reverse, in one batch a stream: the same ids, groups, disabled values and queue."""
    loader.ensure(PERSON)
    told = [
        (HR, said("1", "N1", born="1990")),
        (PAY, said("x", "N1", born="1991")),
        (HR, said("2", "N2", "b@x", born="1990")),
        (PAY, said("y", "N2", born="1990")),
        (PAY, said("y", "N2", born="1991")),
        (BADGES, said("b", "N1")),
        (BADGES, said("c", None, "b@x", born="1990")),
    ]
    for stream, each in told:
        loader.say(PERSON, stream, each)
    rows = loader.rows(PERSON, "id", "name", "born", "town", "_won")
    groups, listed, held = together(loader), queue(loader), disabled(loader)
    assert groups == {"1", "x", "2y", "b", "c"}
    rebuild.clear(loader.connection, PERSON)
    for number, (stream, each) in reversed(list(enumerate(told, 1))):
        loader.say(PERSON, stream, each, raw_id=number, rebuild=True)
    rebuild.finish(loader.connection, PERSON, resolve=resolve)
    assert (together(loader), queue(loader), disabled(loader)) == (groups, listed, held)
    assert loader.rows(PERSON, "id", "name", "born", "town", "_won") == rows


def test_a_join_that_only_a_rebuild_shows_is_guarded(loader: Loader) -> None:
    """Two entities that share a value by the end of it, as after a wider key, and differ."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "N1", born="1990"), said("2", "N2", born="1990"))
    loader.say(PERSON, PAY, said("x", "N8", born="1991"), said("y", "N9", born="1990"))
    rebuild.clear(loader.connection, PERSON)
    loader.say(PERSON, HR, said("1", "N1", born="1990"), said("2", "N2", born="1990"), raw_id=1, rebuild=True)
    loader.say(
        PERSON, PAY, said("x", "N1", born="1991"), said("y", "N2", born="1990"), raw_id=2, rebuild=True
    )
    rebuild.finish(loader.connection, PERSON, resolve=resolve)
    assert together(loader) == {"1", "x", "2y"}
    assert disabled(loader) == {"N1"}
    assert {why for _, _, why in queue(loader)} == {"born differs"}


def test_guards_are_reached_by_indexes(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that joins, and one that is refused, read no whole table."""
    loader.ensure(PERSON)
    seen = []

    def watch(point: str) -> None:
        if point == "rows.commit.before":
            row = loader.connection.execute(SCANS).fetchone()
            seen.append(int(row[0]) if row else -1)

    loader.say(PERSON, HR, *(said(f"1{n}", f"N{n}", born="1990") for n in range(1500)))
    monkeypatch.setattr("engine.store.points.reach", watch)
    loader.say(PERSON, PAY, *(said(f"2{n}", f"N{n}", born="1990") for n in range(0, 1500, 5)))
    loader.say(PERSON, BADGES, *(said(f"3{n}", f"N{n}", born="1991") for n in range(0, 1500, 50)))
    assert seen == [0, 0]
    assert loader.one("SELECT count(*) FROM syncline.identity_key WHERE disabled") == 30


def test_a_rival_changes_what_was_compared(
    database: Database, loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen once the entity is locked: the batch is tried again, and the newcomer stays alone."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "N1", born="1990"))
    loader.lease(PAY)
    assign, rivals = Joins.assign, [said("1", "N1", born="1991")]

    def slowly(joins: Joins) -> None:
        assign(joins)
        if rivals:
            other = rivals.pop()
            with database.connect(label="rival") as connection:
                Loader(connection=connection, raw_id=100).say(PERSON, HR, other)

    monkeypatch.setattr(Joins, "assign", slowly)
    loader.say(PERSON, PAY, said("x", "N1", born="1990"))
    assert not rivals
    assert together(loader) == {"1", "x"}
    assert queue(loader) == [("x", "N1", "born differs")]
