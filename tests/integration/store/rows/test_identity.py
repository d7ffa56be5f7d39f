"""Two sources, one person: joins, merges, refusals, and values that are let go."""

from __future__ import annotations

import pytest

from engine.mapping.components import resolve
from engine.records.received import Fate
from engine.records.shapes import Preference
from engine.store import rebuild
from engine.store.provenance import origins
from engine.store.show import by_key, show
from tests.integration.store.rows.building import BADGES, HR, PAY, Loader, Said, shape_of

pytestmark = pytest.mark.database

PERSON = shape_of(
    "person",
    ["name", "town", "pay"],
    [HR, PAY, BADGES],
    identity=["number", "email"],
    history=True,
    preferences=[
        Preference(mask=0b011, prefer=("hr", "pay"), ways=("latest",)),
        Preference(mask=0b100, prefer=("pay.people",), ways=("latest",)),
    ],
)


def said(key: str, number: str | None = None, email: str | None = None, **values: str) -> Said:
    return Said(key=key, values=values, identity=(number, email))


def groups(loader: Loader) -> set[frozenset[tuple[int, str]]]:
    """Which live records stand together."""
    found: dict[object, set[tuple[int, str]]] = {}
    for entity, source, key in loader.connection.execute(
        "SELECT _entity_id, _source, _key FROM syncline.contribution_person"
        " WHERE _fate = 0 AND _dead_run IS NULL"
    ):
        found.setdefault(entity, set()).add((source, key))
    return {frozenset(each) for each in found.values()}


def test_join_by_value(loader: Loader) -> None:
    """A record that says a value somebody holds joins that entity; each field comes from who is preferred."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "N1", name="Ann", pay="5"), said("2", "N2", name="Bo"))
    loader.say(PERSON, PAY, said("x", "N1", name="Anna", town="Ulm", pay="7"), said("y", "N9", name="Cy"))
    assert loader.rows(PERSON) == [("Ann", "Ulm", "7"), ("Bo", None, None), ("Cy", None, None)]
    ann = by_key(loader.connection, PERSON, "x", source="pay")[0]
    found = {each.field: each.stream.source for each in origins(loader.connection, "person", ann)}
    assert found == {"name": "hr", "town": "pay", "pay": "pay"}


def test_whoever_came_first(loader: Loader) -> None:
    """A record that joins two entities merges them: the older id stays, the other redirects."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "N1", name="Ann"))
    loader.say(PERSON, PAY, said("x", None, "a@x", town="Ulm"))
    old, new = (by_key(loader.connection, PERSON, key)[0] for key in ("1", "x"))
    loader.say(PERSON, BADGES, said("b", "N1", "a@x", pay="3"))
    assert loader.rows(PERSON) == [("Ann", "Ulm", "3")]
    shown = show(loader.connection, PERSON, new)
    assert shown is not None
    assert shown.id == old
    assert len(shown.contributors) == 3
    assert loader.one("SELECT count(*) FROM syncline.identity_decision WHERE what = 'merge'") == 1


def test_two_of_one_stream_are_refused(loader: Loader) -> None:
    """A join that would put two records of one stream together is refused, for good, and listed."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "N1", name="Ann"))
    loader.say(PERSON, HR, said("2", "N1", name="Bea"))
    assert len(groups(loader)) == 2
    assert loader.one("SELECT disabled FROM syncline.identity_key") is True
    assert loader.one("SELECT key FROM syncline.identity_decision WHERE what = 'refuse'") == "2"
    loader.say(PERSON, PAY, said("x", "N1", name="Cy"))
    assert len(groups(loader)) == 3


def test_two_of_one_batch_are_refused(loader: Loader) -> None:
    """The same holds for two newcomers of one batch."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "N1", name="Ann"), said("2", "N1", name="Bea"), said("3", "N3"))
    assert len(groups(loader)) == 3
    assert loader.one("SELECT count(*) FROM syncline.identity_key WHERE disabled") == 1


