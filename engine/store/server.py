"""
The PostgreSQL server of a project as a process: made, started, awaited, stopped.

Nothing here locks; ``embedded`` decides when to call what.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shlex
import shutil
import stat
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from psycopg import pq

from engine.errors import StoreError, StoreOutOfDate, StoreUnavailable
from engine.store.lodging import Lodging

MAJOR = "18"
DATABASE = "syncline"
ROLE = "operator"
"""Not the name of a schema: PostgreSQL would put that first on its search path."""

# The log is terse, and without statements: they quote rows.
_SETTINGS = """\
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 256MB
max_wal_size = 4GB
min_wal_size = 256MB
checkpoint_timeout = 30min
fsync = on
synchronous_commit = on
autovacuum_naptime = 20s
log_min_messages = warning
log_min_error_statement = panic
log_error_verbosity = terse
log_line_prefix = '%m [%p] '
timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'iso, mdy'
lc_messages = 'C'
"""
_RULES = f"local all {ROLE} peer map={ROLE}\n"
_ORPHANS = 20.0
_LOG_LIMIT = 8 * 1024 * 1024

Say = Callable[[str], None]


def create(lodging: Lodging, folder: Path, say: Say) -> None:
    """Make the data directory; a half-made one of a killed process is never taken for it."""
    if lodging.data.exists():
        found = (lodging.data / "PG_VERSION").read_text("ascii").strip()
        if found != MAJOR:
            raise StoreOutOfDate(
                f"the project's database was made by PostgreSQL {found}, the embedded one is {MAJOR}",
                code="embedded-version",
            )
        return
    say("creating the project's database")
    fresh = lodging.home / "pg.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    os.chown(fresh, lodging.uid, lodging.gid)
    command = [str(folder / "initdb"), "-D", str(fresh), "-U", ROLE, "-E", "UTF8", "--no-instructions"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    command += ["--auth-local=peer", "--auth-host=reject"]
    code, output = lodging.run(command)
    if code != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise StoreError(f"the project's database could not be made:\n{output}", code="embedded-create")
    fresh.rename(lodging.data)


def start(lodging: Lodging, folder: Path, log: Path, say: Say) -> None:
    """Start the server and wait until it takes connections, however long its recovery takes."""
    until = time.monotonic() + _ORPHANS
    while True:
        try:
            _launch(lodging, folder, log, say)
            return
        except StoreUnavailable as error:
            # After a kill its former backends may live for a moment; PostgreSQL will not start beside them.
            if "still in use" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.1)


def _launch(lodging: Lodging, folder: Path, log: Path, say: Say) -> None:
    _sweep(lodging)
    _configure(lodging)
    sockets = _make_sockets(lodging)
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_suffix(".log.old"))
    options = f"-k {shlex.quote(str(sockets))}"
    command = [str(folder / "pg_ctl"), "start", "-s", "-w", "-t", "86400"]
    command += ["-D", str(lodging.data), "-p", str(folder / "postgres"), "-o", options]
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "ab") as out:
        before = out.tell()
        with lodging.popen(command, out) as process:
            _await(lambda: process.poll() is not None, say)
    if process.returncode != 0:
        shutil.rmtree(sockets, ignore_errors=True)
        with log.open("rb") as text:
            text.seek(before)
            why = text.read().decode("utf-8", "replace").strip()
        raise StoreUnavailable(f"PostgreSQL did not start:\n{why}", code="embedded-start")


def _await(done: Callable[[], bool], say: Say) -> None:
    began = told = time.monotonic()
    while not done():
        time.sleep(0.02)
        if time.monotonic() - told > (2 if told == began else 15):
            told = time.monotonic()
            say(f"PostgreSQL is recovering after a crash, waiting ({told - began:.0f} s)")


def _make_sockets(lodging: Lodging) -> Path:
    """A short folder for the socket, 0700: the last one's path where it is free, so that URLs last."""
    note = lodging.home / "sockets"
    if note.exists():
        former = Path(note.read_text("utf-8"))
        if _private(former, lodging):  # a server that was stopped at once leaves it
            return former
        with suppress(OSError):  # somebody has taken the path meanwhile, or it cannot be made
            former.mkdir(mode=0o700)
            os.chown(former, lodging.uid, lodging.gid)
            return former
    fresh = Path(tempfile.mkdtemp(prefix="syncline-", dir="/tmp"))
    os.chown(fresh, lodging.uid, lodging.gid)
    note.write_text(str(fresh), "utf-8")
    return fresh


