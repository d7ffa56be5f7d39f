"""
The benchmark: ``syncline sync`` beside a hand-written loader, taking turns in one run.

    python -m tests.bench [--records N] [--rounds N] [--latency MS] [--json]

Every run is a process of its own and pays for its start. Three runs of each in fresh databases: the
first sync, the same again with nothing changed, and again with every tenth record changed. What both
hold is compared before anything is printed; the figures are medians of the rounds. Then what was aimed
at, beside what was measured: the same with a slow API, a replay, a kill in the middle, the start. dlt
takes part where the extra ``bench`` is installed. PostgreSQL is an embedded one for this run, or the
server of DATABASE_URL, which has to be on this machine.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench import goals
from tests.bench.agreement import compare
from tests.bench.goals import Goal
from tests.bench.loaders import HANDWRITTEN, SYNCLINE, command, loaders
from tests.bench.meter import Measure, run
from tests.bench.rig import Api, api, environment, fresh, postgres, settle

PHASES = {"first": 0, "again, unchanged": 0, "again, 10 % changed": 10}
"""What is measured, in this order, and what the API serves then."""

Results = dict[tuple[str, str], list[Measure]]


def one_round(server: str, source: Api, records: int, number: int, results: Results) -> None:
    """Measure every phase once, each loader in its turn, and assert that all did the same."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="syncline-bench-")))
        urls = {
            loader: stack.enter_context(
                fresh(
                    server, f"syncline_bench_{os.getpid()}_{number}_{loader[:4]}", tables=loader == SYNCLINE
                )
            )
            for loader in loaders()
        }
        for phase, edition in PHASES.items():
            source.edition(edition)
            for loader, url in urls.items():
                settle(server)
                does = command(loader, source.base, url, folder)
                measure = run(does, server, environment(source.base, url))
                results.setdefault((phase, loader), []).append(measure)
                if loader == SYNCLINE:
                    _accounted(measure, records, phase)
            compare(urls[SYNCLINE], urls[HANDWRITTEN], records)


def _accounted(measure: Measure, records: int, phase: str) -> None:
    """Assert that a sync says it did what the phase is about."""
    (stream,) = json.loads(measure.output)["streams"]
    (counts,) = stream["mappings"].values()
    changed = {"first": records, "again, unchanged": 0}.get(phase, len(range(3, records, 10)))
    said = (stream["complete"], counts["records"], counts["changed"], counts["same"], counts["dead"])
    if said != (True, records, changed, records - changed, 0):
        raise AssertionError(f"{phase}: {said}")


def figures(results: Results, records: int) -> list[dict[str, float | str]]:
    """One row a phase and loader: medians over the rounds."""
    rows: list[dict[str, float | str]] = []
    for (phase, loader), measures in results.items():
        against = results[phase, HANDWRITTEN]
        rows.append(
            {
                "run": phase,
                "loader": loader,
                "records_per_second": records / median(each.wall for each in measures),
                "client": median(each.client for each in measures) / records * 1e6,
                "postgresql": median(each.server for each in measures) / records * 1e6,
                "total": median(each.cpu for each in measures) / records * 1e6,
                "ratio": median(one.cpu / other.cpu for one, other in zip(measures, against, strict=True)),
                "peak_mb": max(each.peak for each in measures),
                "wal_bytes_per_record": median(each.wal for each in measures) / records,
            }
        )
    return rows


def show(rows: Sequence[dict[str, float | str]], title: str) -> None:
    """Print the figures as a table."""
    table = Table(title=title, title_justify="left", title_style="bold", pad_edge=False, box=None)
    for name in ("RUN", "LOADER"):
        table.add_column(name, no_wrap=True)
    for name in ("RECORDS/S", "CLIENT", "POSTGRESQL", "TOTAL", "RATIO", "PEAK MB", "WAL B/RECORD"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            str(row["run"]),
            str(row["loader"]),
            f"{row['records_per_second']:,.0f}",
            *(f"{row[name]:.1f}" for name in ("client", "postgresql", "total")),
            f"{row['ratio']:.2f}",
            f"{row['peak_mb']:.0f}",
            f"{row['wal_bytes_per_record']:,.0f}",
        )
    console = Console(width=max(110, Console().width))
    console.print(table)
    console.print(
        "CLIENT, POSTGRESQL and TOTAL are CPU-seconds per million records, start-up included;"
        " RATIO is TOTAL to the hand-written loader's in the same round."
    )


def show_goals(found: Sequence[Goal]) -> None:
    """Print what was aimed at, and whether it was reached."""
    table = Table(pad_edge=False, box=None)
    for name in ("GOAL", "WANTED", "MEASURED", "", "NOTE"):
        table.add_column(name, justify="right" if name in {"WANTED", "MEASURED"} else "left", no_wrap=True)
    for each in found:
        digits = 0 if each.unit in {"ms", "MB", "pages"} else 2
        table.add_row(
            each.name,
            f"{'≥' if each.at_least else '≤'} {each.bound:,.{digits}f} {each.unit}",
            f"{each.measured:,.{digits}f} {each.unit}",
            "[green]reached[/green]" if each.reached else "[yellow]missed[/yellow]",
            each.note,
        )
    console = Console(width=max(110, Console().width))
    console.print()
    console.print(table)


def measure(
    records: int, rounds: int, latency: int, server: str
) -> tuple[list[dict[str, float | str]], list[Goal]]:
    """Run everything; the figures, and what they say of the goals."""
    results: Results = {}
    with postgres(server) as url:
        with api(records) as source:
            for number in range(rounds):
                one_round(url, source, records, number, results)
            found = goals.of_phases(results, records)
            found += [goals.of_replay(url, source), goals.of_kill(url, source, records)]
        with api(min(records, goals.LATENCY_RECORDS)) as source:
            found += [goals.of_latency(url, source, latency), *goals.of_start(url, source)]
    return figures(results, records), found


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Speed, beside a reference.")
    parser.add_argument("--records", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3, help="the median is printed")
    parser.add_argument("--latency", type=int, default=100, help="milliseconds that the slow API takes")
    parser.add_argument("--json", action="store_true", help="print figures for programs")
    given = parser.parse_args(arguments)
    rows, found = measure(given.records, given.rounds, given.latency, os.environ.get("DATABASE_URL", ""))
    if given.json:
        said: dict[str, Any] = {"records": given.records, "rounds": given.rounds, "runs": rows}
        said["goals"] = [
            {
                name: getattr(each, name)
                for name in ("name", "measured", "bound", "at_least", "unit", "reached")
            }
            for each in found
        ]
        print(json.dumps(said, indent=2))
    else:
        show(rows, f"{given.records:,} records, median of {given.rounds}")
        show_goals(found)


if __name__ == "__main__":
    main()
