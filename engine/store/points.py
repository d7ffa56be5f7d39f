"""
Named points at which a fault test kills or pauses this process; none of them does anything else.

    fetch.before  fetch.after                               around a request
    raw.copy      raw.fenced   raw.commit.before|sent|after transaction 1, after COPY and after the fence
    rows.copy     rows.fenced  rows.folded  rows.commit.…   transaction 2
    raw.copying   rows.copying                              in the middle of COPY
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter

_SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP, "term": signal.SIGTERM}


def _armed(text: str) -> dict[str, tuple[int, signal.Signals]]:
    """``raw.copy=kill,rows.copy:3=stop``: point, which passing of it (from 1), what to do."""
    armed = {}
    for entry in filter(None, text.split(",")):
        point, _, action = entry.partition("=")
        name, _, nth = point.partition(":")
        armed[name] = (int(nth or "1"), _SIGNALS[action])
    return armed


_ARMED = _armed(os.environ.get("SYNCLINE_FAULTS", ""))
_passed: Counter[str] = Counter()


def arm(text: str) -> None:
    """Take these faults instead of the environment's, and count passings from now."""
    global _ARMED  # noqa: PLW0603  # a fault is of the whole process
    _ARMED = _armed(text)
    _passed.clear()


def reach(point: str) -> None:
    """Do what the environment's ``SYNCLINE_FAULTS`` says about this point: usually nothing."""
    if not _ARMED or point not in _ARMED:
        return
    _passed[point] += 1
    nth, action = _ARMED[point]
    if _passed[point] == nth:
        os.write(2, f"fault: {point} {action.name}\n".encode())  # who waits for it sees where it landed
        # To this very thread, which then goes no step further; others may, by a hair.
        signal.pthread_kill(threading.get_ident(), action)