def test_value_is_let_go(loader: Loader) -> None:
    """A value counts while a live record says it: an address that is used again joins nobody."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", None, "a@x", name="Ann"))
    loader.say(PERSON, HR, said("1", None, "ann@x", name="Ann"))
    loader.say(PERSON, PAY, said("x", None, "a@x", name="Abe"))
    assert len(groups(loader)) == 2
    loader.say(PERSON, PAY, Said(key="x", fate=Fate.DELETED, identity=(None, None)))
    loader.say(PERSON, BADGES, said("b", None, "a@x", name="Art"))
    assert len(groups(loader)) == 2
    assert loader.one("SELECT count(*) FROM syncline.identity_key") == 2


def test_value_handed_over_in_one_batch(loader: Loader) -> None:
    """A value that one record lets go and another takes in the same batch is no reason to refuse."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", None, "a@x", name="Ann"))
    loader.say(PERSON, HR, said("2", None, "a@x", name="Abe"), said("1", None, "ann@x", name="Ann"))
    assert len(groups(loader)) == 2
    assert loader.one("SELECT count(*) FROM syncline.identity_key WHERE disabled") == 0


def together(loader: Loader) -> set[str]:
    """The keys of which live records stand together."""
    return {"".join(sorted(key for _, key in each)) for each in groups(loader)}


def _left(loader: Loader, *others: Said) -> None:
    """Ann stands with payroll's x, leaves, and ``others`` say her number meanwhile."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "N1", name="Ann"))
    loader.say(PERSON, PAY, said("x", "N1", pay="7"))
    loader.say(PERSON, HR, Said(key="1", fate=Fate.FILTERED, identity=(None, None)))
    if others:
        loader.say(PERSON, HR, *others)


def test_whoever_returns_gets_the_entity_back(loader: Loader) -> None:
    """Nobody of its stream came meanwhile, or whoever came leaves in the same batch."""
    _left(loader)
    loader.say(PERSON, HR, said("1", "N1", name="Ann"))
    assert together(loader) == {"1x"}
    gone = Said(key="1", fate=Fate.FILTERED, identity=(None, None))
    loader.say(PERSON, HR, gone, said("2", None, name="Bea"))
    loader.say(PERSON, HR, said("2", "N1", name="Bea"))
    left = Said(key="2", fate=Fate.FILTERED, identity=(None, None))
    loader.say(PERSON, HR, left, said("1", "N1", name="Ann"))
    assert together(loader) == {"1x"}


def test_whoever_returns_finds_the_place_taken(loader: Loader) -> None:
    """It comes anew, with an id of its own, and both are listed for review."""
    _left(loader, said("2", "N1", name="Bea"))
    assert together(loader) == {"2x"}
    loader.say(PERSON, HR, said("1", "N9", name="Ann"))
    assert together(loader) == {"2x", "1"}
    assert loader.rows(PERSON) == [("Ann", None, None), ("Bea", None, "7")]
    why = loader.one("SELECT why FROM syncline.identity_decision WHERE what = 'refuse' AND key = '1'")
    assert why == "its place was taken"
    loader.say(PERSON, BADGES, said("b", "N9", town="Ulm"))
    assert loader.rows(PERSON) == [("Ann", "Ulm", None), ("Bea", None, "7")]


def test_whoever_returns_with_the_value_is_refused(loader: Loader) -> None:
    """The value would put two records of one stream together: it joins nobody any more."""
    _left(loader, said("2", "N1", name="Bea"))
    loader.say(PERSON, HR, said("1", "N1", name="Ann"))
    assert together(loader) == {"2x", "1"}
    assert loader.one("SELECT disabled FROM syncline.identity_key WHERE value = 'N1'") is True


def test_one_returns_while_another_joins(loader: Loader) -> None:
    """In one batch: the returning one has its place, the newcomer is refused."""
    _left(loader)
    loader.say(PERSON, HR, said("2", "N1", name="Bea"), said("1", "N9", name="Ann"))
    assert together(loader) == {"1x", "2"}


def test_two_return_to_one_entity(loader: Loader) -> None:
    """In one batch: the first of the keys has the place."""
    _left(loader, said("2", "N1", name="Bea"))
    loader.say(PERSON, HR, Said(key="2", fate=Fate.DELETED, identity=(None, None)))
    loader.say(PERSON, HR, said("2", None, name="Bea"), said("1", None, name="Ann"))
    assert together(loader) == {"1x", "2"}


def test_two_of_one_stream_that_stand_already_stop_nobody(loader: Loader) -> None:
    """What an older program left together stays; whoever joins it is loaded all the same."""
    _left(loader)
    loader.say(PERSON, HR, said("1", "N1", name="Ann"), said("2", "N2", name="Bea"))
    loader.connection.execute(
        "UPDATE syncline.contribution_person SET _entity_id ="
        " (SELECT _entity_id FROM syncline.contribution_person WHERE _key = '1') WHERE _key = '2'"
    )
    loader.connection.commit()
    loader.say(PERSON, BADGES, said("b", "N1"))
    assert together(loader) == {"12bx"}


def test_known_record_joins_later(loader: Loader) -> None:
    """A record that begins to say a value of another entity merges the two."""
    loader.ensure(PERSON)
    loader.say(PERSON, HR, said("1", "N1", name="Ann"))
    loader.say(PERSON, PAY, said("x", None, name="Anna", pay="1"))
    loader.say(PERSON, PAY, said("x", "N1", name="Anna", pay="2"))
    assert loader.rows(PERSON) == [("Ann", None, "2")]


def test_end_entity(loader: Loader) -> None:
    """Where the policy says so, one source's deletion ends the entity, and its return brings it back."""
    shape = shape_of("person", ["name"], [HR, PAY], identity=["number"], end_entity=frozenset({"hr"}))
    loader.ensure(shape)
    loader.say(shape, HR, Said(key="1", values={"name": "Ann"}, identity=("N1",)))
    loader.say(shape, PAY, Said(key="x", values={"name": "Anna"}, identity=("N1",)))
    loader.say(shape, HR, Said(key="1", fate=Fate.DELETED, identity=(None,)))
    assert loader.rows(shape) == []
    loader.say(shape, PAY, Said(key="x", values={"name": "Anne"}, identity=("N1",)))
    assert loader.rows(shape) == []
    loader.say(shape, HR, Said(key="1", values={"name": "Ann"}, identity=("N1",)))
    assert loader.rows(shape) == [("Ann",)] or loader.rows(shape) == [("Anne",)]


