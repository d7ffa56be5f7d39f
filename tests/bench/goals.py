"""What was aimed at, beside what was measured in the same run."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg

from tests.bench.loaders import DLT, HANDWRITTEN, SYNCLINE, command, syncline
from tests.bench.meter import Measure, run
from tests.bench.rig import Api, environment, fresh, settle
from tests.bench.server import SIZE

Results = Mapping[tuple[str, str], Sequence[Measure]]
LATENCY_RECORDS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One row: a figure and the bound that was set for it."""

    name: str
    measured: float
    bound: float
    at_least: bool
    unit: str
    note: str = ""

    @property
    def reached(self) -> bool:
        """Whether the figure is within its bound."""
        return self.measured >= self.bound if self.at_least else self.measured <= self.bound


def at_least(name: str, measured: float, bound: float, *, unit: str = "x", note: str = "") -> Goal:
    """A goal that more of is better."""
    return Goal(name=name, measured=measured, bound=bound, at_least=True, unit=unit, note=note)


def at_most(name: str, measured: float, bound: float, *, unit: str = "x", note: str = "") -> Goal:
    """A goal that less of is better."""
    return Goal(name=name, measured=measured, bound=bound, at_least=False, unit=unit, note=note)


def of_phases(results: Results, records: int) -> list[Goal]:
    """What the phases show: speed beside the reference and beside our own first sync, and memory."""

    def middle(phase: str, figure: Callable[[Measure], float]) -> float:
        return median(figure(each) for each in results[phase, SYNCLINE])

    def ratio(other: str, figure: Callable[[Measure], float]) -> float:
        pairs = zip(results["first", SYNCLINE], results["first", other], strict=True)
        return median(figure(ours) / figure(theirs) for ours, theirs in pairs)

    own = middle("first", _wall)
    log = f"{middle('again, unchanged', lambda each: each.wal) / records:,.0f} bytes of WAL a record"
    peak = max(each.peak for (_, loader), found in results.items() if loader == SYNCLINE for each in found)
    goals = [
        at_most("first sync, CPU to hand-written", ratio(HANDWRITTEN, _cpu), 1.0),
        at_least("first sync, records/s to hand-written", 1 / ratio(HANDWRITTEN, _wall), 1.0),
        at_least(
            "nothing changed, speed to own first", own / middle("again, unchanged", _wall), 3.0, note=log
        ),
        at_least("10 % changed, speed to own first", own / middle("again, 10 % changed", _wall), 2.0),
        at_most(f"peak memory at {records:,} records", peak, 300, unit="MB"),
    ]
    if ("first", DLT) in results:
        goals.append(at_least("first sync, CPU of dlt to ours", 1 / ratio(DLT, _cpu), 6.0))
    return goals


def _wall(measure: Measure) -> float:
    return measure.wall


def _cpu(measure: Measure) -> float:
    return measure.cpu


def of_latency(server: str, source: Api, latency: int) -> Goal:
    """An API that takes its time: pages in flight, as many as the hand-written loader's."""
    walls = {}
    source.latency(latency)
    for loader in (HANDWRITTEN, SYNCLINE):
        with fresh(server, f"syncline_bench_slow_{loader[:4]}", tables=loader == SYNCLINE) as url:
            settle(server)
            does = command(loader, source.base, url, Path())
            walls[loader] = run(does, server, environment(source.base, url)).wall
    source.latency(0)
    ours, theirs = walls[SYNCLINE], walls[HANDWRITTEN]
    name, note = f"{latency} ms latency, time to hand-written", f"{ours:.1f} s and {theirs:.1f} s"
    return at_most(name, ours / theirs, 1.2, note=note)


def of_replay(server: str, source: Api) -> Goal:
    """Everything made anew from stored responses, beside the sync that fetched them."""
    with fresh(server, "syncline_bench_replay", tables=True) as url:
        walls = []
        for does in (syncline("sync"), syncline("replay", "--all")):
            settle(server)
            walls.append(run(does, server, environment(source.base, url)).wall)
    return at_least("replay from raw, speed to own first", walls[0] / walls[1], 1.5)


def of_kill(server: str, source: Api, records: int) -> Goal:
    """Killed in the middle: what was durable is kept, and only the rest is asked for again."""
    pages = -(-records // SIZE)
    with fresh(server, "syncline_bench_killed", tables=True) as url:
        source.edition(0)
        surroundings = environment(source.base, url, whole=True)
        with subprocess.Popen(syncline("sync"), env=surroundings, stdout=subprocess.DEVNULL) as process:
            while source.served()[0] < pages // 2 and process.poll() is None:
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT count(*) FROM syncline.response").fetchone()
        kept = row[0] if row else 0
        source.edition(0)
        (stream,) = json.loads(run(syncline("sync"), server, environment(source.base, url)).output)["streams"]
        if not stream["complete"]:
            raise AssertionError("the run after the kill is not complete")
        again = source.served()[0] - (pages - kept)
    note = f"{kept} of {pages} were durable"
    return at_most("killed: durable pages asked for again", again, 0, unit="pages", note=note)


def of_start(server: str, source: Api) -> list[Goal]:
    """How long until there is help, and until the source hears of a sync."""
    helps, firsts = [], []
    told = environment(source.base, "", whole=True)
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "engine", "--help"], check=True, stdout=subprocess.DEVNULL, env=told
        )
        helps.append((time.perf_counter() - began) * 1000)
    with fresh(server, "syncline_bench_start", tables=True) as url:
        for _ in range(5):
            source.edition(0)
            began = time.time()
            run(syncline("sync"), server, environment(source.base, url))
            first = source.served()[1]
            if first is None:
                raise AssertionError("a sync asked for nothing")
            firsts.append((first - began) * 1000)
    return [
        at_most("start of --help", median(helps), 300, unit="ms"),
        at_most("first request of a sync", median(firsts), 1000, unit="ms"),
    ]
