"""A clock that a test sets."""

from __future__ import annotations

NOON = 1_730_000_000.0


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now
