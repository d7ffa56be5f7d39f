"""One holder writes for a stream; a dead one is followed at once, a paused one is fenced off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from engine.errors import LeaseLost, StoreUnavailable
from engine.store.database import Database
from engine.store.leases import Leases, fence
from engine.store.names import Names

pytestmark = pytest.mark.database


def test_a_living_holder_is_left_alone(database: Database, leases: Leases) -> None:
    assert leases.acquire(1) is not None
    with Leases(database) as others:
        assert others.acquire(1) is None
        assert others.acquire(2) is not None


def test_a_lease_given_back_is_free_at_once_under_a_higher_epoch(database: Database, leases: Leases) -> None:
    first = leases.acquire(1)
    assert first is not None
    leases.release(first)
    with Leases(database) as others:
        second = others.acquire(1)
        assert second is not None
        assert second.epoch > first.epoch
        with database.connect() as connection:
            fence(connection, second)
            with pytest.raises(LeaseLost):
                fence(connection, first)
    with pytest.raises(LeaseLost):
        leases.check(first)


def test_of_two_thieves_one_wins(database: Database) -> None:
    won: list[object] = []
    gate = threading.Barrier(6)

    def steal() -> None:
        with Leases(database) as mine:
            gate.wait()
            taken = mine.acquire(1)
            gate.wait()
            won.append(taken)

    threads = [threading.Thread(target=steal) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(each is not None for each in won) == 1


def test_heartbeats_keep_a_lease_beyond_its_time_and_through_a_fence(database: Database) -> None:
    with Leases(database, ttl=0.6) as mine, Leases(database) as others, database.connect() as connection:
        lease = mine.acquire(1)
        assert lease is not None
        fence(connection, lease)
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            assert others.acquire(1) is None
            time.sleep(0.05)
        mine.check(lease)


def test_a_heartbeat_whose_session_was_cut_dials_again_and_keeps_the_lease(database: Database) -> None:
    with Leases(database, ttl=0.6) as mine:
        lease = mine.acquire(1)
        assert lease is not None
        with database.connect(autocommit=True) as connection:
            read = "SELECT backend_pid FROM syncline.lease WHERE stream = 1"
            row = connection.execute(read).fetchone()
            assert row is not None
            connection.execute("SELECT pg_terminate_backend(%s)", row)
            until = time.monotonic() + 10
            while connection.execute(read).fetchone() == row:
                assert time.monotonic() < until
                time.sleep(0.02)
        mine.check(lease)
        with Leases(database) as others:
            assert others.acquire(1) is None


def test_a_lease_whose_epoch_grew_is_known_to_be_lost(database: Database) -> None:
    with Leases(database, ttl=0.3) as mine:
        lease = mine.acquire(1)
        assert lease is not None
        with database.connect() as connection:
            connection.execute("UPDATE syncline.lease SET epoch = epoch + 1")
        until = time.monotonic() + 10
        with pytest.raises(LeaseLost):  # noqa: PT012  # once the heartbeat has seen it
            while time.monotonic() < until:
                mine.check(lease)
                time.sleep(0.02)


def test_a_transaction_that_stays_under_the_fence_is_ended_by_the_thief(
    database: Database, leases: Leases
) -> None:
    lease = leases.acquire(1)
    assert lease is not None
    with pytest.raises(StoreUnavailable), database.connect() as connection:  # noqa: PT012  # it ends inside
        fence(connection, lease)
        connection.execute("INSERT INTO syncline.source(name) VALUES ('late')")
        leases.release(lease)
        with Leases(database) as others:
            began = time.monotonic()
            taken = others.acquire(1)
            assert taken is not None
            assert 1 < time.monotonic() - began < 10
        connection.commit()
    with database.connect() as connection:
        assert connection.execute("SELECT count(*) FROM syncline.source").fetchone() == (0,)


_HOLDER = """
import sys, time
from engine.store.database import Database
from engine.store.leases import Leases
with Database.open(sys.argv[1]) as database, Leases(database) as leases:
    print(leases.acquire(1) is not None, flush=True)
    time.sleep(600)
"""


def test_a_killed_holder_is_followed_at_once(database: Database, leases: Leases) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, database.url],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        assert leases.acquire(1) is None
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    until = time.monotonic() + 10
    while leases.acquire(1) is None:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_names_keep_their_numbers(database: Database, names: Names) -> None:
    from engine.records.received import StreamName

    stream = StreamName(source="hr", stream="workers")
    numbers = (names.source("hr"), names.stream(stream), names.entity("worker"), names.mapping("hr/workers"))
    again = Names(database)
    assert numbers == (
        again.source("hr"),
        again.stream(stream),
        again.entity("worker"),
        again.mapping("hr/workers"),
    )
    assert again.stream_name(numbers[1]) == stream
    assert names.source("payroll") != names.source("hr")
