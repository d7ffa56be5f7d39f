"""
The benchmark: ``syncline sync`` beside a hand-written loader, taking turns in one run.

    python -m tests.bench [--records N] [--rounds N] [--latency MS] [--json]

Every run is a process of its own and pays for its start. Three runs of each in fresh databases: the
first sync, the same again with nothing changed, and again with every tenth record changed. What both
hold is compared before anything is printed; the figures are medians of the rounds. PostgreSQL is an
embedded one for this run, or the server of DATABASE_URL, which has to be on this machine.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from tests.bench.agreement import compare
from tests.bench.meter import Measure, run
from tests.bench.rig import ROOT, Api, api, environment, fresh, postgres, settle

PHASES = {"first": 0, "again, unchanged": 0, "again, 10 % changed": 10}
"""What is measured, in this order, and what the API serves then."""

LOADERS = ("hand-written", "syncline")
Results = dict[tuple[str, str], list[Measure]]


def commands(base: str, theirs: str) -> dict[str, list[str]]:
    """The command of each loader."""
    project = ROOT / "tests" / "bench" / "project"
    return {
        "hand-written": [sys.executable, "-m", "tests.bench.handwritten", base, theirs],
        "syncline": [sys.executable, "-m", "engine", "sync", "--project", str(project), "--json"],
    }


def one_round(server: str, source: Api, records: int, number: int, results: Results) -> None:
    """Measure every phase once, each loader in its turn, and assert that both did the same."""
    stem = f"syncline_bench_{os.getpid()}_{number}"
    with (
        fresh(server, f"{stem}_ours", tables=True) as ours,
        fresh(server, f"{stem}_theirs", tables=False) as theirs,
    ):
        for phase, edition in PHASES.items():
            source.edition(edition)
            for loader, command in commands(source.base, theirs).items():
                settle(server)
                measure = run(command, server, environment(source.base, ours))
                results.setdefault((phase, loader), []).append(measure)
                if loader == "syncline":
                    _accounted(measure, records, phase)
            compare(ours, theirs, records)


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
        against = results[phase, "hand-written"]
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


def measure(records: int, rounds: int, latency: int, server: str) -> list[dict[str, float | str]]:
    """Run everything; the figures."""
    results: Results = {}
    with postgres(server) as url, api(records, latency) as source:
        for number in range(rounds):
            one_round(url, source, records, number, results)
    return figures(results, records)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Speed, beside a reference.")
    parser.add_argument("--records", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3, help="the median is printed")
    parser.add_argument("--latency", type=int, default=0, help="milliseconds that the API takes to answer")
    parser.add_argument("--json", action="store_true", help="print figures for programs")
    given = parser.parse_args(arguments)
    rows = measure(given.records, given.rounds, given.latency, os.environ.get("DATABASE_URL", ""))
    if given.json:
        print(json.dumps({"records": given.records, "rounds": given.rounds, "runs": rows}, indent=2))
    else:
        show(rows, f"{given.records:,} records, median of {given.rounds}, {given.latency} ms latency")


if __name__ == "__main__":
    main()
