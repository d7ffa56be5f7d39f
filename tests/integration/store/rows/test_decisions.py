"""What a person decides about identity holds: at once, beside later records, and after a rebuild."""

from __future__ import annotations

import random
from collections.abc import Sequence
from uuid import UUID

import pytest

from engine.errors import SettingsError, StoreError
from engine.mapping.components import resolve
from engine.records.received import Fate, StreamName
from engine.store import rebuild
from engine.store.decisions import Decider
from tests.integration.store.rows.building import BADGES, HR, PAY, Loader, Said, shape_of

pytestmark = pytest.mark.database

PERSON = shape_of(
    "person",
    ["name", "born"],
    [HR, PAY, BADGES],
    identity=["number", "email"],
    guards=["born"],
    history=True,
)


def said(key: str, number: str | None = None, email: str | None = None, **values: str) -> Said:
    return Said(key=key, values={"name": key, **values}, identity=(number, email))


def deciding(loader: Loader) -> Decider:
    return Decider(connection=loader.connection, shape=PERSON, who="ada", why="same person")


def groups(loader: Loader) -> dict[str, UUID]:
    """By the keys of the live records that stand together, the entity."""
    rows = loader.connection.execute(
        "SELECT string_agg(_key, '' ORDER BY _key), _entity_id FROM syncline.contribution_person"
        " WHERE _fate = 0 AND _dead_run IS NULL GROUP BY _entity_id"
    ).fetchall()
    loader.connection.commit()
    return dict(rows)


def state(loader: Loader) -> dict[str, list[tuple[object, ...]]]:
    """All that a rebuild has to give again."""
    texts = {
        "rows": "SELECT id, _won, name, born FROM canonical.person ORDER BY id",
        "crosswalk": "SELECT _source, _stream, _key, _entity_id FROM syncline.contribution_person"
        " ORDER BY 1, 2, 3",
        "values": "SELECT kind, value, disabled, CASE WHEN NOT disabled THEN entity_id END"
        " FROM syncline.identity_key ORDER BY 1, 2",
        "redirects": "SELECT old, new FROM syncline.redirect ORDER BY 1",
    }
    found = {name: loader.connection.execute(text).fetchall() for name, text in texts.items()}
    loader.connection.commit()
    return found


Sayings = Sequence[tuple[StreamName, Sequence[Said]]]


def replayed(loader: Loader, sayings: Sayings) -> None:
    """Wipe the projection and load everything in other orders and batch sizes: nothing may change."""
    before = state(loader)
    for seed in range(3):
        rebuild.clear(loader.connection, PERSON)
        singles = [(stream, n, each) for n, (stream, every) in enumerate(sayings, 1) for each in every]
        random.Random(seed).shuffle(singles)
        for stream, n, each in singles:
            loader.say(PERSON, stream, each, raw_id=n, rebuild=True)
        rebuild.finish(loader.connection, PERSON, resolve=resolve)
        assert state(loader) == before, f"seed {seed}"


def test_two_are_merged_and_the_older_id_stays(loader: Loader) -> None:
    """Values join from then on, references lead to the older, and a rebuild gives the same."""
    loader.ensure(PERSON)
    sayings: Sayings = [(HR, [said("1", "N1")]), (PAY, [said("x", email="x@x")])]
    for stream, every in sayings:
        loader.say(PERSON, stream, *every)
    stood = groups(loader)
    done = deciding(loader).merge(stood["x"], stood["1"])
    assert (done.stays, done.other, done.records) == (stood["1"], stood["x"], 1)
    assert groups(loader) == {"1x": stood["1"]}
    assert loader.rows(PERSON, "id", "name") == [(stood["1"], "1")]
    assert loader.one("SELECT new FROM syncline.redirect WHERE old = %s", stood["x"]) == stood["1"]
    assert loader.connection.execute("SELECT what, who, why FROM syncline.identity_decision").fetchall() == [
        ("merge", "ada", "same person")
    ]
    replayed(loader, sayings)
    loader.say(PERSON, BADGES, said("b", email="x@x"))
    assert groups(loader) == {"1bx": stood["1"]}
    with pytest.raises(SettingsError, match="are one person"):
        deciding(loader).merge(stood["1"], stood["x"])
    loader.connection.rollback()