def test_rebuild_makes_merges_again(loader: Loader) -> None:
    """Cleared and loaded again in reverse, entities are who they were."""
    loader.ensure(PERSON)
    told = [
        (HR, said("1", "N1", name="Ann")),
        (PAY, said("x", None, "a@x", town="Ulm")),
        (BADGES, said("b", "N1", "a@x", pay="3")),
        (HR, said("2", "N2", name="Bo")),
        (HR, said("2", "N3", name="Bob")),
        (PAY, said("y", "N2", name="Other")),
    ]
    for stream, each in told:
        loader.say(PERSON, stream, each)
    before = loader.rows(PERSON, "id", "name", "town", "pay", "_won")
    keys = loader.connection.execute("SELECT * FROM syncline.identity_key ORDER BY value").fetchall()
    history = loader.one("SELECT count(*) FROM canonical.person_history")
    rebuild.clear(loader.connection, PERSON)
    assert loader.rows(PERSON) == []
    for number, (stream, each) in reversed(list(enumerate(told, 1))):
        loader.say(PERSON, stream, each, raw_id=number, rebuild=True)
    rebuild.finish(loader.connection, PERSON, resolve=resolve)
    assert loader.rows(PERSON, "id", "name", "town", "pay", "_won") == before
    assert loader.connection.execute("SELECT * FROM syncline.identity_key ORDER BY value").fetchall() == keys
    assert loader.one("SELECT count(*) FROM canonical.person_history") == history
