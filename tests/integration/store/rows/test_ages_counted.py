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
from tests.integration.store.rows.aging import POLICY, STREAMS, World, said, world
from tests.integration.store.rows.building import BADGES, HR, PAY, Loader, Said

pytestmark = pytest.mark.database


@dataclass
class Oracle:
    """Ages as the language page tells them: every run is looked at again for every question."""

    runs: list[tuple[StreamName, float, frozenset[str], bool, list[bool]]] = field(default_factory=list)
    """Stream, when it began, keys that it held, whether whole, whether asked."""
    heard: dict[tuple[StreamName, str], list[Said]] = field(default_factory=dict)
    """What came of each key, by version and in the order in which it came."""
    keeps: frozenset[StreamName] = frozenset()
    recorded: float | None = None

    def hear(self, stream: StreamName, each: Said) -> None:
        """An equal version that comes later is newer."""
        all_of_it = self.heard.setdefault((stream, each.key), [])
        all_of_it.append(each)
        all_of_it.sort(key=lambda said: said.version)

    def newest(self, stream: StreamName, key: str) -> Said | None:
        return self.heard[stream, key][-1] if (stream, key) in self.heard else None

    def words(self, stream: StreamName, key: str) -> tuple[bool, Said] | None:
        """What counts of a key, and whether it is what a deleted record said last."""
        now = self.heard[stream, key][-1]
        if now.fate == Fate.DELETED and stream in self.keeps:
            now = next(each for each in reversed(self.heard[stream, key]) if each.fate != Fate.DELETED)
            return (True, now) if now.fate == Fate.SAYS else None
        return (False, now) if now.fate == Fate.SAYS else None

    def old(self, stream: StreamName, key: str, days: float) -> bool:
        asked = [each for each in self.runs if each[0] == stream and each[4][0]]
        held = [when for _, when, keys, _, _ in asked if key in keys]
        held = held or [when for _, when, _, whole, _ in asked if whole]
        return bool(held) and self.recorded is not None and self.recorded - max(held) > days

    def rows(self) -> dict[str, tuple[Any, ...]]:
        people: dict[str, list[tuple[StreamName, bool, Said]]] = {}
        for stream, key in self.heard:
            counts = self.words(stream, key)
            if counts is not None:
                people.setdefault(key.rpartition("-")[2], []).append((stream, *counts))
        return {who: self._row(said) for who, said in people.items() if not all(gone for _, gone, _ in said)}

    def _row(self, speakers: list[tuple[StreamName, bool, Said]]) -> tuple[Any, ...]:
        def front(days: float | None, *fields: str) -> list[tuple[StreamName, Said]]:
            """Who says one of the fields and is neither gone nor old, as far as there is somebody."""
            ranked: dict[tuple[bool, bool], list[tuple[StreamName, Said]]] = {}
            for stream, gone, each in speakers:
                if any(each.values.get(name) is not None for name in fields):
                    old = days is not None and self.old(stream, each.key, days)
                    ranked.setdefault((gone, old), []).append((stream, each))
            return ranked[min(ranked)] if ranked else []

        def best(days: float | None, order: Any, *fields: str) -> Mapping[str, Any]:
            ranked = sorted(
                front(days, *fields),
                key=lambda each: (order(*each), -each[1].version, each[0].source, each[1].key),
            )
            return ranked[0][1].values if ranked else {}

        called = best(30, lambda stream, _: stream != HR, "name", "nick")
        mail = best(90, lambda *_: 0, "mail")
        plain = best(None, lambda stream, _: (stream != PAY, stream != HR), "plain")
        size = best(30, lambda _, each: int(each.values["size"]), "size")
        tagged = front(30, "tags")
        tags = sorted({tag for _, each in tagged for tag in each.values["tags"].strip("{}").split(",")})
        return (
            called.get("name"),
            called.get("nick"),
            mail.get("mail"),
            plain.get("plain"),
            size.get("size"),
            [tag for tag in tags if tag] if tagged else None,
        )


def spoken(dice: random.Random, stream: StreamName, who: str, *, first: bool) -> Said:
    if not first and dice.random() < 0.2:
        fate = dice.choice([Fate.DELETED, Fate.DELETED, Fate.FILTERED])
        return Said(key=f"{stream.stream}-{who}", fate=fate, version=dice.randrange(3))
    values = {
        name: dice.choice("abc") for name in ("name", "nick", "mail", "plain") if dice.random() < 0.7
    } | ({"size": str(dice.randrange(3))} if dice.random() < 0.7 else {})
    if dice.random() < 0.7:
        values["tags"] = [dice.choice("xyz") for _ in range(dice.randrange(3))]  # type: ignore[assignment]  # a list
    return said(stream, who, dice.randrange(3), **values)


@pytest.mark.parametrize(("seed", "keeps"), [(0, ()), (1, (PAY, BADGES))])
def test_ages_are_those_of_the_language_page(loader: Loader, seed: int, keeps: Sequence[StreamName]) -> None:
    """Rows are the oracle's after every step, and after a shuffled rebuild, which folds at the same times."""
    kept = ", ".join(f"{each.source}: keep_until_replaced" for each in keeps)
    dice, oracle = random.Random(seed), Oracle(keeps=frozenset(keeps))
    made = world(loader, POLICY + (f"on_source_delete: {{{kept}}}\n" if kept else ""))
    clock = 0.0

    for step in range(30):
        clock += dice.choice([0.5, 3, 14, 31, 60])
        stream = STREAMS[step] if step < 3 else dice.choice(STREAMS)
        what = "run" if step < 3 else dice.choice(["run", "run", "wait"])
        if what == "wait":
            made.wait(clock)
            oracle.recorded = clock
        else:
            people = [f"{n}" for n in range(6) if step < 3 or dice.random() < 0.6]
            standing = [oracle.newest(stream, f"{stream.stream}-{who}") for who in people]
            records = [
                had if had is not None and dice.random() < 0.7 else spoken(dice, stream, who, first=step < 3)
                for who, had in zip(people, standing, strict=True)
            ]
            whole, ended = dice.random() < 0.7, dice.random() < 0.9
            made.run(stream, clock, *records, whole=whole, ended=ended)
            for each in records:
                oracle.hear(stream, each)
            keys = frozenset(each.key for each in records)
            asked = [False]
            oracle.runs.append((stream, clock, keys, whole and ended, asked))
            assert _rows(made) == oracle.rows(), (seed, step, what)
            if step < 3 or dice.random() < 0.8:
                made.ask(stream)
                for run in oracle.runs:
                    run[4][0] = run[4][0] or run[0] == stream
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
