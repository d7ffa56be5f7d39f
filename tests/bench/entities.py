"""
Entities of three sources: what one costs to store, to fold, to explain and to see as it was.

    python -m tests.bench.entities [--entities N] [--before REVISION] [--json]

The records of the other benchmark, said by one source; then, in a database of its own, by three who are
joined by number, each preferred for other fields; then every tenth changed at all of them. What is in the
tables is asserted. The figures that the design was made with stand beside those measured. ``--before``
adds what one source costs with the engine of another revision, taking turns with today's in the same run.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import psycopg
from rich.console import Console
from rich.table import Table

from engine.flow.explain import explain
from engine.flow.view import view
from engine.flow.workspace import Workspace
from engine.store.batch import prepared
from tests.bench.former import first_syncs, ratio
from tests.bench.loaders import PROJECT, SYNCLINE, command, syncline
from tests.bench.meter import Measure, run
from tests.bench.rig import Api, api, environment, fresh, postgres, settle

SOURCES = ("roster", "payroll", "directory")
POLICY = """
policy: person
default: {prefer: [roster, directory, payroll], then: latest}
fields:
  salary: {prefer: [payroll]}
  fte: {prefer: [payroll]}
  work_email: {prefer: [directory]}
  mobile: {prefer: [directory]}
"""
IDENTITY = """
identity: [{name: number, on: [employee_number]}]
history: true
"""
LOT, ASKED, ROUNDS = 7_500, 25, 5
SHORTLY = dt.timedelta(microseconds=1)

Figure = tuple[str, float, str, str]
"""What, how much, in which unit, and what the design counted on."""


@contextmanager
def project() -> Iterator[Path]:
    """The benchmark's project with its one source installed three times."""
    with tempfile.TemporaryDirectory(prefix="syncline-bench-") as name:
        folder = Path(name, "project")
        shutil.copytree(PROJECT, folder)
        file = folder / "syncline.yaml"
        text = file.read_text(encoding="utf-8")
        head, tail = text.split("sources:\n")
        sources = "".join(
            f'  {each}: {{connector: people, config: {{base: "env:BENCH_API"}}}}\n' for each in SOURCES
        )
        file.write_text(f"{head}sources:\n{sources}egress:{tail.split('egress:')[1]}", encoding="utf-8")
        with (folder / "mappings/entities/person.yaml").open("a", encoding="utf-8") as contract:
            contract.write(IDENTITY)
        (folder / "mappings/policies").mkdir()
        (folder / "mappings/policies/person.yaml").write_text(POLICY, encoding="utf-8")
        yield folder


def synced(source: Api, url: str, folder: Path, *targets: str) -> Measure:
    """One sync in a process of its own."""
    words = [word if word != str(PROJECT) else str(folder) for word in syncline("sync", *targets)]
    return run(words, url, environment(source.base, url))


def measure(entities: int, server: str, before: str | None = None) -> list[Figure]:
    """Everything, in the order in which it is shown."""
    with ExitStack() as stack:
        at = stack.enter_context(postgres(server))
        source = stack.enter_context(api(entities))
        name = f"syncline_bench_{os.getpid()}"
        alone = stack.enter_context(fresh(at, f"{name}_one", tables=True))
        url = stack.enter_context(fresh(at, f"{name}_three", tables=True))
        folder = stack.enter_context(project())
        settle(at)
        one = run(command(SYNCLINE, source.base, alone, folder), at, environment(source.base, alone))
        figures = [_speed("one source, no identity keys", one, entities, "39 by the model without keys")]
        for number, each in enumerate(SOURCES):
            settle(at)
            took = synced(source, url, folder, each)
            counted = ("61 with one identity key", "88 for a source that joins and folds", "")[number]
            figures.append(_speed(f"{each}, source {number + 1} of three", took, entities, counted))
        _asserted(url, entities, changed=False)
        figures += _sizes(url, entities)
        source.edition(10)
        settle(at)
        took = synced(source, url, folder)
        figures.append(_speed("all three, every tenth changed", took, 3 * entities, "15 with history"))
        _asserted(url, entities, changed=True)
        given = environment(source.base, url, whole=True)
        workspace = stack.enter_context(Workspace.open(folder, say=lambda _: None, environment=given))
        figures.append(_folded(workspace, entities))
        figures += _looked_at(workspace, entities)
        if before is not None:
            figures += _before(at, source, before, entities)
    return figures


def _before(server: str, source: Api, revision: str, entities: int) -> list[Figure]:
    source.edition(0)
    taken = first_syncs(server, source, revision, ROUNDS)
    names = "one source", f"one source, at {revision}"
    spent = [median(each.cpu for each in found) / entities * 1e6 for found in taken]
    figures = [
        (f"{name}: CPU a record, median of {ROUNDS}", much, "µs", "")
        for name, much in zip(names, spent, strict=True)
    ]
    return [*figures, (f"one source: CPU to that at {revision}, median of {ROUNDS}", ratio(taken), "x", "1")]


def _speed(what: str, took: Measure, records: int, counted: str) -> Figure:
    return f"{what}: CPU a record", took.cpu / records * 1e6, "µs", counted


