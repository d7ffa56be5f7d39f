"""
May a request be sent now? The breaker and the rate limits of one origin and credential.

Workers share them: the store keeps a ``Gate`` in PostgreSQL, in batches. ``MemoryGate`` is the same
thing within one process.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from engine.fetch.breaker import BreakerState
from engine.fetch.http import Http
from engine.fetch.limit import Window
from engine.records.admission import Admission, GateRules


class Gate(Protocol):
    """Shared between threads, and by the store's between workers. Never sleeps for its caller."""

    def enter(self, name: str, rules: GateRules) -> Admission:
        """Ask to send one request; one that is admitted counts until long after it left."""

    def leave(self, name: str, rules: GateRules, admission: Admission, *, failed: bool | None) -> None:
        """Tell how an admitted request went; None says nothing about the source's health."""

    def pause(self, name: str, rules: GateRules, seconds: float) -> None:
        """Admit nobody for so long: the source said when to come back."""


def rules_of(http: Http) -> GateRules:
    """What a connector says about its source."""
    return GateRules(
        limits=tuple((each.requests, float(each.per.seconds)) for each in http.rate_limits),
        failures=float(http.breaker.failures.fraction),
        minimum=http.breaker.minimum,
        window=float(http.breaker.window.seconds),
        open_for=float(http.breaker.open_for.seconds),
    )


def name_of(origin: str, secrets: Iterable[str]) -> str:
    """One name for an origin and a credential, from which the credential cannot be told."""
    credential = "\0".join(sorted(secrets)).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(credential, salt=origin.encode(), n=2**12, r=8, p=1, dklen=16).hex()


class MemoryGate:
    """Breakers and limits of one process."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._breakers: dict[str, BreakerState] = {}
        self._windows: dict[tuple[str, int, float], Window] = {}
        self._paused: dict[str, float] = {}

    def enter(self, name: str, rules: GateRules) -> Admission:
        """Ask to send one request."""
        with self._lock:
            now = self._clock()
            breaker = self._breakers.setdefault(name, BreakerState())
            closed_for = breaker.closed_for(now)
            if closed_for > 0:
                return Admission(wait=closed_for, open=True)
            windows = [self._window(name, *limit) for limit in rules.limits]
            wait = max([each.wait(now) for each in windows] + [self._paused.get(name, now) - now])
            if wait > 0:
                return Admission(wait=wait)
            for each in windows:
                each.enter()
            return Admission(probe=breaker.admit(now, rules))

    def leave(self, name: str, rules: GateRules, admission: Admission, *, failed: bool | None) -> None:
        """Tell how an admitted request went."""
        with self._lock:
            now = self._clock()
            for limit in rules.limits:
                self._window(name, *limit).leave(now)
            self._breakers[name].tell(now, rules, probe=admission.probe, failed=failed)

    def pause(self, name: str, rules: GateRules, seconds: float) -> None:
        """Admit nobody for so long."""
        del rules
        with self._lock:
            self._paused[name] = max(self._paused.get(name, 0.0), self._clock() + seconds)

    def _window(self, name: str, requests: int, per: float) -> Window:
        key = (name, requests, per)
        if key not in self._windows:
            self._windows[key] = Window(requests=requests, per=per)
        return self._windows[key]
