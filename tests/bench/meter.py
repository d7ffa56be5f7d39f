"""CPU and memory of a command and of the PostgreSQL that served it."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass

import psutil
import psycopg


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What one run took."""

    wall: float
    """Seconds."""
    client: float
    """CPU-seconds of the command, start-up included."""
    server: float
    """CPU-seconds of all of PostgreSQL's processes."""
    peak: float
    """Peak resident memory of the command, in MB."""
    wal: int
    """Bytes of write-ahead log."""
    output: str

    @property
    def cpu(self) -> float:
        """CPU-seconds of both."""
        return self.client + self.server


def server_cpu(url: str) -> tuple[float, int]:
    """CPU-seconds that PostgreSQL has used since it started, and its WAL position."""
    with psycopg.connect(url, autocommit=True) as connection:
        pid = connection.info.backend_pid
        row = connection.execute("SELECT (pg_current_wal_insert_lsn() - '0/0')::int8").fetchone()
        assert row is not None
        head = psutil.Process(pid).parent()
        assert head is not None
        used = None
        while used is None:  # a process that ends meanwhile is its parent's by then: all are asked anew
            with suppress(psutil.NoSuchProcess):
                used = _used(head)
        return used, int(row[0])


def _used(head: psutil.Process) -> float:
    times = head.cpu_times()
    ended = times.children_user + times.children_system
    living = [child.cpu_times() for child in head.children()]
    return float(times.user + times.system + ended + sum(each.user + each.system for each in living))


def run(command: list[str], url: str, environment: dict[str, str]) -> Measure:
    """Run a command to its end and say what it took; raises where it fails."""
    before, wal = server_cpu(url)
    started = time.perf_counter()
    process = subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        output, notes = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}\n{output}\n{notes}")
    after, wal_after = server_cpu(url)
    return Measure(
        wall=wall,
        client=usage.ru_utime + usage.ru_stime,
        server=after - before,
        peak=usage.ru_maxrss / 1024,
        wal=wal_after - wal,
        output=output,
    )
