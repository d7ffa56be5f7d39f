"""What was received is kept exactly, together with what it earned, and only by the holder of the lease."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from engine.errors import LeaseLost, StoreError
from engine.records.received import Response, Verdict, Watermark
from engine.store import months, progress, raw, versions
from engine.store.database import Database
from engine.store.leases import Lease, Leases
from engine.store.names import Names
from engine.store.progress import Advance, Window

pytestmark = pytest.mark.database

Make = Callable[..., Response]


@pytest.fixture
def lease(names: Names, leases: Leases, make_response: Make) -> Lease:
    taken = leases.acquire(names.stream(make_response(1).stream))
    assert taken is not None
    return taken


def test_a_response_comes_back_as_it_went_in(database: Database, lease: Lease, make_response: Make) -> None:
    odd = make_response(
        7,
        os.urandom(70_000),
        partition={"id": 17, "rate": Decimal("1.10")},
        request={"method": "POST", "url": "u", "headers": {}, "body": {"a": "x\0y\ud800"}},
        coding="gzip",
        wire_length=99,
        verdict=Verdict.TOLERANT,
        records=3,
        altered=1,
    )
    with database.connect() as connection:
        (kept,) = raw.keep(connection, lease, run=1, responses=[odd])
        found = raw.response(connection, kept.id)
    assert found is not None
    assert kept.id > 0
    assert found.request["body"] == {"a": "x\ufffdy\ufffd"}
    for name in Response.__dataclass_fields__:
        if name != "request":
            assert getattr(found, name) == getattr(kept, name), name


def test_equal_bodies_are_kept_once_a_month(database: Database, lease: Lease, make_response: Make) -> None:
    with database.connect() as connection:
        raw.keep(connection, lease, run=1, responses=[make_response(1), make_response(2)])
        raw.keep(connection, lease, run=2, responses=[make_response(3)])
        assert connection.execute("SELECT count(*) FROM syncline.body").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM syncline.response").fetchone() == (3,)


def test_bodies_are_not_compressed_twice(database: Database, lease: Lease, make_response: Make) -> None:
    with database.connect() as connection:
        raw.keep(connection, lease, run=1, responses=[make_response(1)])
        storage = connection.execute(
            """SELECT DISTINCT attstorage::text FROM pg_attribute
               JOIN pg_inherits ON inhrelid = attrelid
               WHERE inhparent = 'syncline.body'::regclass AND attname = 'bytes'"""
        ).fetchall()
    assert storage == [("e",)]


def test_progress_moves_with_the_responses_that_earned_it(
    database: Database, lease: Lease, make_response: Make
) -> None:
    window = Window(lower="2026-01-01", upper=None, resume={"token": "abc", "n": Decimal("1.5")})
    with database.connect() as connection:
        raw.keep(connection, lease, run=1, responses=[make_response(4)], advances=[Advance(windows=[window])])
        assert progress.standing(connection, lease.stream, {}).windows == (window,)
        done = Advance(forget=["2026-01-01"], watermark=Watermark(value="2026-02-01", type="date"))
        raw.keep(connection, lease, run=1, responses=[], advances=[done])
        standing = progress.standing(connection, lease.stream, {})
        assert standing.windows == ()
        assert standing.watermark == Watermark(value="2026-02-01", type="date")
        assert progress.watermarks(connection, lease.stream) == {"": standing.watermark}
        assert progress.positions(connection, lease.stream).draw() == 5


@pytest.mark.parametrize(
    ("kind", "before", "after", "stays"),
    [
        ("date", "2026-02-01", "2026-01-31", True),
        ("timestamp", "2026-02-01T00:00:00.000000Z", "2026-02-01T00:00:00.000001Z", False),
        ("integer", "100", "99", True),
        ("integer", "99", "100", False),
        ("string", "b", "a", True),
        ("token", "b", "a", False),
    ],
)
def test_a_watermark_never_goes_back_save_a_token(
    database: Database, lease: Lease, kind: str, before: str, after: str, *, stays: bool
) -> None:
    with database.connect() as connection:
        for value in (before, after):
            moved = Advance(watermark=Watermark(value=value, type=kind))  # type: ignore[arg-type]
            raw.keep(connection, lease, run=1, responses=[], advances=[moved])
        found = progress.standing(connection, lease.stream, {}).watermark
    assert found == Watermark(value=before if stays else after, type=kind)  # type: ignore[arg-type]


def test_who_lost_the_lease_writes_nothing(
    database: Database, lease: Lease, leases: Leases, make_response: Make
) -> None:
    leases.release(lease)
    with Leases(database) as others, database.connect() as connection:
        assert others.acquire(lease.stream) is not None
        moved = Advance(watermark=Watermark(value="1", type="integer"))
        with pytest.raises(LeaseLost):
            raw.keep(connection, lease, run=1, responses=[make_response(1)], advances=[moved])
        assert connection.execute("SELECT count(*) FROM syncline.response").fetchone() == (0,)
        assert progress.standing(connection, lease.stream, {}).watermark is None


def test_responses_are_read_back_in_the_order_of_their_requests(
    database: Database, lease: Lease, make_response: Make
) -> None:
    order = [5, 3, 9, 1, 2, 8]
    with database.connect() as connection:
        for position in order:
            raw.keep(connection, lease, run=1, responses=[make_response(position, b"%d" % position * 1000)])
        chunks = list(raw.read(connection, lease.stream, count=4))
        assert [[each.position for each in chunk] for chunk in chunks] == [[1, 2, 3, 5], [8, 9]]
        chunks = list(raw.read(connection, lease.stream, size=2500))
        assert [[each.position for each in chunk] for chunk in chunks] == [[1, 2, 3], [5, 8, 9]]
        chunks = list(raw.read(connection, lease.stream, size=1))
        assert [len(chunk) for chunk in chunks] == [1] * 6


def test_what_waits_for_a_mapping_is_read_until_it_is_done(
    database: Database, lease: Lease, make_response: Make
) -> None:
    with database.connect() as connection:
        kept = raw.keep(
            connection, lease, run=1, responses=[make_response(1), make_response(2)], mappings=[3, 4]
        )
        connection.execute("DELETE FROM syncline.pending WHERE mapping = 3 AND response = %s", (kept[0].id,))
        waiting = [each.position for chunk in raw.read(connection, lease.stream, pending=3) for each in chunk]
        assert waiting == [2]
        assert versions.pending(connection, mapping=4, stream=lease.stream) == 2


def test_a_body_that_is_not_what_was_stored_is_noticed(
    database: Database, lease: Lease, make_response: Make
) -> None:
    with database.connect() as connection:
        (kept,) = raw.keep(connection, lease, run=1, responses=[make_response(1)])
        connection.execute("UPDATE syncline.response SET sha256 = %s", (bytes(32),))
        with pytest.raises(StoreError, match="lost its body") as torn:
            raw.response(connection, kept.id)
        assert torn.value.code == "raw-torn"


def test_months_are_made_ahead_and_again_without_harm(database: Database) -> None:
    with database.connect() as connection:
        for _ in range(2):
            months.make_ahead(connection)
            made = connection.execute(
                "SELECT inhparent::regclass::text, count(*) FROM pg_inherits GROUP BY 1 ORDER BY 1"
            ).fetchall()
        assert [row for row in made if row[0] in {"syncline.body", "syncline.response"}] == [
            ("syncline.body", 3),
            ("syncline.response", 3),
        ]


_KEEPER = """
import datetime, hashlib, os, signal, sys
from engine.records.received import Response, StreamName, Watermark
from engine.store import raw
from engine.store.database import Database
from engine.store.leases import Leases
from engine.store.names import Names
from engine.store.progress import Advance
name = StreamName(source="hr", stream="workers")
if "inside" in sys.argv:
    row = raw._row
    def stopping(response):
        if response.position == 2:
            os.kill(os.getpid(), signal.SIGSTOP)
        return row(response)
    raw._row = stopping
