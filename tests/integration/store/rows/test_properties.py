"""Random histories against a plain Python model of what contributions, fold and order keys should give."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from engine.mapping.components import resolve
from engine.records.received import Fate, StreamName
from engine.records.shapes import Preference
from engine.store import rebuild
from tests.integration.store.rows.building import BADGES, HR, PAY, Loader, Said, part, shape_of

pytestmark = pytest.mark.database

FIELDS = ["a", "b", "c", "d", "e"]
GROUP = 0b11000
SHAPE = shape_of(
    "thing",
    FIELDS,
    [HR, PAY, BADGES],
    identity=["number"],
    history=True,
    preferences=[
        Preference(mask=0b00001, prefer=("hr", "pay"), ways=("latest",)),
        Preference(mask=0b00110, prefer=("pay.people",), ways=()),
    ],
    groups=[GROUP],
)
STREAMS = [HR, PAY, BADGES]


@dataclass
class Model:
    """Every record by (stream, key); the person it is about is known beforehand."""

    newest: dict[tuple[StreamName, str], tuple[tuple[int, int, int], Said]] = field(default_factory=dict)

    def hear(self, stream: StreamName, said: Said, position: int, place: int) -> None:
        order = (said.version, position, place)
        now = self.newest.get((stream, said.key))
        if now is None or order >= now[0]:
            self.newest[stream, said.key] = (order, said)

    def rows(self) -> list[tuple[Any, ...]]:
        """Field by field, person by person, without any mask."""
        people: dict[str, list[tuple[StreamName, Said]]] = {}
        for (stream, key), (_, said) in self.newest.items():
            if said.fate == Fate.SAYS:
                people.setdefault(key, []).append((stream, said))
        return sorted((tuple(self._field(n, each) for n in FIELDS) for each in people.values()), key=str)

    @staticmethod
    def _field(name: str, contributions: list[tuple[StreamName, Said]]) -> str | None:
        together = ("d", "e") if name in "de" else (name,)
        ranked = []
        for stream, said in contributions:
            if any(said.values.get(each) is not None for each in together):
                prefer = {"a": ("hr", "pay"), "b": ("pay",), "c": ("pay",)}.get(name, ())
                rank = prefer.index(stream.source) if stream.source in prefer else len(prefer)
                latest = -said.version if name == "a" else 0
                ranked.append((rank, latest, stream.source, stream.stream, said.key, said.values.get(name)))
        return min(ranked, key=lambda each: each[:5])[5] if ranked else None


def history(seed: int) -> list[tuple[StreamName, list[Said]]]:
    """Responses of three streams about the same forty people, in the order of their requests."""
    dice = random.Random(seed)
    told = []
    for _ in range(24):
        stream = dice.choice(STREAMS)
        records = []
        for _ in range(dice.randrange(1, 12)):
            person = dice.randrange(40)
            fate = dice.choices((Fate.SAYS, Fate.FILTERED, Fate.DELETED), (8, 1, 1))[0]
            live = fate == Fate.SAYS
            values = {name: f"{dice.randrange(4)}" for name in FIELDS if live and dice.random() < 0.5}
            number = f"N{person}" if live else None
            records.append(
                Said(
                    key=f"k{person}",
                    values=values,
                    fate=fate,
                    version=dice.randrange(6),
                    identity=(number,),
                )
            )
        told.append((stream, records))
    return told


def load(
    loader: Loader,
    told: list[tuple[StreamName, list[Said]]],
    order: list[int],
    *,
    rebuilding: bool,
    dice: random.Random,
) -> None:
    """Load responses in this order, in batches of random size."""
    waiting: list[int] = []
    for number in [*order, -1]:
        if waiting and (number < 0 or told[number][0] != told[waiting[0]][0] or dice.random() < 0.4):
            stream = told[waiting[0]][0]
            parts = [part(SHAPE, stream, told[each][1], raw_id=each + 1) for each in waiting]
            fresh = not rebuilding and dice.random() < 0.3  # often a mistake, which must not show
            accounts = loader.load(SHAPE, stream, parts, rebuild=rebuilding, fresh=fresh)
            for account, each in zip(accounts, waiting, strict=True):
                counted = account.changed + account.same + account.stale + account.filtered + account.dead
                assert account.records == counted == len(told[each][1])
            waiting = []
        waiting.append(number)


@pytest.mark.parametrize("seed", range(12))
def test_any_order_gives_what_the_model_says(loader: Loader, seed: int) -> None:
    """In any order and batches rows are those of the model; a shuffled rebuild gives equal rows, ids."""
    dice = random.Random(seed * 7919)
    loader.ensure(SHAPE)
    told = history(seed)
    model = Model()
    for number, (stream, records) in enumerate(told):
        for place, each in enumerate(records):
            model.hear(stream, each, number + 1, place)
    order = list(range(len(told)))
    if seed % 3:
        dice.shuffle(order)
    load(loader, told, order, rebuilding=False, dice=dice)
    assert loader.rows(SHAPE) == model.rows()
    everything = ("id", "_won", *FIELDS)
    before = loader.rows(SHAPE, *everything)
    kept = loader.one("SELECT count(*) FROM canonical.thing_history")
    keys = loader.connection.execute("SELECT * FROM syncline.identity_key ORDER BY 3").fetchall()
    loader.connection.commit()
    rebuild.clear(loader.connection, SHAPE)
    dice.shuffle(order)
    load(loader, told, order, rebuilding=True, dice=dice)
    rebuild.finish(loader.connection, SHAPE, resolve=resolve)
    assert loader.rows(SHAPE, *everything) == before
    assert loader.connection.execute("SELECT * FROM syncline.identity_key ORDER BY 3").fetchall() == keys
    loader.connection.commit()
    assert loader.one("SELECT count(*) FROM canonical.thing_history") == kept
    views = loader.one("SELECT count(*) FROM canonical.thing_provenance")
    assert views == sum(value is not None for row in loader.rows(SHAPE) for value in row)
