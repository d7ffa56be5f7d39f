"""
When does Python look for cycles? Between batches, while records pass through.

Decoded records are millions of dicts and lists that point only downwards and go away by themselves. Left
alone, the collector walks all that are alive again and again: a third of a sync's CPU. It is held off
instead, and asked once in ``EVERY`` records, so that what does make cycles (exceptions, clients) stays few.
"""

from __future__ import annotations

import gc
import threading
from typing import Self

EVERY = 200_000
"""Records between two looks."""


class Sweeping:
    """Holds off the collector of the process from ``begin`` to ``end``; several may overlap."""

    _lock = threading.Lock()
    _holders = 0
    _was_enabled = False

    def __init__(self) -> None:
        self._records = 0

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def begin(self) -> None:
        """Hold it off; what is alive now, modules above all, is not looked at until the last ``end``."""
        with Sweeping._lock:
            if not Sweeping._holders:
                Sweeping._was_enabled = gc.isenabled()
                gc.disable()
                gc.freeze()
            Sweeping._holders += 1

    def passed(self, records: int) -> None:
        """So many more were dealt with, and let go."""
        self._records += records
        if self._records >= EVERY:
            self._records = 0
            gc.collect()

    def end(self) -> None:
        """Leave it to itself again."""
        with Sweeping._lock:
            Sweeping._holders -= 1
            if not Sweeping._holders:
                gc.unfreeze()
                if Sweeping._was_enabled:
                    gc.enable()
