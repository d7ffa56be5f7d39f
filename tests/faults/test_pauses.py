"""A worker that is paused past its lease writes nothing more, wherever it stood."""

from __future__ import annotations

import time
from pathlib import Path

import psycopg
import pytest

from tests.faults.rig import WELL_AGAIN, Rig, expect
from tests.faults.test_kills import POINTS

SEED = 8_112
PAUSES = (
    *(("rows.copying", 1), ("raw.copying", 1), ("raw.copying", 2), ("rows.copying", 2)),
    *(("raw.fenced", 2), ("rows.fenced", 2), ("rows.commit.after", 2)),
    *((point, 1) for point in POINTS),
)

pytestmark = pytest.mark.database


def test_a_worker_that_was_paused_past_its_lease_writes_nothing(database_url: str, tmp_path: Path) -> None:
    """Another one takes over and finishes; then every table stays as it is, to the byte."""
    assert len(PAUSES) == 20
    with (
        Rig(tmp_path, seed=SEED, database=database_url) as rig,
        psycopg.connect(database_url, autocommit=True) as connection,
    ):
        for point, nth in PAUSES:
            worker = rig.worker()
            worker.tell(rig.folder, f"{point}:{nth}=stop", "staff")
            assert worker.stopped(), (point, worker.end())
            if point.endswith(".copying"):
                _await(connection, "SELECT count(*) = 1 FROM pg_stat_progress_copy")
            _await(connection, "SELECT count(*) = 0 FROM syncline.lease_beat WHERE until > clock_timestamp()")
            rig.settle()
            before = rig.oracle.everything()
            worker.go_on()
            said = worker.hear()
            assert said is not None
            # Who stood in a transaction under the fence was thrown out of it by the thief.
            assert said.get("error") in {"lease-lost", "store-unavailable"}, (point, said)
            _, noted = worker.end()
            assert noted == [f"fault: {point} SIGSTOP"]
            after = rig.oracle.everything()
            written = {table for table in before if before[table] != after[table]}
            assert not written, f"{point}:{nth}: the paused worker wrote {written}"
            expect(rig.oracle.settled())
            rig.source.turn(0.1)


def _await(connection: psycopg.Connection, what: str) -> None:
    """Until the database says so."""
    until = time.monotonic() + WELL_AGAIN
    while connection.execute(what).fetchone() != (True,):
        if time.monotonic() > until:
            told = connection.execute(
                "SELECT application_name, state, wait_event, query FROM pg_stat_activity"
            )
            raise AssertionError(f"never: {what}\n{told.fetchall()}")
        time.sleep(0.02)
