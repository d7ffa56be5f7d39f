"""Is it any use to ask now? Closed, open, half open."""

from __future__ import annotations

from collections import deque

from engine.records.admission import GateRules


class BreakerState:
    """
    Opens when too large a share of recent requests failed; after ``open_for`` seconds it lets one
    probe through, and what the probe meets decides. A probe that never answers has failed. Not safe
    for threads by itself.
    """

    def __init__(self) -> None:
        self._recent: deque[tuple[float, bool]] = deque()
        self._failures = 0
        self._open_until: float | None = None
        self._probe_until: float | None = None

    def closed_for(self, now: float) -> float:
        """Seconds in which nothing is let through; 0 where something is."""
        if self._open_until is None:
            return 0.0
        if now < self._open_until:
            return self._open_until - now
        if self._probe_until is not None and now < self._probe_until:
            return self._probe_until - now
        return 0.0

    def admit(self, now: float, rules: GateRules) -> bool:
        """Let one request through; whether it is a probe."""
        if self._open_until is None:
            return False
        self._probe_until = now + rules.open_for
        return True

    def tell(self, now: float, rules: GateRules, *, probe: bool, failed: bool | None) -> None:
        """Count how a request went; None says nothing about the source's health."""
        if probe:
            self._probe_until = None
            if failed is None:
                return
            self._open_until = now + rules.open_for if failed else None
            self._recent.clear()
            self._failures = 0
            return
        if failed is None or self._open_until is not None:
            return
        self._recent.append((now, failed))
        self._failures += failed
        while self._recent[0][0] <= now - rules.window:
            self._failures -= self._recent.popleft()[1]
        if len(self._recent) >= rules.minimum and self._failures >= rules.failures * len(self._recent):
            self._open_until = now + rules.open_for