database = Database.open(sys.argv[1])
with database, Leases(database, ttl=1.0) as leases, database.connect() as connection:
    lease = leases.acquire(Names(database).stream(name))
    responses = [Response(id=0, stream=name, partition={}, position=position, request={}, status=200,
        headers={}, fetched_at=datetime.datetime.now(datetime.UTC), body=b"x",
        sha256=hashlib.sha256(b"x").digest(), wire_length=1, coding="identity")
        for position in range(1, 3)]
    advance = Advance(watermark=Watermark(value="1", type="integer"))
    raw.keep(connection, lease, run=1, responses=responses, mappings=[1], advances=[advance])
"""


@pytest.mark.parametrize(
    ("point", "durable"),
    [
        ("raw.copy", {0}),
        ("raw.fenced", {0}),
        ("raw.commit.before", {0}),
        ("raw.commit.sent", {0, 1}),  # unknown to the dead; to the database it is one or the other
        ("raw.commit.after", {1}),
    ],
)
def test_killed_anywhere_all_of_it_is_kept_or_none(
    database: Database, names: Names, leases: Leases, make_response: Make, point: str, durable: set[int]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _KEEPER, database.url],
        env={**os.environ, "SYNCLINE_FAULTS": f"{point}=kill", "PYTHONPATH": str(Path.cwd())},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, "the kill did not land"
    stream = names.stream(make_response(1).stream)
    assert leases.acquire(stream) is not None  # at once, and after what the dead one still had under way
    with database.connect() as connection:
        counts = [
            connection.execute(f"SELECT count(*) FROM syncline.{table}").fetchone()
            for table in ("response", "body", "pending")
        ]
        moved = progress.standing(connection, stream, {}).watermark is not None
    assert counts in [[(2 * number,), (number,), (2 * number,)] for number in durable]
    assert moved == (counts[0] == (2,))


@pytest.mark.parametrize("point", ["inside", "raw.copy", "raw.fenced", "raw.commit.before"])
def test_paused_past_the_lease_nothing_is_written(
    database: Database, names: Names, leases: Leases, make_response: Make, point: str
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _KEEPER, database.url, point],
        env={**os.environ, "SYNCLINE_FAULTS": f"{point}=stop", "PYTHONPATH": str(Path.cwd())},
        stderr=subprocess.PIPE,
        text=True,
    ) as keeper:
        _, status = os.waitpid(keeper.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), "the pause did not land"
        stream = names.stream(make_response(1).stream)
        until = time.monotonic() + 20
        while (taken := leases.acquire(stream)) is None:
            assert time.monotonic() < until
            time.sleep(0.02)
        with database.connect() as connection:
            raw.keep(connection, taken, run=2, responses=[make_response(9)])
        keeper.send_signal(signal.SIGCONT)
        said = keeper.communicate(timeout=60)[1]
        assert keeper.returncode == 1
        assert "LeaseLost" in said or "StoreUnavailable" in said
    with database.connect() as connection:
        assert connection.execute("SELECT run FROM syncline.response").fetchall() == [(2,)]
        assert progress.standing(connection, stream, {}).watermark is None