def test_a_merge_that_a_record_showed_is_undone(loader: Loader) -> None:
    """Former ids and values come back; what came since stays, unless a value says otherwise."""
    loader.ensure(PERSON)
    sayings: Sayings = [
        (HR, [said("1", "N1")]),
        (PAY, [said("x", email="x@x")]),
        (HR, [said("1", "N1", "x@x")]),  # joins the two
        (BADGES, [said("b", email="x@x")]),
    ]
    for stream, every in sayings[:2]:
        loader.say(PERSON, stream, *every)
    stood = groups(loader)
    former = loader.rows(PERSON, "id", "_won", "name")
    for n, (stream, every) in enumerate(sayings[2:], 3):
        loader.say(PERSON, stream, *every, raw_id=n)
    assert groups(loader) == {"1bx": stood["1"]}
    done = deciding(loader).split(stood["x"])
    assert (done.stays, done.other, done.records) == (stood["1"], stood["x"], 1)
    assert groups(loader) == {"1b": stood["1"], "x": stood["x"]}  # both sides say the badge's address
    assert former[1] in loader.rows(PERSON, "id", "_won", "name")
    assert loader.one("SELECT count(*) FROM syncline.redirect") == 0
    assert loader.one("SELECT disabled FROM syncline.identity_key WHERE value = 'x@x'") is True
    assert (
        loader.one("SELECT count(*) FROM syncline.identity_decision WHERE what = 'merge' AND undone > 0") == 1
    )
    replayed(loader, sayings)
    with pytest.raises(SettingsError, match="no person that was merged"):
        deciding(loader).split(stood["x"])
    loader.connection.rollback()


def test_what_came_since_goes_with_whom_it_names(loader: Loader) -> None:
    """A record whose only value is of those that went goes with them, with all that it brought."""
    loader.ensure(PERSON)
    sayings: Sayings = [
        (HR, [said("1", "N1")]),
        (PAY, [said("x", "N2", "x@x")]),
        (BADGES, [said("b", email="x@x")]),
    ]
    for stream, every in sayings[:2]:
        loader.say(PERSON, stream, *every)
    stood = groups(loader)
    deciding(loader).merge(stood["1"], stood["x"])
    loader.say(PERSON, BADGES, said("b", email="x@x"))
    assert set(groups(loader)) == {"1bx"}
    done = deciding(loader).split(stood["x"])
    assert done.records == 2
    assert groups(loader) == {"1": stood["1"], "bx": stood["x"]}
    assert loader.one("SELECT count(*) FROM syncline.identity_key WHERE disabled") == 0
    replayed(loader, sayings)


def test_other_ids_follow_their_records(loader: Loader) -> None:
    """Of three that were merged one after another, the middle one takes along what had been its own."""
    loader.ensure(PERSON)
    sayings: Sayings = [(HR, [said("1", "N1")]), (PAY, [said("x", "N2")]), (BADGES, [said("b", email="b@x")])]
    for stream, every in sayings:
        loader.say(PERSON, stream, *every)
    stood = groups(loader)
    deciding(loader).merge(stood["x"], stood["b"])
    deciding(loader).merge(stood["1"], stood["x"])
    deciding(loader).split(stood["x"])
    assert groups(loader) == {"1": stood["1"], "bx": stood["x"]}
    redirects = loader.connection.execute("SELECT old, new FROM syncline.redirect").fetchall()
    assert redirects == [(stood["b"], stood["x"])]
    deciding(loader).split(stood["b"])
    assert groups(loader) == stood
    replayed(loader, sayings)


def test_kept_apart_for_ever(loader: Loader) -> None:
    """A record that says the values of both joins neither; a person may overrule, by name."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "N1"))
    loader.say(PERSON, PAY, said("x", email="x@x"))
    stood = groups(loader)
    kept = deciding(loader).keep_apart(stood["x"], stood["1"])
    with pytest.raises(SettingsError, match=f"decision {kept.number} keeps"):
        deciding(loader).keep_apart(stood["1"], stood["x"])
    loader.connection.rollback()
    loader.say(PERSON, HR, said("1", "N1", "x@x", born="1990"))
    assert set(groups(loader)) == {"1", "x"}
    assert loader.one("SELECT why FROM syncline.identity_decision WHERE what = 'refuse'") == "kept apart"
    loader.say(PERSON, BADGES, said("b", "N1", "x@x"))  # the address joins nobody any more
    assert set(groups(loader)) == {"1b", "x"}
    sayings: Sayings = [
        (HR, [said("1", "N1")]),
        (PAY, [said("x", email="x@x")]),
        (HR, [said("1", "N1", "x@x", born="1990")]),
        (BADGES, [said("b", "N1", "x@x")]),
    ]
    replayed(loader, sayings)
    with pytest.raises(SettingsError, match="--overrule"):
        deciding(loader).merge(stood["1"], stood["x"])
    loader.connection.rollback()
    deciding(loader).merge(stood["1"], stood["x"], overrule=True)
    assert groups(loader) == {"1bx": stood["1"]}
    assert loader.one("SELECT disabled FROM syncline.identity_key WHERE value = 'x@x'") is False
    replayed(loader, sayings)


def test_kept_apart_from_what_they_become(loader: Loader) -> None:
    """Whoever is merged into one of two that are kept apart is kept apart from the other."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "N1"))
    loader.say(PERSON, PAY, said("x", "N2"))
    loader.say(PERSON, BADGES, said("b", "N3"))
    stood = groups(loader)
    deciding(loader).keep_apart(stood["x"], stood["b"])
    deciding(loader).merge(stood["1"], stood["x"])
    with pytest.raises(SettingsError, match="--overrule"):
        deciding(loader).merge(stood["1"], stood["b"])
    loader.connection.rollback()


