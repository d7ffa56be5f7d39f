"""
Node and packages of npm for the servers and tools under test, installed on first use.

They go into ``$SYNCLINE_THIRD_PARTY`` or ``~/.cache/syncline-third-party`` and stay there. A folder
that holds ``package.json`` and ``package-lock.json`` says which packages; the lock file holds no
addresses (``npm install --omit-lockfile-registry-resolved`` writes it so).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

VERSION = "22.23.3"
"""Of Node, where that of the machine is older: CAP 10 asks for 22."""
_NEEDED = 22
_ARCHITECTURES = {"x86_64": "x64", "aarch64": "arm64"}
_INSTALLS_WITHIN = 280.0


class InstallError(AssertionError):
    """Something that the tests need could not be installed."""


def cache() -> Path:
    """Where everything is installed; made where it is not there."""
    said = os.environ.get("SYNCLINE_THIRD_PARTY")
    folder = Path(said) if said else Path.home() / ".cache" / "syncline-third-party"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def environment() -> Mapping[str, str]:
    """The environment in which ``node`` is one that is new enough."""
    return {**os.environ, "PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def node() -> Path:
    """The program ``node``: the machine's own, or one installed by npm."""
    own = shutil.which("node")
    if own is not None and _major(own) >= _NEEDED:
        return Path(own)
    package = f"node-linux-{_ARCHITECTURES.get(platform.machine(), platform.machine())}"
    folder = cache() / f"node-{VERSION}"
    with _once(folder) as missing:
        if missing:
            _npm("install", "--prefix", str(folder), f"{package}@{VERSION}", cwd=folder)
    return folder / "node_modules" / package / "bin" / "node"


def packages(folder: Path) -> Path:
    """``node_modules`` with what the lock file of a folder names."""
    lock = (folder / "package-lock.json").read_bytes()
    there = cache() / f"{folder.name}-{hashlib.sha256(lock).hexdigest()[:12]}"
    path = environment()["PATH"]
    with _once(there) as missing:
        if missing:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(folder / name, there)
            _npm("ci", cwd=there, path=path)
    return there / "node_modules"


def _major(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    digits = said.strip().lstrip("v").partition(".")[0]
    return int(digits) if digits.isdigit() else 0


@contextmanager
def _once(folder: Path) -> Iterator[bool]:
    """Whether a folder has yet to be filled; nobody else fills it meanwhile, half a filling is none."""
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / ".done"
        if done.exists():
            yield False
            return
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        yield True
        done.touch()


def _npm(*arguments: str, cwd: Path, path: str | None = None) -> None:
    program = shutil.which("npm")
    if program is None:
        raise InstallError("npm is not installed here: the tests of third-party servers need it")
    print(f"Installing into {cwd} (once)")
    done = subprocess.run(
        [program, *arguments, "--no-fund", "--no-audit", "--loglevel=error"],
        cwd=cwd,
        env={**os.environ, "PATH": path or os.environ.get("PATH", os.defpath)},
        capture_output=True,
        text=True,
        timeout=_INSTALLS_WITHIN,
        check=False,
    )
    if done.returncode != 0:
        raise InstallError(f"npm {' '.join(arguments)}: {done.stderr or done.stdout}")
