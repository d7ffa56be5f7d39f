"""Ages against ones that are counted anew from every run, for every question."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from engine.mapping.components import resolve
from engine.records.received import Fate, StreamName
from engine.store import rebuild
from tests.integration.store.rows.aging import STREAMS, World, said, world
from tests.integration.store.rows.building import HR, PAY, Loader, Said

pytestmark = pytest.mark.database


@dataclass
class Oracle:
    """Ages as the language page tells them: every run is looked at again for every question."""

    runs: list[tuple[StreamName, float, frozenset[str], bool, list[bool]]] = field(default_factory=list)
    """Stream, when it began, keys that it held, whether whole, whether asked."""
    newest: dict[tuple[StreamName, str], Said] = field(default_factory=dict)
    recorded: float | None = None

    def old(self, stream: StreamName, key: str, days: float) -> bool:
        asked = [each for each in self.runs if each[0] == stream and each[4][0]]
        held = [when for _, when, keys, _, _ in asked if key in keys]
        held = held or [when for _, when, _, whole, _ in asked if whole]
        return bool(held) and self.recorded is not None and self.recorded - max(held) > days

    def rows(self) -> dict[str, tuple[Any, ...]]:
        people: dict[str, list[tuple[StreamName, Said]]] = {}
        for (stream, key), each in self.newest.items():
            if each.fate == Fate.SAYS:
                people.setdefault(key.rpartition("-")[2], []).append((stream, each))
        return {who: self._row(said) for who, said in people.items()}

    def _row(self, speakers: list[tuple[StreamName, Said]]) -> tuple[Any, ...]:
        def best(days: float | None, order: Any, *fields: str) -> Mapping[str, Any]:
            sayers = [each for each in speakers if any(each[1].values.get(f) is not None for f in fields)]
            young = [each for each in sayers if days is None or not self.old(each[0], each[1].key, days)]
            ranked = sorted(
                young or sayers,
                key=lambda each: (
                    order(*each),
                    -each[1].version,
                    each[0].source,
                    each[0].stream,
                    each[1].key,
                ),
            )
            return ranked[0][1].values if ranked else {}

        called = best(30, lambda stream, _: stream != HR, "name", "nick")
        mail = best(90, lambda *_: 0, "mail")
        plain = best(None, lambda stream, _: (stream != PAY, stream != HR), "plain")
        size = best(30, lambda _, each: int(each.values["size"]), "size")
        tagged = [each for each in speakers if each[1].values.get("tags") is not None]
        young = [each for each in tagged if not self.old(each[0], each[1].key, 30)]
        tags = sorted(
            {tag for _, each in young or tagged for tag in each.values["tags"].strip("{}").split(",")}
        )
        return (
            called.get("name"),
            called.get("nick"),
            mail.get("mail"),
            plain.get("plain"),
            size.get("size"),
            [tag for tag in tags if tag] if tagged else None,
        )


def spoken(dice: random.Random, stream: StreamName, who: str) -> Said:
    if dice.random() < 0.08:
        return Said(key=f"{stream.stream}-{who}", fate=dice.choice([Fate.DELETED, Fate.FILTERED]))
    values = {
        name: dice.choice("abc") for name in ("name", "nick", "mail", "plain") if dice.random() < 0.7
    } | ({"size": str(dice.randrange(3))} if dice.random() < 0.7 else {})
    if dice.random() < 0.7:
        values["tags"] = [dice.choice("xyz") for _ in range(dice.randrange(3))]  # type: ignore[assignment]  # a list
    return said(stream, who, dice.randrange(3), **values)


@pytest.mark.parametrize("seed", range(2))
def test_ages_are_those_of_the_language_page(loader: Loader, seed: int) -> None:
    """Rows are the oracle's after every step, and after a shuffled rebuild, which folds at the same times."""
    dice, made, oracle = random.Random(seed), world(loader), Oracle()
    clock = 0.0

    def heard(stream: StreamName, records: Sequence[Said]) -> None:
        for each in records:
            before = oracle.newest.get((stream, each.key))
            if before is None or each.version >= before.version:
                oracle.newest[stream, each.key] = each

    for step in range(30):
        clock += dice.choice([0.5, 3, 14, 31, 60])
        stream = STREAMS[step] if step < 3 else dice.choice(STREAMS)
        what = "run" if step < 3 else dice.choice(["run", "run", "wait"])
        if what == "wait":
            made.wait(clock)
            oracle.recorded = clock
        else:
            people = [f"{n}" for n in range(6) if step < 3 or dice.random() < 0.6]
            standing = [oracle.newest.get((stream, f"{stream.stream}-{who}")) for who in people]
            records = [
                had if had is not None and dice.random() < 0.7 else spoken(dice, stream, who)
                for who, had in zip(people, standing, strict=True)
            ]
            whole, ended = dice.random() < 0.7, dice.random() < 0.9
            made.run(stream, clock, *records, whole=whole, ended=ended)
            heard(stream, records)
            keys = frozenset(each.key for each in records)
            asked = [False]
            oracle.runs.append((stream, clock, keys, whole and ended, asked))
            assert _rows(made) == oracle.rows(), (seed, step, what)
            if step < 3 or dice.random() < 0.8:
                made.ask(stream)
                for each in oracle.runs:
                    each[4][0] = each[4][0] or each[0] == stream
        assert _rows(made) == oracle.rows(), (seed, step, what)
    won = _won(made)
    assert loader.one("SELECT count(*) FROM syncline.aging WHERE run IS NULL") > 2, "time passes"
    assert loader.one("SELECT count(*) FROM syncline.aging WHERE run IS NOT NULL") > 2, "and comes back"
    rebuild.clear(loader.connection, made.shape)
    order = list(made.told)
    dice.shuffle(order)
    for raw_id in order:
        made.load(raw_id, rebuild=True)
    rebuild.finish(loader.connection, made.shape, resolve=resolve)
    assert _rows(made) == oracle.rows()
    assert _won(made) == won


def _rows(made: World) -> dict[str, tuple[Any, ...]]:
    rows = made.loader.connection.execute(
        "SELECT number, name, nick, mail, plain, size::text, tags FROM canonical.thing"
    ).fetchall()
    made.loader.connection.commit()
    return {row[0]: row[1:] for row in rows}


def _won(made: World) -> list[Any]:
    rows = made.loader.connection.execute("SELECT id, _won FROM canonical.thing ORDER BY id").fetchall()
    made.loader.connection.commit()
    return rows