def test_a_record_that_joined_is_parted(loader: Loader) -> None:
    """It gets an id of its own, does not come back by its value, and stays there when it says more."""
    loader.ensure(PERSON)
    sayings: Sayings = [
        (HR, [said("1", "N1", "a@x")]),
        (PAY, [said("x", "N1")]),
        (PAY, [said("x", "N1", "a@x", born="1990")]),
    ]
    for stream, every in sayings[:2]:
        loader.say(PERSON, stream, *every)
    stood = groups(loader)
    with pytest.raises(SettingsError, match="no record of person"):
        deciding(loader).part(stood["1x"], [(PAY, "nobody")])
    loader.connection.rollback()
    with pytest.raises(SettingsError, match="nothing would stay"):
        deciding(loader).part(stood["1x"], [(PAY, "x"), (HR, "1")])
    loader.connection.rollback()
    done = deciding(loader).part(stood["1x"], [(PAY, "x")])
    assert groups(loader) == {"1": stood["1x"], "x": done.other}
    assert done.other > stood["1x"]
    loader.say(PERSON, PAY, said("x", "N1", "a@x", born="1990"), raw_id=3)
    assert groups(loader) == {"1": stood["1x"], "x": done.other}
    replayed(loader, sayings)


def test_a_person_is_above_guards_and_not_above_streams(loader: Loader) -> None:
    """Two that differ in a guard are one by decision; two records of one stream are never one."""
    loader.ensure(PERSON)
    sayings: Sayings = [
        (HR, [said("1", "N1", born="1990"), said("2", "N2", born="1990")]),
        (PAY, [said("x", "N1", born="1991")]),
        (BADGES, [said("b", "N1")]),
    ]
    for stream, every in sayings[:2]:
        loader.say(PERSON, stream, *every)
    stood = groups(loader)
    assert set(stood) == {"1", "2", "x"}
    with pytest.raises(SettingsError, match=r"1, 2 of hr\.employees would be one"):
        deciding(loader).merge(stood["1"], stood["2"])
    loader.connection.rollback()
    deciding(loader).merge(stood["1"], stood["x"])
    assert set(groups(loader)) == {"1x", "2"}
    loader.say(PERSON, BADGES, said("b", "N1"), raw_id=3)  # what was refused counts again
    assert set(groups(loader)) == {"1bx", "2"}
    replayed(loader, sayings)


def test_references_and_history_follow(loader: Loader) -> None:
    """What stood before each decision is kept with the decision as its cause."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "N1"))
    loader.say(PERSON, PAY, said("x", email="x@x", born="1990"))
    stood = groups(loader)
    merged = deciding(loader).merge(stood["1"], stood["x"])
    parted = deciding(loader).split(stood["x"])
    causes = loader.connection.execute(
        "SELECT id, name, born, _cause, _cause_id FROM canonical.person_history ORDER BY _cause_id, id"
    ).fetchall()
    assert causes == [
        (stood["1"], "1", None, 3, merged.number),
        (stood["x"], "x", "1990", 3, merged.number),
        (stood["1"], "1", "1990", 3, parted.number),
    ]
    assert loader.rows(PERSON, "id", "name", "born") == [
        (stood["1"], "1", None),
        (stood["x"], "x", "1990"),
    ]


def test_one_who_ended_and_the_one_who_came_instead_are_one(loader: Loader) -> None:
    """Two records of a stream are one entity where only one of them lives."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "N1"))
    first = groups(loader)["1"]
    loader.say(PERSON, HR, Said(key="1", fate=Fate.DELETED, identity=(None, None)))
    loader.say(PERSON, HR, said("2", "N2"))
    done = deciding(loader).merge(first, groups(loader)["2"])
    assert done.stays == first
    assert groups(loader) == {"2": first}
    assert loader.rows(PERSON, "id", "name") == [(first, "2")]


def test_nothing_is_decided_during_a_rebuild(loader: Loader) -> None:
    """Half of the crosswalk says nothing then."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "N1"))
    loader.say(PERSON, PAY, said("x", "N2"))
    stood = groups(loader)
    rebuild.clear(loader.connection, PERSON)
    with pytest.raises(StoreError, match="is being rebuilt"):
        deciding(loader).merge(stood["1"], stood["x"])
    loader.connection.rollback()