def _sweep(lodging: Lodging) -> None:
    """Remove the socket folder that a killed server left."""
    sockets = _sockets(lodging)
    if sockets is not None and sockets.name.startswith("syncline-") and _private(sockets, lodging):
        shutil.rmtree(sockets, ignore_errors=True)


def _sockets(lodging: Lodging) -> Path | None:
    """The socket folder that the last server wrote down."""
    try:
        line = (lodging.data / "postmaster.pid").read_text("utf-8").split("\n")[4]
    except (FileNotFoundError, IndexError):
        return None
    return Path(line) if line else None


def _private(sockets: Path, lodging: Lodging) -> bool:
    try:
        found = sockets.lstat()
    except FileNotFoundError:
        return False
    return (
        stat.S_ISDIR(found.st_mode) and found.st_uid == lodging.uid and stat.S_IMODE(found.st_mode) == 0o700
    )


def _configure(lodging: Lodging) -> None:
    user = pwd.getpwuid(os.geteuid()).pw_name
    files = {"postgresql.conf": _SETTINGS, "pg_hba.conf": _RULES}
    files["pg_ident.conf"] = f'{ROLE} "{user}" {ROLE}\n'
    for name, text in files.items():
        # The folder is the account's: a link planted there must not lead us, who may be root, astray.
        fresh = lodging.data / f"{name}.{secrets.token_hex(4)}"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            os.fchown(descriptor, lodging.uid, lodging.gid)
        fresh.replace(lodging.data / name)


def running(lodging: Lodging) -> Path | None:
    """The socket folder of the live server of this data directory, or None."""
    try:
        pid = int((lodging.data / "postmaster.pid").read_text("utf-8").split("\n")[0])
    except (FileNotFoundError, ValueError):
        return None
    if not _serves(pid, lodging.data):
        _clear(pid, lodging)
        return None
    sockets = _sockets(lodging)
    while sockets is None and _serves(pid, lodging.data):  # started by somebody who was killed just now
        time.sleep(0.02)
        sockets = _sockets(lodging)
    if sockets is None:
        return None  # it ended meanwhile, and took its pid file along
    if not _private(sockets, lodging):
        if not _serves(pid, lodging.data):
            return None  # it ended meanwhile, and its folder was swept
        raise StoreError(f"{sockets} is not the private folder that we made", code="embedded-socket")
    return sockets


def _serves(pid: int, data: Path) -> bool:
    """Whether a process works in this data directory; a stale number may be anybody's by now."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == data.resolve()
    except OSError:
        return False


def _clear(pid: int, lodging: Lodging) -> None:
    """Remove the pid file of a dead server whose number was given to somebody else."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return  # PostgreSQL sees for itself that it is stale, and waits for orphaned backends
    except PermissionError:
        pass  # somebody else's process
    numbers = [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()]
    if not any(_serves(each, lodging.data) for each in numbers):
        _sweep(lodging)
        (lodging.data / "postmaster.pid").unlink(missing_ok=True)


def wait(sockets: Path, lodging: Lodging, say: Say) -> bool:
    """Wait until an adopted server takes connections; False where it went away instead."""
    state: list[bool] = []

    def done() -> bool:
        if pq.PGconn.ping(f"host={sockets} user={ROLE} dbname=postgres".encode()) == pq.Ping.OK:
            state.append(True)
        elif running(lodging) is None:
            state.append(False)
        return bool(state)

    _await(done, say)
    return state[0]


def stop(lodging: Lodging, folder: Path) -> None:
    """Stop the server: checkpoint, then end; at once if it does not within a minute."""
    sockets = running(lodging)
    if sockets is None:
        return
    command = [str(folder / "pg_ctl"), "stop", "-s", "-w", "-D", str(lodging.data), "-t", "60", "-m"]
    code, output = lodging.run([*command, "fast"])
    if code != 0 and running(lodging) is not None:
        code, output = lodging.run([*command, "immediate"])
        if code != 0 and running(lodging) is not None:
            raise StoreError(f"PostgreSQL did not stop:\n{output}", code="embedded-stop")
    shutil.rmtree(sockets, ignore_errors=True)
