"""Pins lie over the fold: live, after merges and rebuilds, and until they are lifted or over."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
import pytest

from engine.errors import StoreError
from engine.mapping.components import resolve
from engine.records.received import Fate
from engine.records.shapes import EntityShape
from engine.store import batch, pins, rebuild, show
from tests.integration.store.rows.building import HR, PAY, Loader, Said, part, shape_of
from tests.integration.store.rows.deciding import (
    PERSON,
    Sayings,
    deciding,
    groups,
    numbered,
    replayed,
    said,
)
from tests.integration.store.rows.naive_fold import COLUMNS, TOGETHER, Model, naive
from tests.integration.store.rows.test_strategies import compiled, drawn, rows, stored, told, unlike

pytestmark = pytest.mark.database

HELD: Mapping[str, Sequence[tuple[tuple[str, ...], tuple[Any, ...]]]] = {
    "name": [(("Pinned",), ("Pinned",)), (("Other",), ("Other",))],
    "size": [(("77",), ("77",))],
    "level": [(("zero",), ("zero",))],
    "tags": [(('{"q","r s"}',), (["q", "r s"],))],
    "cost": [(("1.50", "EUR"), ("1.50", "EUR"))],
}
"""By field: texts of a pin, and what its columns then hold."""
ALONE = shape_of("badge", ["number", "name"], [HR], history=True)


@dataclass(kw_only=True)
class Pinned:
    """What people hold, written separately: a list of pins, the newest last."""

    held: list[tuple[UUID, str, tuple[Any, ...]]] = field(default_factory=list)

    def lay(self, loader: Loader, wanted: Mapping[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
        """The rows with all pins over them."""
        ids: dict[UUID, str] = dict(
            loader.connection.execute("SELECT id, number FROM canonical.thing").fetchall()
        )
        laid = {who: dict(zip(COLUMNS, row, strict=True)) for who, row in wanted.items()}
        for of, name, values in self.held:
            who = ids.get(show.current(loader.connection, of))
            if who in laid:
                laid[who] |= dict(zip([each for each in COLUMNS if _of(each) == name], values, strict=True))
        loader.connection.commit()
        return {who: tuple(row.values()) for who, row in laid.items()}


def _of(column: str) -> str:
    return column.removesuffix("_currency")


def _decide(loader: Loader, shape: EntityShape, pinned: Pinned, dice: random.Random) -> None:
    """Somebody pins a field, or lifts what is pinned."""
    ids = [row[0] for row in loader.rows(shape, "id")]
    if not ids:
        return
    of, name = UUID(str(dice.choice(ids))), dice.choice(list(HELD))
    fields = {each.name: each for each in shape.fields}
    if dice.random() < 0.3:
        pins.lift(loader.connection, shape, of=of, field=name, why="enough", who=None)
        pinned.held = [
            each for each in pinned.held if each[1] != name or show.current(loader.connection, each[0]) != of
        ]
        loader.connection.commit()
        return
    texts, values = dice.choice(HELD[name])
    pins.put(loader.connection, shape, of=of, field=fields[name], texts=texts, why="so", who="ada")
    pinned.held.append((of, name, values))


@pytest.mark.parametrize("seed", range(20))
def test_pins_are_above_every_strategy_live_and_rebuilt(loader: Loader, seed: int) -> None:
    """Rows are those of the naive fold with the pins over them, after every step and a shuffled rebuild."""
    dice = random.Random(seed * 7919)
    plan, grouped, policy = drawn(dice)
    shape, group = compiled(policy), TOGETHER if grouped else ()
    loader.ensure(shape)
    responses, model, pinned = told(dice), Model(), Pinned()
    for number, (stream, records) in enumerate(responses):
        for place, each in enumerate(records):
            model.hear(stream, each, number + 1, place)
        loader.load(shape, stream, [part(shape, stream, list(map(stored, records)), raw_id=number + 1)])
        for _ in range(dice.randrange(3)):
            _decide(loader, shape, pinned, dice)
        spoken = {person: naive(plan, group, who) for person, who in model.people().items()}
        assert unlike(rows(loader), pinned.lay(loader, spoken)) == [], policy
    assert pinned.held
    won = loader.rows(shape, "id", "_won")
    rebuild.clear(loader.connection, shape)
    order = list(range(len(responses)))
    dice.shuffle(order)
    for number in order:
        stream, records = responses[number]
        given = part(shape, stream, list(map(stored, records)), raw_id=number + 1)
        loader.load(shape, stream, [given], rebuild=True)
    rebuild.finish(loader.connection, shape, resolve=resolve)
    assert unlike(rows(loader), pinned.lay(loader, spoken)) == [], policy
    assert loader.rows(shape, "id", "_won") == won


def _alone(loader: Loader) -> UUID:
    loader.ensure(ALONE)
    loader.say(ALONE, HR, Said(key="1", values={"number": "1", "name": "Ada"}), Said(key="2"))
    return UUID(str(loader.one("SELECT id FROM canonical.badge WHERE number = '1'")))


def test_a_lifted_pin_gives_back_what_the_only_source_says_by_then(loader: Loader) -> None:
    of = _alone(loader)
    name = ALONE.fields[1]
    first = pins.put(loader.connection, ALONE, of=of, field=name, texts=["Augusta"], why="so", who=None)
    loader.say(ALONE, HR, Said(key="1", values={"number": "1", "name": "Adele"}))
    assert loader.one("SELECT name FROM canonical.badge WHERE id = %s", of) == "Augusta"
    assert pins.lift(loader.connection, ALONE, of=of, field="name", why="no", who="bob") == 1
    assert loader.one("SELECT name FROM canonical.badge WHERE id = %s", of) == "Adele"
    former = loader.connection.execute(
        "SELECT name, _cause, _cause_id FROM canonical.badge_history ORDER BY _until"
    ).fetchall()
    assert former == [("Ada", pins.PIN, first), ("Augusta", pins.PIN, first)]


def test_who_prepared_before_the_first_pin_begins_anew(loader: Loader) -> None:
    """Its statements leave values out of contributions, which the pin has made columns for meanwhile."""
    of = _alone(loader)
    rival = loader.connection.info.dsn
    once = [True]
    before = batch.prepared

    def prepared(*given: Any) -> Any:
        made = before(*given)
        if once.pop() if once else False:
            with psycopg.connect(rival) as other:
                pins.put(other, ALONE, of=of, field=ALONE.fields[1], texts=["Augusta"], why="so", who=None)
        return made

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(batch, "prepared", prepared)
        loader.say(ALONE, HR, Said(key="1", values={"number": "1", "name": "Adele"}))
    assert not once
    assert loader.one("SELECT name FROM canonical.badge WHERE id = %s", of) == "Augusta"
    assert loader.one("SELECT name FROM syncline.contribution_badge WHERE _key = '1'") == "Adele"


def test_an_entity_ends_under_its_pin_and_meets_it_again(loader: Loader) -> None:
    of = _alone(loader)
    pins.put(loader.connection, ALONE, of=of, field=ALONE.fields[1], texts=["Augusta"], why="so", who=None)
    loader.say(ALONE, HR, Said(key="1", fate=Fate.DELETED))
    assert loader.one("SELECT count(*) FROM canonical.badge WHERE id = %s", of) == 0
    loader.say(ALONE, HR, Said(key="1", values={"number": "1", "name": "Ada"}))
    assert loader.one("SELECT name FROM canonical.badge WHERE id = %s", of) == "Augusta"


def test_pins_follow_who_is_merged_away_and_the_newer_counts(loader: Loader) -> None:
    shape = shape_of("member", ["number", "name", "nick"], [HR, PAY], identity=["number"])
    loader.ensure(shape)
    loader.say(shape, HR, Said(key="h", values={"name": "Ada"}, identity=("1",)))
    loader.say(shape, PAY, Said(key="p", values={"name": "Adele"}, identity=("2",)))
    ids = {name: UUID(str(of)) for of, name in loader.rows(shape, "id", "name")}
    for of, name, text in (("Ada", 1, "older"), ("Adele", 1, "newer"), ("Adele", 2, "nick")):
        pins.put(
            loader.connection, shape, of=ids[of], field=shape.fields[name], texts=[text], why="so", who=None
        )
    loader.say(shape, PAY, Said(key="p", values={"name": "Adele"}, identity=("1",)))
    assert loader.rows(shape, "id", "name", "nick") == [(ids["Ada"], "newer", "nick")]
    assert set(pins.standing(loader.connection, ids["Ada"])) == {"name", "nick"}
    assert pins.lift(loader.connection, shape, of=ids["Adele"], field="name", why="no", who=None) == 2
    assert loader.rows(shape, "name", "nick") == [("Ada", "nick")]


def test_a_pin_stands_until_a_run_finds_its_time_over(loader: Loader) -> None:
    of = _alone(loader)
    name = ALONE.fields[1]
    past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    number = pins.put(
        loader.connection, ALONE, of=of, field=name, texts=["Augusta"], why="so", who=None, until=past
    )
    loader.say(ALONE, HR, Said(key="1", values={"number": "1", "name": "Adele"}))
    assert loader.one("SELECT name FROM canonical.badge WHERE id = %s", of) == "Augusta"
    assert pins.lapse(loader.connection, [ALONE]) == 1
    assert loader.one("SELECT name FROM canonical.badge WHERE id = %s", of) == "Adele"
    assert loader.one("SELECT lifted_why FROM syncline.pin WHERE id = %s", number) == "its time is over"
    assert pins.lapse(loader.connection, [ALONE]) == 0


def test_nobody_pins_while_a_rebuild_is_under_way(loader: Loader) -> None:
    """What records say is not all there: a row folded then would be remembered as what had been."""
    of = _alone(loader)
    name = ALONE.fields[1]
    past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    pins.put(loader.connection, ALONE, of=of, field=name, texts=["Augusta"], why="so", who=None, until=past)
    rebuild.clear(loader.connection, ALONE)
    with pytest.raises(StoreError, match="badge is being rebuilt"):
        pins.put(loader.connection, ALONE, of=of, field=name, texts=["Zoë"], why="so", who=None)
    assert pins.lapse(loader.connection, [ALONE]) == 0
    loader.say(ALONE, HR, Said(key="1", values={"number": "1", "name": "Ada"}), raw_id=1, rebuild=True)
    rebuild.finish(loader.connection, ALONE, resolve=resolve)
    assert loader.one("SELECT name FROM canonical.badge WHERE id = %s", of) == "Augusta"
    assert pins.lapse(loader.connection, [ALONE]) == 1
    assert loader.one("SELECT name FROM canonical.badge WHERE id = %s", of) == "Ada"


def test_a_split_gives_each_its_own_pins_back(loader: Loader) -> None:
    loader.ensure(PERSON)
    sayings: Sayings = [(HR, [said("1", "N1")]), (PAY, [said("x", email="x@x")])]
    for stream, every in sayings:
        loader.say(PERSON, stream, *every)
    stood, name = groups(loader), PERSON.fields[0]
    for key in "1x":
        pins.put(
            loader.connection, PERSON, of=stood[key], field=name, texts=[f"pin {key}"], why="so", who=None
        )
    deciding(loader).merge(stood["1"], stood["x"])
    assert loader.rows(PERSON, "id", "name") == [(stood["1"], "pin x")]
    deciding(loader).split(stood["x"])
    assert set(loader.rows(PERSON, "id", "name")) == {(stood["1"], "pin 1"), (stood["x"], "pin x")}
    replayed(loader, numbered(sayings))
    assert set(loader.rows(PERSON, "id", "name")) == {(stood["1"], "pin 1"), (stood["x"], "pin x")}
