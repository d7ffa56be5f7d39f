"""When is it tried again? Full jitter, ``Retry-After`` first, within a budget."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from engine.fetch.http import Retry

PATIENCE = 120.0
"""Seconds that are waited on the spot; who is told to come back later comes back in another run."""
LONGEST = 86_400.0
"""No source is left alone for longer than a day, whatever it says."""

_SECONDS = re.compile(r"\s*(\d{1,20})(?:\.\d*)?\s*", re.ASCII)


def retry_after(header: str | None, *, now: dt.datetime) -> float | None:
    """
    Seconds that a ``Retry-After`` asks for, at most a day; None where it says nothing readable.

    ``now`` is the time at the server: its ``Date``. A date in the past asks for none.
    """
    if header is None:
        return None
    seconds = _SECONDS.fullmatch(header)
    if seconds is not None:
        return min(float(header), LONGEST)
    try:
        when = parsedate_to_datetime(header)
    except (ValueError, TypeError, OverflowError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=dt.UTC)
    return min(max((when - now).total_seconds(), 0.0), LONGEST)


def backoff(retry: Retry, attempt: int, *, random: Callable[[], float]) -> float:
    """Seconds before try ``attempt + 1``: anything up to a span that doubles (full jitter)."""
    longest = float(retry.backoff.max.seconds)
    span = float(retry.backoff.initial.seconds) * 2.0 ** min(attempt - 1, 60)
    return random() * min(span, longest)


class Budget:
    """
    At most one retry for every five requests, beyond a few at the start. Safe to share between
    threads. It keeps a source that is down from getting five times its load.
    """

    def __init__(self, *, share: float = 0.2, reserve: float = 10.0) -> None:
        self._share = share
        self._most = reserve
        self._left = reserve
        self._lock = threading.Lock()

    def earn(self) -> None:
        """A first try was sent."""
        with self._lock:
            self._left = min(self._left + self._share, self._most)

    def spend(self) -> bool:
        """Take one retry, where one is left."""
        with self._lock:
            if self._left < 1.0:
                return False
            self._left -= 1.0
            return True
