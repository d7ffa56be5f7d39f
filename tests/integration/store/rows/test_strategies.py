"""The fold against one written separately: every strategy, tie-breaker and group."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from engine.mapping.components import resolve
from engine.mapping.entity import Entity
from engine.mapping.policy import Policy
from engine.mapping.shape import entity_shape
from engine.mapping.texts import array_text
from engine.records.received import NO_VERSION, Fate, StreamName
from engine.records.shapes import EntityShape, Feed
from engine.spec.load import load as read
from engine.store import rebuild
from tests.integration.store.rows.building import BADGES, HR, PAY, Loader, Said, part
from tests.integration.store.rows.naive_fold import (
    COLUMNS,
    FIELDS,
    LISTS,
    ORDERED,
    TOGETHER,
    WORDS,
    Model,
    Plan,
    naive,
)

pytestmark = pytest.mark.database

POOL = StreamName(source="hr", stream="pool")
STREAMS = [HR, POOL, PAY, BADGES]
ENTITY = """
entity: thing
fields:
  number: string
  name: string
  nick: string
  size: integer
  share: {type: decimal}
  mass: {type: quantity, unit: kg}
  born: date
  seen: timestamp
  wakes: time
  lasts: duration
  level: {type: enum, values: [zero, low, mid, high]}
  cost: {type: money, in: USD, on: born}
  tags: {type: list, of: string}
  marks: {type: list, of: decimal}
  spans: {type: list, of: duration}
