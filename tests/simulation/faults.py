"""What befalls a worker at a named point: it dies, or its stream is taken from it."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from engine.store import points
from engine.store.leases import Leases

CRASHES = (
    "fetch.before",
    "fetch.after",
    "raw.copy",
    "raw.fenced",
    "raw.commit.before",
    "raw.commit.sent",
    "raw.commit.after",
    "rows.copy",
    "rows.fenced",
    "rows.folded",
    "rows.commit.before",
    "rows.commit.sent",
    "rows.commit.after",
)
"""Where a worker may die."""

THEFTS = ("fetch.before", "fetch.after", "raw.copy", "raw.commit.after", "rows.copy", "rows.commit.after")
"""Where its stream may be taken: nowhere under the fence, which holds thieves off."""


class Crash(BaseException):
    """The end of a process, as near as one that goes on can come to it."""


class Faults:
    """One run's misfortune; ``landed`` says whether the run came to the point at all."""

    def __init__(self, point: str | None, nth: int, act: Callable[[], None] | None) -> None:
        self.point, self.nth, self._act = point, nth, act
        self.landed = self.dead = False
        self._passed: Counter[str] = Counter()
        self._lock = threading.RLock()

    def reach(self, point: str) -> None:
        """Stands in for ``points.reach``; a dead process reaches nothing any more, in no thread."""
        if self.dead:
            raise Crash(point)
        with self._lock:
            self._passed[point] += 1
            if point != self.point or self._passed[point] != self.nth:
                return
            self.landed = True
            if self._act is None:
                self.dead = True
                raise Crash(point)
        self._act()


@contextmanager
def befalling(
    point: str | None = None, nth: int = 1, act: Callable[[], None] | None = None
) -> Iterator[Faults]:
    """
    At the n-th passing of a point do ``act``, or without one crash; with no point nothing happens.

    A crashed process gives no lease back: its sessions end, and that is how others know.
    """
    faults = Faults(point, nth, act)
    release = Leases.release

    def kept(leases: Leases, lease: object) -> None:
        if not faults.dead:
            release(leases, lease)  # type: ignore[arg-type] # as it was called

    with replaced(points.reach, faults.reach), mock.patch.object(Leases, "release", kept):
        yield faults


@contextmanager
def replaced(old: Callable[..., Any], new: Callable[..., Any]) -> Iterator[None]:
    """Put another function in place of one of the engine's, in every room that calls it by its name."""
    name = old.__name__
    rooms = [room for path, room in sys.modules.items() if path.startswith("engine.")]
    with ExitStack() as patches:
        for room in rooms:
            if getattr(room, name, None) is old:
                patches.enter_context(mock.patch.object(room, name, new))
        yield


@contextmanager
def changed(name: str, value: object) -> Iterator[None]:
    """Give a constant of the engine another value, in every room that knows it."""
    rooms = [room for path, room in sys.modules.items() if path.startswith("engine.") and hasattr(room, name)]
    assert rooms, f"the engine has no {name}"
    with ExitStack() as patches:
        for room in rooms:
            patches.enter_context(mock.patch.object(room, name, value))
        yield
