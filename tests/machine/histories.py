"""
Histories: what happens to a few people, step by step, drawn from a seed; many of them side by side.

Each history is a lane of its own: its keys and identity values begin with the lane's name, so none knows of
the others, and one batch of the engine carries a step of all. One that breaks is played again alone and
shortened.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.machine.brute import Brute
from tests.machine.contract import STREAMS, Contract, contract_of
from tests.machine.kin import Id
from tests.machine.steps import Step, history, start_of, without
from tests.machine.world import FIRST, World

LANES = 500
"""Histories that go side by side under one policy."""
PLAYED = 2000
"""Histories that the tests play."""
_LANE = re.compile(r"(\d+):|@(\d+)$|(\d+)S/")
"""In keys, addresses and numbers."""
_ZERO = int(FIRST.timestamp() * 1000)


class Broken(AssertionError):
    """The engine and the brute force differ."""

    def __init__(self, lanes: Mapping[int, str]) -> None:
        super().__init__("\n".join(lanes.values()))
        self.lanes = lanes


@dataclass
class Play:
    """Some histories side by side, under one contract."""

    world: World
    contract: Contract
    lanes: Iterable[int]
    brutes: dict[int, Brute] = field(init=False)
    owner: dict[Id, int] = field(default_factory=dict)
    """Whose an id is."""

    def __post_init__(self) -> None:
        self.world.begin(self.contract)
        self.brutes = {lane: Brute(self.contract.policy) for lane in self.lanes}

    def step(self, number: int, steps: Mapping[int, Step], *, check: bool = True) -> None:
        """One step of every lane; those of one stream are loaded together."""
        told = {lane: each for lane, each in steps.items() if each.what in {"hear", "enumerate"}}
        for stream in STREAMS:
            start = start_of(number, stream)
            here = {lane: each for lane, each in told.items() if each.stream == stream}
            pages: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
            for lane, each in here.items():
                heard = []
                for n, records in enumerate(each.pages, start + 1):
                    heard.append((n, _ZERO + n, len(pages[n]), records))
                    pages[n] += records
                if heard:
                    self.brutes[lane].hear(stream, [(n, when, records) for n, when, _, records in heard])
            if pages:
                self.world.hear(stream, pages)
            self._bury(stream, start, {lane: e for lane, e in here.items() if e.what == "enumerate"})
        for lane, each in steps.items():
            if lane not in told and each.what != "lapse":
                self._person(lane, each)
        lapsing = [lane for lane, each in steps.items() if each.what == "lapse"]
        ids = [pin.of for lane in lapsing for pin in self.brutes[lane].pins if pin.ends and not pin.over]
        if ids:
            self.world.lapse(ids)
            for lane in lapsing:
                self.brutes[lane].lapse()
        self.world.drain()
        if check:
            self.check()

    def rebuild(self, seed: object) -> None:
        """All lanes anew."""
        self.world.rebuild(seed)
        self.check()

    def _bury(self, stream: str, start: int, steps: Mapping[int, Step]) -> None:
        gone: list[str] = []
        for lane, each in steps.items():
            held = {record["id"] for records in each.pages for record in records}
            gone += self.brutes[lane].bury(stream, start, held)
        if gone:
            self.world.bury(stream, start, sorted(gone))

    def _person(self, lane: int, step: Step) -> None:
        """Somebody decides something; what both say of whether it can be is the same."""
        brute = self.brutes[lane]
        kin, rows = brute.kin, sorted(brute.standing)
        ids = sorted({*kin.belongs.values(), *kin.redirects})
        if not rows or (step.what == "split" and not kin.redirects):
            return
        a, b, c = step.picks
        had: Any
        match step.what:
            case "merge":
                pair = ids[a % len(ids)], ids[b % len(ids)]
                had = self.world.decide("merge", *pair, overrule=step.flag) is not None
                wanted: Any = brute.decide("merge", *pair, overrule=step.flag)
            case "keep_apart":
                pair = rows[a % len(rows)], rows[b % len(rows)]
                had = self.world.decide("keep_apart", *pair) is not None
                wanted = brute.decide("keep_apart", *pair)
            case "split":
                former = sorted(kin.redirects)[a % len(kin.redirects)]
                had = self.world.decide("split", former) is not None
                wanted = brute.decide("split", former)
            case "part":
                of = rows[a % len(rows)]
                members = sorted(who for who, entity in kin.belongs.items() if entity == of)
                gone = {members[b % len(members)], members[c % len(members)]}
                names = {str(each.feed.stream): each.feed.stream for each in self.world.routes.values()}
                decided = self.world.decide(
                    "part", of, chosen=[(names[stream], key) for stream, key in sorted(gone)]
                )
                had = decided is not None
                wanted = brute.decide("part", of, gone, str(decided.other) if decided else None)
                wanted = wanted if had else len(gone) < len(members)
            case "pin":
                of = rows[a % len(rows)]
                had = wanted = None
                self.world.pin(of, step.name, step.value, ends=step.flag)
                brute.pin(of, step.name, step.value, ends=step.flag)
            case _:
                of = rows[a % len(rows)]
                had, wanted = self.world.lift(of, step.name), brute.lift(of, step.name)
        if had != wanted:
            raise Broken({lane: f"lane {lane}: {step}: the engine says {had}, the brute force {wanted}"})

    def check(self) -> None:
        """Every table is what the brute force says."""
        had = self.world.read()
        wanted = {lane: brute.state() for lane, brute in self.brutes.items()}
        for lane, brute in self.brutes.items():
            self.owner |= dict.fromkeys([*brute.kin.belongs.values(), *brute.kin.redirects], lane)
        said: dict[int, list[str]] = defaultdict(list)
        for table in had:
            found = Counter(had[table])
            expected = Counter(row for state in wanted.values() for row in state[table])
            if found != expected:
                self._unlike(said, f"{table}: the engine has ", found - expected)
                self._unlike(said, f"{table}: wanted was ", expected - found)
        if said:
            raise Broken({lane: "\n".join([f"lane {lane}", *lines]) for lane, lines in said.items()})

    def _unlike(self, said: dict[int, list[str]], head: str, rows: Counter[tuple[Any, ...]]) -> None:
        for row in sorted(rows, key=str):
            said[self._lane(row)].append(f"{head}{tuple(map(str, row))}")

    def _lane(self, row: tuple[Any, ...]) -> int:
        for cell in row:
            if cell in self.owner:
                return self.owner[cell]
            named = _LANE.search(cell) if isinstance(cell, str) else None
            if named is not None:
                return int(next(filter(None, named.groups())))
        return -1


def play(world: World, lanes: Sequence[int], *, every: int = 6, alone: bool = True) -> None:
    """
    Histories side by side, looked at after every so many steps; raises ``Broken``, shortened if one is to
    be played ``alone``.
    """
    contract = contract_of(lanes[0] // LANES)
    steps = {lane: history(lane) for lane in lanes}
    try:
        _run(world, contract, steps, lanes[0], every)
    except Broken as broken:
        short = next((lane for lane in sorted(broken.lanes) if lane in steps), None)
        if short is None or not alone:
            raise
        told = shortened(world, contract, short, steps[short])
        raise (Broken({short: told}) if told else broken) from None


def _run(
    world: World, contract: Contract, steps: Mapping[int, Sequence[Step | None]], seed: int, every: int
) -> None:
    running = Play(world, contract, list(steps))
    dice = random.Random(f"rebuild {seed}")
    last = max(len(each) for each in steps.values())
    again = {dice.randrange(1, last) if last > 1 else 0, last - 1}
    for number in range(last):
        now = {lane: step for lane, each in steps.items() if number < len(each) and (step := each[number])}
        look = number % every == every - 1 or number in again
        running.step(number + 1, now, check=look)
        if number in again:
            running.rebuild((seed, number))


def shortened(world: World, contract: Contract, lane: int, steps: Sequence[Step]) -> str:
    """The history alone, without the steps that it needs not to break; empty where it holds alone."""
    kept: list[Step | None] = list(steps)

    def breaks(some: Sequence[Step | None]) -> Broken | None:
        world.connection.rollback()
        try:
            _run(world, contract, {lane: some}, lane, 1)
        except Broken as broken:
            return broken
        return None

    fault = breaks(kept)
    if fault is None:
        return ""
    for number in reversed(range(len(kept))):
        for fewer in without(kept, number):
            worse = breaks(fewer)
            if worse is not None:
                kept, fault = fewer, worse
                break
    told = [f"{number}: {step}" for number, step in enumerate(kept, 1) if step is not None]
    return "\n".join([f"history {lane}, shortened; its policy:", contract.text, *told, "=>", str(fault)])


Watch = Callable[[int], None]


def play_all(world: World, first: int, count: int, watch: Watch = lambda _: None) -> None:
    """So many histories from a number on, those of one block under one policy."""
    lane = first
    while lane < first + count:
        end = min((lane // LANES + 1) * LANES, first + count)
        play(world, range(lane, end))
        watch(end - lane)
        lane = end