identity: [{name: number, on: [number]}]
"""
VALUES: Mapping[str, Sequence[str]] = {
    "name": ["Ada", "ada", "Émile", "zoë"],
    "nick": ["x", "y"],
    "size": ["-1", "9", "10"],
    "share": ["0.5", "0.50", "-2", "11"],
    "mass": ["80", "80.0", "9"],
    "born": ["1999-12-31", "2000-01-01"],
    "seen": ["2024-05-01T10:00:00+00:00", "2024-05-01T09:30:00+00:00"],
    "wakes": ["06:30:00", "22:00:00"],
    "lasts": ["P1M", "P30D", "P2D"],
    "level": WORDS,
    "cost": ["5", "5.00", "40"],
}
ELEMENTS: Mapping[str, Sequence[str | None]] = {
    "tags": ["a", "B", "é", "z z", 'q"', None],
    "marks": ["1", "1.0", "10", "9.00", None],
    "spans": ["P1M", "P30D", "PT1H", None],
}


def drawn(dice: random.Random) -> tuple[Plan, bool, str]:
    """A policy: how each field is decided, whether two of them are a group, and its file."""
    plan: Plan = {}
    lines = ["policy: thing", "fields:"]
    grouped = dice.random() < 0.6
    places = ["hr", "hr.pool", "hr.employees", "pay", "badges"]
    for name in FIELDS:
        ways = ["prefer", "latest", "earliest"]
        ways += ["max", "min"] * 2 if name in ORDERED else []
        ways += ["union"] * 3 if name in LISTS else []
        way = dice.choice(ways)
        prefer = tuple(dice.sample(places, dice.randrange(1, 4))) if way == "prefer" else ()
        ties: list[str | None] = [None]
        if way in {"prefer", "max", "min"}:
            ties += ["latest", "earliest"]
        if name in ORDERED and way in {"prefer", "latest", "earliest"}:
            ties += ["max", "min"]
        then = dice.choice(ties)
        plan[name] = (way, prefer, then)
        if grouped and name == "nick":
            plan[name] = plan["name"]
        way, prefer, then = plan[name]
        said = f"prefer: [{', '.join(prefer)}]" if way == "prefer" else f"{way}: true"
        lines.append(f"  {name}: {{{said}{f', then: {then}' if then else ''}}}")
    if grouped:
        lines.append("groups: {called: [name, nick]}")
    return plan, grouped, "\n".join(lines) + "\n"


def compiled(policy: str) -> EntityShape:
    contract, decided = read(Entity, "e.yaml", ENTITY), read(Policy, "p.yaml", policy)
    assert contract.value is not None, contract.problems
    assert decided.value is not None, (decided.problems, policy)
    feeds = [Feed(mapping=f"{each.source}/{each.stream}", stream=each, entity="thing") for each in STREAMS]
    return entity_shape(contract.value, decided.value, feeds, timed=STREAMS)


def told(dice: random.Random) -> list[tuple[StreamName, list[Said]]]:
    """Responses of four streams about the same twenty people: few values and versions, so that many tie."""
    responses = []
    for _ in range(20):
        stream = dice.choice(STREAMS)
        records = []
        for _ in range(dice.randrange(1, 12)):
            person = f"{dice.randrange(20)}"
            fate = dice.choices((Fate.SAYS, Fate.FILTERED, Fate.DELETED), (8, 1, 1))[0]
            values: dict[str, Any] = {}
            if fate == Fate.SAYS:
                values["number"] = person
                for name, some in VALUES.items():
                    if dice.random() < 0.6:
                        values[name] = dice.choice(some)
                for name, every in ELEMENTS.items():
                    if dice.random() < 0.6:
                        values[name] = [dice.choice(every) for _ in range(dice.randrange(4))]
                if "cost" in values:
                    values["cost_currency"] = "USD"
            version = dice.choice([NO_VERSION, 1, 2, 3])
            number = person if fate == Fate.SAYS else None
            records.append(
                Said(
                    key=f"{stream.stream}-{person}",
                    values=values,
                    fate=fate,
                    version=version,
                    identity=(number,),
                )
            )
        responses.append((stream, records))
    return responses


def stored(said: Said) -> Said:
    """The same record with its lists as PostgreSQL reads them."""
    values = {
        name: array_text(each) if isinstance(each, list) else each for name, each in said.values.items()
    }
    return Said(key=said.key, values=values, fate=said.fate, version=said.version, identity=said.identity)


def rows(loader: Loader) -> dict[str, tuple[Any, ...]]:
    columns = ", ".join(f'"{each}"::text{"[]" if each in LISTS else ""}' for each in COLUMNS)
    found = loader.connection.execute(f"SELECT number, {columns} FROM canonical.thing").fetchall()
    loader.connection.commit()
    return {row[0]: row[1:] for row in found}


def unlike(had: Mapping[str, tuple[Any, ...]], wanted: Mapping[str, tuple[Any, ...]]) -> list[Any]:
    """(person, column, had, wanted) of all that differs."""
    nobody = (None,) * len(COLUMNS)
    people = sorted(had.keys() ^ wanted.keys())
    pairs = [(who, zip(COLUMNS, had.get(who, nobody), each, strict=True)) for who, each in wanted.items()]
    return [*people, *((who, *each) for who, columns in pairs for each in columns if each[1] != each[2])]


@pytest.mark.parametrize("seed", range(40))
def test_the_fold_is_that_of_the_language_page(loader: Loader, seed: int) -> None:
    """Rows are those of the naive fold after every response, in any order, and after a shuffled rebuild."""
    dice = random.Random(seed * 6007)
    plan, grouped, policy = drawn(dice)
    shape = compiled(policy)
    loader.ensure(shape)
    responses, model = told(dice), Model()
    order = list(range(len(responses)))
    dice.shuffle(order)
    group = TOGETHER if grouped else ()
    for number in order:
        stream, records = responses[number]
        for place, each in enumerate(records):
            model.hear(stream, each, number + 1, place)
        loader.load(shape, stream, [part(shape, stream, list(map(stored, records)), raw_id=number + 1)])
        wanted = {person: naive(plan, group, who) for person, who in model.people().items()}
        assert unlike(rows(loader), wanted) == [], policy
    won = _won(loader)
    rebuild.clear(loader.connection, shape)
    dice.shuffle(order)
    for number in order:
        stream, records = responses[number]
        given = part(shape, stream, list(map(stored, records)), raw_id=number + 1)
        loader.load(shape, stream, [given], rebuild=True)
    rebuild.finish(loader.connection, shape, resolve=resolve)
    assert unlike(rows(loader), wanted) == [], policy
    assert _won(loader) == won
    for name in LISTS:
        if plan[name][0] == "union":
            everyone = {
                (person, who.stream.stream)
                for person, each in model.people().items()
                for who in each
                if who.values.get(name) is not None
            }
            assert _winners(loader, name) == everyone


def _won(loader: Loader) -> list[tuple[Any, ...]]:
    return loader.rows(compiled("policy: thing\n"), "id", "_won")


def _winners(loader: Loader, name: str) -> set[tuple[str, str]]:
    found = loader.connection.execute(
        "SELECT t.number, p.stream FROM canonical.thing_provenance p JOIN canonical.thing t ON t.id = p.id"
        " WHERE p.field = %s",
        [name],
    ).fetchall()
    loader.connection.commit()
    return set(found)
