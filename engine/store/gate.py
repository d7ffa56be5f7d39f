"""
May a request be sent now? Breaker and rate limits of an origin and credential, shared by all workers.

A worker takes slots in batches and tells what became of requests in batches: one exchange with the
database serves many requests, or a second's worth of them where nothing limits. A slot is taken from
when it is handed to a worker until the limit's span after its request is known to have ended, so that
no server counts more than allowed in any span. Slots of a worker that died come back by themselves.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from engine.errors import StoreError
from engine.records.admission import Admission, GateRules
from engine.store.database import Connection, Database
from engine.store.faults import translated
from engine.store.gate_sql import Report, State, exchange

FRESH = 1.0
"""Seconds for which what the database said is believed, and slots may be used."""

_SHARE = 10
"""A batch is at most this part of a limit, so that several workers get on."""

_SOON = 0.02
"""The shortest wait that is worth saying."""


@dataclass(slots=True)
class _Desk:
    """What one worker knows about one origin and credential."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    asked: float = float("-inf")
    """When the database was last asked, by this process's clock."""
    state: State = field(default_factory=State)
    slots: int = 0
    """In hand, unused."""
    report: Report = field(default_factory=Report)
    """What the database does not know yet."""
    faults: int = 0
    """Exchanges of which nobody knows whether they took place: their slots run out by themselves."""


class SharedGate:
    """The gate of one worker process; threads share it. Raises ``StoreUnavailable``, never sleeps."""

    def __init__(
        self, database: Database, holder: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._holder = holder
        self._clock = clock
        self._desks: dict[str, _Desk] = {}
        self._rules: dict[str, GateRules] = {}
        self._lock = threading.Lock()
        self._idle: deque[Connection] = deque()

    def enter(self, name: str, rules: GateRules) -> Admission:
        """Ask to send one request; one that is admitted counts until long after it left."""
        desk = self._desk(name, rules)
        with desk.lock:
            now = self._clock()
            stale = now - desk.asked > FRESH
            if stale or desk.state.open or (rules.limits and desk.slots == 0) or now < self._until(desk):
                self._exchange(name, rules, desk, want=_batch(rules))
                now = self._clock()
            wait = self._until(desk) - now
            if desk.state.open and not desk.state.probe:
                return Admission(wait=max(wait, _SOON), open=True)
            if wait > 0:
                return Admission(wait=wait)
            if rules.limits:
                if desk.slots == 0:
                    return Admission(wait=max(desk.state.free_in, _SOON))
                desk.slots -= 1
            probe, desk.state.probe = desk.state.probe, False
            return Admission(probe=probe)

    def leave(self, name: str, rules: GateRules, admission: Admission, *, failed: bool | None) -> None:
        """Tell how an admitted request went; None says nothing about the source's health."""
        desk = self._desk(name, rules)
        with desk.lock:
            desk.report.ended += 1
            if admission.probe:
                desk.report.probe = "freed" if failed is None else "failed" if failed else "well"
            elif failed is not None:
                desk.report.told += 1
                desk.report.failed += failed
            # A probe's news is everybody's; failures should open the breaker soon, not one by one.
            if admission.probe or (failed and self._clock() - desk.asked > FRESH / 4):
                self._exchange(name, rules, desk, want=0)

    def pause(self, name: str, rules: GateRules, seconds: float) -> None:
        """Admit nobody for so long: the source said when to come back."""
        desk = self._desk(name, rules)
        with desk.lock:
            desk.report.pause = max(desk.report.pause, seconds)
            self._exchange(name, rules, desk, want=0)

    def close(self) -> None:
        """Give back the slots in hand and tell what is untold."""
        for name, desk in self._desks.items():
            with desk.lock:
                desk.report.unused, desk.slots = desk.slots, 0
                self._exchange(name, self._rules[name], desk, want=0)
        while self._idle:
            self._idle.pop().close()

    def _desk(self, name: str, rules: GateRules) -> _Desk:
        with self._lock:
            self._rules[name] = rules
            return self._desks.setdefault(name, _Desk())

    @staticmethod
    def _until(desk: _Desk) -> float:
        return desk.asked + desk.state.wait

    def _exchange(self, name: str, rules: GateRules, desk: _Desk, *, want: int) -> None:
        """
        Tell the database what it does not know and hear how things stand; with ``want``, hand back
        what is unused for a new batch.
        """
        asked = self._clock()
        report, desk.report = desk.report, Report()
        if want:
            report.unused, desk.slots = desk.slots, 0
        try:
            state = self._ask(name, rules, f"{self._holder}/{desk.faults}", report, want)
        except StoreError:
            desk.report, desk.slots = report, 0
            report.unused = 0
            desk.faults += 1
            raise
        desk.asked, desk.state = asked, state
        desk.slots += state.granted

    def _ask(self, name: str, rules: GateRules, holder: str, report: Report, want: int) -> State:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._database.dial(label="syncline gate")
        try:
            with translated():
                state = exchange(connection, name, rules, holder, report, want=want)
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return state


def _batch(rules: GateRules) -> int:
    return max(1, min((requests // _SHARE for requests, _ in rules.limits), default=0))
