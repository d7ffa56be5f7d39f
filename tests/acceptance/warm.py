"""
The command ``syncline`` in a process of its own that need not import everything first.

Half of what a short command takes is the interpreter's imports, hundreds of times in one run of the tests. So
one process imports the engine once and is then forked for each command: what runs in the fork is the same
``python -m engine``, with its own folder, environment, files and exit code. Tests of how a command starts, or
of what a signal does to it, start one of their own.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Final, NamedTuple

import engine

LONGEST: Final = 1 << 20
"""Bytes of arguments and environment."""


class Done(NamedTuple):
    """A command's end: its exit code (negative: the signal that ended it), and what it printed."""

    code: int
    out: str
    err: str


class _Asked(NamedTuple):
    arguments: list[str]
    folder: str
    environment: dict[str, str]


class Late(Exception):
    """It did not end in time and was killed; what it printed."""


def run(
    arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str], timeout: float = 120
) -> Done:
    """Carry out ``syncline`` with arguments in a folder; raise ``Late`` after ``timeout`` seconds."""
    asked = _Asked(list(arguments), str(folder), dict(environment))
    ours, theirs = socket.socketpair()
    with ours, theirs, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        files = [theirs.fileno(), out.fileno(), err.fileno()]
        socket.send_fds(_starter(), [json.dumps(asked).encode()], files)
        theirs.close()
        ours.settimeout(timeout)
        with ours.makefile() as lines:
            process = int(lines.readline())
            try:
                code = int(lines.readline())
            except TimeoutError:
                os.kill(process, signal.SIGKILL)
                raise Late("\n".join(_read(each) for each in (out, err))) from None
        return Done(code=code, out=_read(out), err=_read(err))


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


@functools.cache
def _starter() -> socket.socket:
    """The way to the process that has imported everything; it ends with this one."""
    ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
    with theirs:
        started = subprocess.Popen(
            [sys.executable, "-m", "tests.acceptance.warm", str(theirs.fileno())],
            cwd=Path(engine.__file__).parents[1],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )

    def end() -> None:
        ours.close()
        started.wait()

    atexit.register(end)
    return ours


def _serve(asking: socket.socket) -> _Asked | None:
    """Wait for commands; return in the process that is one's own, and, without one, when nobody asks more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever waits for a command need not be waited for
    while True:
        asked, files, _, _ = socket.recv_fds(asking, LONGEST, 3)
        if not asked:
            return None
        if os.fork():
            for each in files:
                os.close(each)
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        asking.close()
        if command := os.fork():
            _tell(files[0], command)
            _, status = os.waitpid(command, 0)
            _tell(files[0], os.waitstatus_to_exitcode(status))
            os._exit(0)
        os.dup2(files[1], 1)
        os.dup2(files[2], 2)
        for each in files:
            os.close(each)
        return _Asked(*json.loads(asked))


def _tell(channel: int, number: int) -> None:
    os.write(channel, f"{number}\n".encode())


def _import_all() -> None:
    for module in pkgutil.walk_packages(engine.__path__, "engine."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    importlib.import_module("pint.delegates.txt_defparser")  # imported late, where units are asked for
    gc.freeze()


def main() -> None:
    """Import, wait, and be each command that is asked for."""
    with socket.socket(fileno=int(sys.argv[1])) as asking:
        _import_all()
        asked = _serve(asking)
    if asked is not None:
        os.environ.clear()
        os.environ.update(asked.environment)
        os.chdir(asked.folder)
        sys.argv[1:] = asked.arguments
        runpy.run_module("engine", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
