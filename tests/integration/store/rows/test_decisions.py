"""What a person decides about identity holds: at once, beside later records, and after a rebuild."""

from __future__ import annotations

import pytest

from engine.errors import SettingsError, StoreError
from engine.records.received import Fate
from engine.store import rebuild
from tests.integration.store.rows.building import BADGES, HR, PAY, Loader, Said
from tests.integration.store.rows.deciding import PERSON, Sayings, deciding, groups, numbered, replayed, said

pytestmark = pytest.mark.database


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
    replayed(loader, numbered(sayings))
    loader.say(PERSON, BADGES, said("b", email="x@x"))
    assert groups(loader) == {"1bx": stood["1"]}
    with pytest.raises(SettingsError, match="are one person"):
        deciding(loader).merge(stood["1"], stood["x"])
    loader.connection.rollback()


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
    replayed(loader, numbered(sayings))
    with pytest.raises(SettingsError, match="--overrule"):
        deciding(loader).merge(stood["1"], stood["x"])
    loader.connection.rollback()
    deciding(loader).merge(stood["1"], stood["x"], overrule=True)
    assert groups(loader) == {"1bx": stood["1"]}
    assert loader.one("SELECT disabled FROM syncline.identity_key WHERE value = 'x@x'") is False
    replayed(loader, numbered(sayings))


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
    replayed(loader, numbered(sayings))


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
