"""The project's own PostgreSQL after a crash, half a start, or a file that lies."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from engine.errors import StoreUnavailable
from engine.store import server
from engine.store.database import Database
from engine.store.embedded import Embedded
from engine.store.leases import Leases
from engine.store.lodging import lodge
from tests.integration.embedded.conftest import Process, postmaster, runs

pytestmark = pytest.mark.database


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGQUIT])
def test_a_server_that_crashed_under_its_users_is_started_again(state: Path, how: signal.Signals) -> None:
    with Database.open(state) as database, Leases(database, ttl=1.5) as leases:
        lease = leases.acquire(1)
        assert lease is not None
        former = postmaster(state)
        os.kill(former, how)
        with pytest.raises(StoreUnavailable):  # noqa: PT012  # until the last of its processes is gone
            with database.connect() as connection:
                for _ in range(1000):
                    connection.execute("SELECT 1")
            while Path(f"/proc/{former}").exists():
                time.sleep(0.01)
            raise StoreUnavailable("a new session was faster than the signal")
        with database.connect() as connection:
            assert connection.execute("SELECT epoch FROM syncline.lease").fetchone() == (lease.epoch,)
        assert postmaster(state) != former
        pid = "SELECT count(*) FROM syncline.lease JOIN pg_stat_activity ON pid = backend_pid"
        until = time.monotonic() + 10
        with database.connect(autocommit=True) as connection:
            while connection.execute(pid).fetchone() != (1,):  # the heartbeat has found its way back
                assert time.monotonic() < until
                time.sleep(0.02)
        leases.check(lease)
    assert not runs(state)


def test_a_half_made_data_directory_is_not_taken_for_one(state: Path) -> None:
    embedded = Embedded(state, say=print)
    embedded._make_state()
    half = lodge(state).home / "pg.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    embedded.use()
    embedded.leave()
    assert not half.exists()


def test_a_pid_that_somebody_else_has_by_now_is_not_taken_for_the_server(state: Path) -> None:
    embedded = Embedded(state, say=print)
    embedded.use()
    lodging = lodge(state)
    pid_file = lodging.data / "postmaster.pid"
    text = pid_file.read_text()
    embedded.leave()
    pid_file.write_text(text.replace(text.split("\n")[0], str(os.getpid()), 1))
    os.chown(pid_file, lodging.uid, lodging.gid)
    embedded.use()
    assert postmaster(state) != os.getpid()
    embedded.leave()


@pytest.mark.parametrize("sockets", ["", "/run/syncline-swept"], ids=["no socket yet", "folder swept"])
def test_a_server_that_ends_while_it_is_asked_for_is_none(
    state: Path, monkeypatch: pytest.MonkeyPatch, sockets: str
) -> None:
    state.mkdir()
    lodging = lodge(state)
    lodging.data.mkdir(parents=True)
    (lodging.data / "postmaster.pid").write_text(f"1\n\n\n\n{sockets}\n", "utf-8")
    seen = iter([True])  # alive when its file is read, gone at the next look
    monkeypatch.setattr(server, "_serves", lambda _pid, _data: next(seen, False))
    assert server.running(lodging) is None


def test_a_server_that_cannot_start_says_why(state: Path) -> None:
    embedded = Embedded(state, say=print)
    embedded.use()
    embedded.leave()
    control = lodge(state).data / "global" / "pg_control"
    control.write_bytes(b"")
    with pytest.raises(StoreUnavailable, match="pg_control"):
        embedded.use()
    assert not runs(state)


@pytest.mark.slow
def test_a_crash_recovery_of_half_a_minute_is_waited_for(state: Path, start: Callable[[], Process]) -> None:
    embedded = Embedded(state, say=print)
    embedded.use()
    with psycopg.connect(embedded.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE many(n int8, t text)")
        connection.execute("CHECKPOINT")
        connection.execute("INSERT INTO many SELECT n, repeat('x', 200) FROM generate_series(1, 500000) n")
    os.kill(postmaster(state), signal.SIGKILL)
    waiting = start()
    recovery = _recovery(state)
    os.kill(recovery, signal.SIGSTOP)  # it recovers for as long as we like
    late = start()
    time.sleep(31)
    os.kill(recovery, signal.SIGCONT)
    waiting.ready()
    assert any("recovering" in line for line in waiting.said)
    late.ready()
    with psycopg.connect(_url(state)) as connection:
        assert connection.execute("SELECT count(*) FROM many").fetchone() == (500000,)
    waiting.leave()
    late.leave()
    embedded.leave()
    assert not runs(state)


def _url(state: Path) -> str:
    return f"host={server.running(lodge(state))} user={server.ROLE} dbname={server.DATABASE}"


def _recovery(state: Path) -> int:
    """The process that replays the log, once it runs."""
    data = lodge(state).data.resolve()
    until = time.monotonic() + 30
    while time.monotonic() < until:
        for each in Path("/proc").iterdir():
            try:
                if (each / "cwd").readlink() == data and b"startup" in (each / "cmdline").read_bytes():
                    return int(each.name)
            except OSError:
                continue
    raise AssertionError("no recovery was seen")