def _asserted(url: str, entities: int, *, changed: bool) -> None:
    """Everybody is there once, said by three, and their former rows are kept."""
    with psycopg.connect(url) as connection:
        said = connection.execute(
            "SELECT count(*), count(*) FILTER (WHERE cardinality(_won) = 3) FROM canonical.person"
        ).fetchone()
        former = connection.execute("SELECT count(DISTINCT id) FROM canonical.person_history").fetchone()
    wanted = ((entities, entities), (len(range(3, entities, 10)) if changed else 0,))
    if (said, former) != wanted:
        raise AssertionError(f"{(said, former)} and not {wanted}")


def _sizes(url: str, entities: int) -> list[Figure]:
    tables = {
        "canonical row": ("canonical.person", ""),
        "three contributions": ("syncline.contribution_person", "3 x 456 and their indexes"),
        "identity key": ("syncline.identity_key", ""),
    }
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        found: list[Figure] = []
        for what, (name, counted) in tables.items():
            row = connection.execute("SELECT pg_total_relation_size(%s::regclass)", [name]).fetchone()
            assert row is not None
            found.append((f"{what}, with indexes", row[0] / entities, "bytes", counted))
    total = sum(each[1] for each in found)
    return [*found, ("an entity in all, without its responses", total, "bytes", "")]


def _folded(workspace: Workspace, entities: int) -> Figure:
    """The fold alone, of everybody, in lots of a batch's size; nothing is written."""
    shape = workspace.shapes["person"]
    with workspace.database.connect() as connection:
        texts = prepared(connection, shape, shape.feeds[0])
        ids = [row[0] for row in connection.execute("SELECT id FROM canonical.person ORDER BY id")]
        fold, rows, spent = texts.fold(raw_id=False), 0, 0.0
        for first in range(0, len(ids), LOT):
            connection.execute("DELETE FROM _touched")
            connection.execute(
                "INSERT INTO _touched SELECT x, true, false, 0 FROM unnest(%s::uuid[]) x",
                [ids[first : first + LOT]],
            )
            connection.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_seqscan = off")
            started = time.perf_counter()
            found = connection.execute(f"SELECT count(*), count(id) FROM ({fold}) q").fetchone()
            spent += time.perf_counter() - started
            assert found is not None
            rows += found[0]
        connection.rollback()
    if rows != entities:
        raise AssertionError(f"{rows} entities were folded, and not {entities}")
    return "fold of three, without writing", rows / spent, "entities/s", "38,000 to 45,000 with writing"


def _looked_at(workspace: Workspace, entities: int) -> list[Figure]:
    """One entity explained, and one as it was before its last change; by id, and by a record's key."""
    with workspace.database.connect() as connection:
        rows = connection.execute(
            "SELECT h.id::text, o.employee_number, h._until FROM canonical.person_history h"
            " JOIN canonical.person o ON o.id = h.id ORDER BY hashtext(h.id::text) LIMIT %s",
            [min(ASKED, entities // 100)],
        ).fetchall()
    asked: list[tuple[str, Callable[[tuple[str, str, dt.datetime]], object]]] = [
        ("explain a field, by id", lambda row: explain(workspace, "person", row[0], "salary")),
        ("explain all fields, by id", lambda row: explain(workspace, "person", row[0])),
        ("explain a field, by a record's key", lambda row: explain(workspace, "person", row[1], "salary")),
        ("as-of, by id", lambda row: view(workspace, "person", row[0], at=row[2] - SHORTLY)),
    ]
    figures: list[Figure] = []
    for what, does in asked:
        times = []
        for row in rows:
            started = time.perf_counter()
            does(row)
            times.append(time.perf_counter() - started)
        figures.append((f"{what}, median of {len(rows)}", median(times) * 1000, "ms", ""))
    return figures


def show(figures: Sequence[Figure], title: str) -> None:
    """Print the figures as a table."""
    table = Table(title=title, title_justify="left", title_style="bold", pad_edge=False, box=None)
    for name in ("WHAT", "MEASURED", "DESIGNED WITH"):
        table.add_column(name, justify="right" if name == "MEASURED" else "left", no_wrap=True)
    for what, much, unit, counted in figures:
        digits = 2 if unit == "x" else 1 if much < 100 else 0
        table.add_row(what, f"{much:,.{digits}f} {unit}", counted)
    Console(width=max(110, Console().width)).print(table)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.entities", description="Three sources.")
    parser.add_argument("--entities", type=int, default=50_000)
    parser.add_argument("--json", action="store_true", help="print figures for programs")
    parser.add_argument("--before", metavar="REVISION", help="another engine's first sync beside today's")
    given = parser.parse_args(arguments)
    figures = measure(given.entities, os.environ.get("DATABASE_URL", ""), given.before)
    if given.json:
        names = ("what", "measured", "unit", "designed_with")
        print(json.dumps([dict(zip(names, each, strict=True)) for each in figures], indent=2))
    else:
        show(figures, f"{given.entities:,} entities of three sources")


if __name__ == "__main__":
    main()
