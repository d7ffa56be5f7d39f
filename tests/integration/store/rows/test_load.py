"""One source, one entity: what a batch does to the rows."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import LeaseLost
from engine.mapping.components import resolve
from engine.records.mapped import Accounting
from engine.records.received import Fate
from engine.store.canonical import known, load
from engine.store.leases import Lease
from tests.integration.store.rows.building import HR, Loader, Said, part, shape_of

pytestmark = pytest.mark.database

PERSON = shape_of("person", ["name", "town"], [HR], history=True)


def said(key: str, name: str | None = None, **more: Any) -> Said:
    return Said(key=key, values={"name": name} if name else {}, **more)


def test_first_load_makes_rows(loader: Loader) -> None:
    """Every record becomes a contribution and a canonical row, and is counted as changed."""
    loader.ensure(PERSON)
    account = loader.say(PERSON, HR, said("1", "Ann"), said("2", "Bo\\b\ttab"))
    assert account == Accounting(records=2, changed=2)
    assert loader.rows(PERSON) == [("Ann", None), ("Bo\\b\ttab", None)]


def test_again_changes_nothing(loader: Loader) -> None:
    """The same records again are the same, and nothing is written."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "Ann"))
    before = loader.one("SELECT xmin::text || _raw_id FROM syncline.contribution_person")
    assert loader.say(PERSON, HR, said("1", "Ann")) == Accounting(records=1, same=1)
    assert loader.one("SELECT xmin::text || _raw_id FROM syncline.contribution_person") == before


def test_there_and_back_again(loader: Loader) -> None:
    """A to B to A ends with A."""
    loader.ensure(PERSON)
    for name in ("Ann", "Bea", "Ann"):
        loader.say(PERSON, HR, said("1", name))
    assert loader.rows(PERSON, "name") == [("Ann",)]
    assert loader.one("SELECT count(*) FROM canonical.person_history") == 2


def test_older_is_stale(loader: Loader) -> None:
    """An older version never overwrites a newer one, whenever it comes."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "New", version=2))
    assert loader.say(PERSON, HR, said("1", "Old", version=1)) == Accounting(records=1, stale=1)
    assert loader.rows(PERSON, "name") == [("New",)]


def test_key_twice_in_a_batch(loader: Loader) -> None:
    """The highest order key of a batch wins, the others are stale."""
    loader.ensure(PERSON)
    account = loader.say(
        PERSON, HR, said("1", "B", version=2), said("1", "A", version=1), said("1", "C", version=2)
    )
    assert account == Accounting(records=3, changed=1, stale=2)
    assert loader.rows(PERSON, "name") == [("C",)]


def test_withdrawn_and_back(loader: Loader) -> None:
    """A record that is filtered or deleted ends its entity; one who returns gets the same id back."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "Ann"))
    first = loader.rows(PERSON, "id")
    assert loader.say(PERSON, HR, said("1", fate=Fate.FILTERED)).filtered == 1
    assert loader.rows(PERSON) == []
    assert loader.one("SELECT name FROM canonical.person_history") == "Ann"
    assert loader.say(PERSON, HR, said("1", "Ann")).changed == 1
    assert loader.rows(PERSON, "id") == first
    assert loader.say(PERSON, HR, said("1", fate=Fate.DELETED)).changed == 1
    assert loader.say(PERSON, HR, said("1", fate=Fate.DELETED)).same == 1
    assert loader.rows(PERSON) == []


def test_never_said(loader: Loader) -> None:
    """A record that was filtered from the start leaves its order key behind, and no entity."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", fate=Fate.FILTERED, version=5))
    assert loader.say(PERSON, HR, said("1", "Old", version=4)).stale == 1
    assert loader.rows(PERSON) == []
    assert loader.say(PERSON, HR, said("1", "New", version=6)).changed == 1
    assert loader.rows(PERSON, "name") == [("New",)]


def test_fenced_off(loader: Loader) -> None:
    """A worker with an older epoch writes nothing."""
    loader.ensure(PERSON)
    lease = loader.lease(HR)
    given = part(PERSON, HR, [said("1", "Ann")], raw_id=1)
    with pytest.raises(LeaseLost):
        load(
            loader.connection,
            Lease(stream=lease.stream, epoch=0, holder="test"),
            shape=PERSON,
            feed=PERSON.feeds[0],
            activation=1,
            batch=[given],
            resolve=resolve,
        )
    assert loader.rows(PERSON) == []


def test_refused_row_becomes_a_dead_letter(loader: Loader) -> None:
    """A row that PostgreSQL refuses is found and set aside; the rest of its batch lands."""
    loader.ensure(PERSON)
    records = [said(str(n), f"n{n}") for n in range(50)]
    given = part(PERSON, HR, records, raw_id=1)
    lines = list(given.mapped.lines)
    lines[17] = lines[17].replace("n17", "n\\x00")
    lines[31] = lines[31].replace("n31", "n31\tone column too many")
    object.__setattr__(given.mapped, "lines", lines)
    (account,) = loader.load(PERSON, HR, [given])
    assert account == Accounting(records=50, changed=48, dead=2)
    found = loader.connection.execute(
        "SELECT subject, stage, problems->0->>'code' FROM syncline.dead_letter ORDER BY 1"
    )
    assert [row[:2] for row in found] == [("17", "load"), ("31", "load")]


def test_dead_letter_is_answered_by_a_newer_version(loader: Loader) -> None:
    """A rejection keeps what the last good version said; a newer good one empties the queue."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "Ann", version=1))
    assert loader.say(PERSON, HR, rejected=[("1", 2), (None, 0)]) == Accounting(records=2, dead=2)
    assert loader.rows(PERSON, "name") == [("Ann",)]
    assert loader.say(PERSON, HR, rejected=[("1", 0)]) == Accounting(records=1, stale=1)
    loader.say(PERSON, HR, said("1", "Bea", version=3))
    assert loader.one("SELECT count(*) FROM syncline.dead_letter") == 1
    assert loader.say(PERSON, HR, raw_id=2).records == 0
    assert loader.one("SELECT count(*) FROM syncline.dead_letter") == 0


def test_rejected_between_two_equal_ones(loader: Loader) -> None:
    """A, then B refused, then A unchanged: a late retry of B does not take A's place."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "A"))
    loader.say(PERSON, HR, rejected=[("1", -(2**63))])
    hashes = [loader.one("SELECT _hash FROM syncline.contribution_person")]
    assert known(loader.connection, PERSON, PERSON.feeds[0], ["1"], hashes) == {}
    loader.say(PERSON, HR, said("1", "A"))
    assert known(loader.connection, PERSON, PERSON.feeds[0], ["1"], hashes) == {0: 3}
    assert loader.say(PERSON, HR, said("1", "B"), raw_id=2).stale == 1
    assert loader.rows(PERSON, "name") == [("A",)]


def test_known_records(loader: Loader) -> None:
    """What would change nothing is known before it is mapped: by key and hash, while it lives."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "A", hash=11), said("2", "B", hash=12))
    found = known(loader.connection, PERSON, PERSON.feeds[0], ["1", "2", None, "3"], [11, 99, 0, 5])
    assert found == {0: 1}
