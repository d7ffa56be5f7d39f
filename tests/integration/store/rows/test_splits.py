"""A person parts what was joined: former ids, values and records come back, and stay so."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from engine.errors import SettingsError
from engine.records.received import Fate
from engine.records.shapes import Unique
from engine.store.decisions import Decider
from tests.integration.store.rows.building import BADGES, HR, PAY, Loader, Said, shape_of
from tests.integration.store.rows.deciding import PERSON, Sayings, deciding, groups, numbered, replayed, said

pytestmark = pytest.mark.database


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
    replayed(loader, numbered(sayings))
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
    replayed(loader, numbered(sayings))


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
    replayed(loader, numbered(sayings))


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
    replayed(loader, numbered(sayings))


def test_former_rows_have_the_decision_as_their_cause(loader: Loader) -> None:
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


def test_a_reference_that_waits_follows_its_record(loader: Loader) -> None:
    """Whom it names may come while the two are one, or after they were parted."""
    crew = shape_of(
        "crew", ["name", "boss"], [HR, PAY], identity=["number"], refs={"boss": ("crew", HR)}, history=True
    )
    decider = Decider(connection=loader.connection, shape=crew, who="ada", why="twins")
    loader.ensure(crew)

    def member(key: str, number: str, boss: str | None = None) -> Said:
        return Said(key=key, values={"name": key, "boss": boss}, identity=(number,))

    def rows() -> dict[str, str | None]:
        found = loader.connection.execute(
            "SELECT o.name, b.name FROM canonical.crew o LEFT JOIN canonical.crew b ON b.id = o.boss"
        ).fetchall()
        loader.connection.commit()
        return dict(found)

    def of(name: str) -> UUID:
        return UUID(str(loader.one("SELECT id FROM canonical.crew WHERE name = %s", name)))

    loader.say(crew, HR, member("1", "N1"))
    second = [member("x", "N2", boss="9"), member("y", "N3"), member("z", "N4", boss="8")]
    loader.say(crew, PAY, *second)
    twin = of("x")
    decider.merge(of("1"), twin)
    loader.say(crew, HR, member("8", "N8"))
    assert rows() == {"1": None, "y": None, "z": "8", "8": None}
    decider.split(twin)
    one, other = sorted((of("8"), of("y")))
    decider.merge(one, other)
    decider.split(other)
    assert rows()["z"] == "y"  # the older: who refers to the record that went is to be loaded again
    assert loader.one("SELECT array_agg(response) FROM syncline.pending") == [2]
    loader.say(crew, PAY, *second, raw_id=2)
    loader.say(crew, HR, member("9", "N9"))
    assert rows() == {"1": None, "x": "9", "y": None, "z": "8", "8": None, "9": None}


@pytest.mark.parametrize("why", ["withheld", "ended"])
def test_who_has_no_row_looks_again_for_whom_they_refer_to(loader: Loader, why: str) -> None:
    """What refers to a part may have no row while the two are parted: it has the right one once it comes."""
    crew = replace(
        shape_of(
            "crew", ["name", "post", "boss"], [HR, PAY], identity=["number"], refs={"boss": ("crew", PAY)}
        ),
        unique=(Unique(name="one", fields=("post",)),),
        keeps=frozenset({PAY.source}),
    )
    decider = Decider(connection=loader.connection, shape=crew, who="ada", why="twins")
    loader.ensure(crew)

    def member(key: str, number: str, fate: int = Fate.SAYS, **values: str) -> Said:
        live = fate == Fate.SAYS
        return Said(key=key, values=values if live else {}, identity=(number if live else None,), fate=fate)

    clerk = member("5", "N5", name="5", post="clerk" if why == "withheld" else "cook")
    loader.say(crew, HR, member("1", "N1", name="1", post="clerk"), clerk)
    paid = [member("x", "N2", name="x"), member("y", "N5", boss="x")]
    loader.say(crew, PAY, *paid)
    if why == "ended":
        loader.say(crew, PAY, member("y", "N5", Fate.DELETED))
        loader.say(crew, HR, member("5", "N5", Fate.DELETED))
    one, twin = (of for _, of in loader.rows(crew, "name", "id"))
    decider.merge(one, twin)
    decider.split(twin)
    assert loader.rows(crew, "name") == [("1",), ("x",)]
    assert loader.one("SELECT array_agg(response) FROM syncline.pending") == [2]
    loader.say(crew, PAY, *paid, raw_id=2)
    loader.say(crew, HR, member("5", "N5", name="5", post="cook"))
    assert loader.rows(crew, "name", "boss") == [("1", None), ("5", twin), ("x", None)]
