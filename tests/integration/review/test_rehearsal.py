"""A change is rehearsed on a copy: what it would do is counted, and nothing is written where it was read."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest
import zstandard

from engine.flow.events import silence
from engine.flow.rehearsal import Rehearsed, rehearse, stage
from engine.flow.trees import Tree
from engine.store.copying import SCHEMAS, snapshot, tables
from engine.store.database import Connection, Database
from engine.store.lodging import shipped
from tests.integration.review.conftest import Synced

pytestmark = pytest.mark.database

PAYROLL = "catalogue/mappings/payroll/workers.yaml"
LEFT_OUT = {"lease", "lease_beat", "breaker", "limiter"}


def edited(tree: Tree, name: str, was: str, now: str) -> Tree:
    text = tree.files[name].decode()
    assert text.count(was) == 1
    return replace(tree, files={**tree.files, name: text.replace(was, now).encode()})


def dump(url: str) -> str:
    command = [str(shipped() / "pg_dump"), "--dbname", url, *(f"--schema={each}" for each in SCHEMAS)]
    said = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    # The token of \restrict is drawn anew every time.
    return "\n".join(line for line in said.splitlines() if not line.startswith("\\"))


def digests(connection: Connection) -> dict[str, str]:
    found = {}
    for table in tables(connection):
        if table.name in LEFT_OUT or table.name.endswith("_history"):
            continue
        rows = connection.execute(f"SELECT t::text FROM {table.quoted} t ORDER BY 1").fetchall()
        found[table.quoted] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return found


@pytest.fixture(scope="module")
def source(synced: Synced) -> Iterator[Database]:
    with synced.database() as database:
        yield database


def rehearsed(source: Database, head: Tree, base: Tree | None = None) -> Rehearsed:
    with source.connect() as reading:
        snapshot(reading)
        streams = [number for (number,) in reading.execute("SELECT id FROM syncline.stream").fetchall()]
        with stage(source, reading, streams=streams, say=lambda _: None) as copied:
            return rehearse(copied, head, base=base, listen=silence)


def test_a_copy_holds_what_there_is(source: Database) -> None:
    with source.connect() as reading:
        snapshot(reading)
        streams = [number for (number,) in reading.execute("SELECT id FROM syncline.stream").fetchall()]
        wanted = digests(reading)
        with (
            stage(source, reading, streams=streams, say=lambda _: None) as copied,
            copied.connect() as connection,
        ):
            assert digests(connection) == wanted
            row = connection.execute(
                "INSERT INTO syncline.run (stream, kind, versions, position, started)"
                " VALUES (1, 'sync', '{}', 1, now()) RETURNING id"
            ).fetchone()
            last = reading.execute("SELECT max(id) FROM syncline.run").fetchone()
            assert row is not None
            assert last is not None
            assert row[0] > last[0]  # sequences go on


def test_a_wrong_period_alters_who_is_paid_by_it_and_writes_nothing(source: Database, synced: Synced) -> None:
    before = dump(source.url)
    found = rehearsed(source, edited(synced.tree, PAYROLL, "month: work_month", "month: work_year"))
    assert dump(source.url) == before
    with source.connect() as connection:
        row = connection.execute(
            """SELECT count(DISTINCT o.id)
               FROM canonical.worker o JOIN canonical.worker_provenance p USING (id)
               WHERE p."column" = 'salary' AND p.source = 'payroll' AND o.salary <> 0
                 AND p.key = ANY (%s)""",
            [_monthly(source)],
        ).fetchone()
    assert row is not None
    [worker] = [each for each in found.entities if each.entity == "worker"]
    assert {each.field: (each.filled, each.altered, each.lost) for each in worker.fields if each.altered} == {
        "salary": (0, row[0], 0)
    }
    assert (worker.added, worker.removed, worker.merged, worker.split) == (0, 0, 0, 0)
    assert all(
        not any((f.filled, f.altered, f.lost, f.winners))
        for e in found.entities
        if e is not worker
        for f in e.fields
    )
    assert all((each.fixed, each.added) == (0, 0) for each in found.letters)


def test_what_the_base_would_do_is_not_put_down_to_the_head(source: Database, synced: Synced) -> None:
    base = edited(synced.tree, PAYROLL, "month: work_month", "month: work_year")
    found = rehearsed(
        source, edited(base, PAYROLL, "given_name: forename", "given_name: upper(forename)"), base
    )
    changed = {f.field for e in found.entities for f in e.fields if f.filled or f.altered or f.lost}
    assert "salary" not in changed


def _monthly(source: Database) -> list[str]:
    """Keys of workers whose newest record in payroll says that it is by the month, read by other means."""
    with source.connect() as connection:
        rows = connection.execute(
            """SELECT r.position, b.bytes FROM syncline.response r
               JOIN syncline.stream t ON t.id = r.stream JOIN syncline.source s ON s.id = t.source
               JOIN syncline.body b ON b.month = r.body_month AND b.sha256 = r.sha256
               WHERE s.name = 'payroll' AND t.name = 'workers' ORDER BY r.position"""
        ).fetchall()
    newest = {}
    for _, packed in rows:
        for record in json.loads(zstandard.decompress(packed))["items"]:
            newest[record["worker_id"]] = record["pay"]["period"]
    return [key for key, period in newest.items() if period == "month"]
