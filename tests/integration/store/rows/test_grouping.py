"""The store's grouping against components found by force, over arrivals in any order and batch size."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pytest

from engine.mapping.components import resolve
from engine.records.received import StreamName
from engine.store import rebuild
from tests.integration.store.rows.building import BADGES, HR, PAY, Loader, Said, part, shape_of

pytestmark = pytest.mark.database

STREAMS = (HR, PAY, BADGES)
PEOPLE, EACH = 90, 45
"""Values that a record may say, and records a stream."""
GUARDED = shape_of("person", ["born"], STREAMS, identity=["number", "email"], guards=["born"])
OPEN = shape_of("person", ["born"], STREAMS, identity=["number", "email"])


@dataclass(frozen=True)
class Person:
    """One record of the world."""

    stream: StreamName
    key: str
    values: frozenset[tuple[int, str]]
    born: str | None

    def said(self, prefix: str) -> Said:
        """As a response has it, in a world of its own."""
        number, email = (
            next((prefix + value for each, value in self.values if each == kind), None) for kind in (0, 1)
        )
        said = {} if self.born is None else {"born": self.born}
        return Said(key=prefix + self.key, values=said, identity=(number, email))


Group = frozenset[Person]


def world(dice: random.Random) -> list[Person]:
    """Records that overlap by number, by address, by both, by chains, and not at all."""
    found = []
    for stream in STREAMS:
        for n in range(EACH):
            values = set()
            if dice.random() < 0.7:
                values.add((0, f"N{dice.randrange(PEOPLE)}"))
            if dice.random() < 0.4:
                values.add((1, f"a{dice.randrange(PEOPLE)}@x"))
            born = dice.choice([None, "1990", "1990", "1991"])
            found.append(Person(stream, f"{stream.source}{n}", frozenset(values), born))
    return found


def conflict(group: Iterable[Person], *, guarded: bool) -> bool:
    """Whether two of them must not stand together."""
    return any(
        one.stream == other.stream
        or (guarded and one.born is not None and other.born is not None and one.born != other.born)
        for one, other in itertools.combinations(group, 2)
    )


def components(people: Sequence[Person], without: frozenset[tuple[int, str]] = frozenset()) -> set[Group]:
    """Whoever can be reached over shared values, found by walking from each record by itself."""
    found = set()
    for start in people:
        reached = {start}
        while True:
            values = frozenset().union(*(each.values for each in reached)) - without
            more = {each for each in people if each.values & values} | reached
            if more == reached:
                break
            reached = more
        found.add(frozenset(reached))
    return found


def stored(loader: Loader, prefix: str, people: Sequence[Person]) -> set[Group]:
    """Which records of a world the store has together."""
    by_key = {prefix + each.key: each for each in people}
    groups: dict[object, set[Person]] = {}
    rows = loader.connection.execute(
        "SELECT _entity_id, _key FROM syncline.contribution_person"
        " WHERE _fate = 0 AND _dead_run IS NULL AND starts_with(_key, %s)",
        [prefix],
    ).fetchall()
    loader.connection.commit()
    for entity, key in rows:
        groups.setdefault(entity, set()).add(by_key[key])
    assert sum(map(len, groups.values())) == len(people)
    return {frozenset(each) for each in groups.values()}


def arrivals(
    dice: random.Random, people: Sequence[Person], prefix: str
) -> list[tuple[StreamName, list[Said]]]:
    """The world in some order, in batches of some size; a batch is of one stream."""
    waiting = {stream: [each for each in people if each.stream == stream] for stream in STREAMS}
    for each in waiting.values():
        dice.shuffle(each)
    found = []
    while any(waiting.values()):
        stream = dice.choice([stream for stream, left in waiting.items() if left])
        size = dice.choice([1, 2, 7, 50])
        found.append((stream, [each.said(prefix) for each in waiting[stream][:size]]))
        waiting[stream] = waiting[stream][size:]
    return found


def check(loader: Loader, prefix: str, people: Sequence[Person], *, guarded: bool) -> set[Group]:
    """What must hold whatever came first; gives the groups that stand in no review queue."""
    groups = stored(loader, prefix, people)
    whole = components(people)
    clean = {each for each in whole if not conflict(each, guarded=guarded)}
    assert clean <= groups
    listed = {
        key.removeprefix(prefix)
        for (key,) in loader.connection.execute(
            "SELECT key FROM syncline.identity_decision WHERE what = 'refuse' AND starts_with(key, %s)",
            [prefix],
        )
    }
    disabled = frozenset(
        (kind, value.removeprefix(prefix))
        for kind, value in loader.connection.execute(
            "SELECT kind, value FROM syncline.identity_key WHERE disabled AND starts_with(value, %s)",
            [prefix],
        )
    )
    loader.connection.commit()
    for each in whole - clean:
        inside = [group for group in groups if group <= each]
        assert frozenset().union(*inside) == each
        assert not any(conflict(group, guarded=guarded) for group in inside)
        assert listed & {person.key for person in each}
    assert not listed & {person.key for each in clean for person in each}
    assert all(any(linked <= group for group in groups) for linked in components(people, disabled))
    return clean


@pytest.mark.parametrize("guarded", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_groups_are_components_in_any_order(loader: Loader, seed: int, *, guarded: bool) -> None:
    """Six orders, each a world of its own, then a rebuild in yet another order: the same ids and values."""
    shape = GUARDED if guarded else OPEN
    loader.ensure(shape)
    dice = random.Random(f"grouping {seed}")
    people = world(dice)
    told: list[tuple[StreamName, list[Said], int]] = []
    for order in range(6):
        for stream, records in arrivals(dice, people, f"{order}-"):
            loader.say(shape, stream, *records)
            told.append((stream, records, loader.raw_id))
        clean = check(loader, f"{order}-", people, guarded=guarded)
        assert 20 < len(clean) < len(components(people))
    standing = (
        "SELECT _source, _key, _entity_id, _identity FROM syncline.contribution_person ORDER BY 1, 2",
        "SELECT * FROM syncline.identity_key ORDER BY entity, kind, value",
        "SELECT id, born, _won FROM canonical.person ORDER BY id",
        "SELECT * FROM syncline.redirect ORDER BY old",
        "SELECT count(*) FROM syncline.identity_decision",
    )
    before = [loader.connection.execute(each).fetchall() for each in standing]
    loader.connection.commit()
    rebuild.clear(loader.connection, shape)
    dice.shuffle(told)
    for stream in STREAMS:
        own = [each for each in told if each[0] == stream]
        while own:
            size = dice.choice([1, 3, 20])
            parts = [part(shape, stream, records, raw_id=raw_id) for _, records, raw_id in own[:size]]
            loader.load(shape, stream, parts, rebuild=True)
            own = own[size:]
    rebuild.finish(loader.connection, shape, resolve=resolve)
    assert [loader.connection.execute(each).fetchall() for each in standing] == before
