"""
How often is a request sent? Until an answer is worth having, within tries, budget and gate.

The one retry layer: full jitter, ``Retry-After`` first. Who is told to come back in more than
two minutes does not wait here, but says so.
"""

from __future__ import annotations

import datetime as dt
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from engine.errors import CircuitOpenError, TransientFetchError
from engine.fetch.dial import Dialler
from engine.fetch.egress import Origin
from engine.fetch.exchange import Answer, Judged, Judgement, Request
from engine.fetch.gate import Gate, name_of, rules_of
from engine.fetch.http import Http
from engine.fetch.receive import receive
from engine.fetch.retry import PATIENCE, Budget, backoff, retry_after
from engine.fetch.secrets import Masker
from engine.records.admission import Admission
from engine.telemetry import logger

Judge = Callable[[Answer], Judgement]

_LOG = logger("fetch")


def utc_now() -> dt.datetime:
    """The local clock: only used for a ``Retry-After`` date of a server without ``Date``."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a try needs of the world; tests put their own there."""

    now: Callable[[], dt.datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random


class Tries:
    """Sends the requests of one source; safe to share between threads."""

    def __init__(
        self,
        http: Http,
        *,
        source: str,
        credential: tuple[str, ...],
        dialler: Dialler,
        gate: Gate,
        masker: Masker,
        world: Surroundings,
    ) -> None:
        """``credential``: the secrets, by which limits and breaker are told apart."""
        self.first_date: dt.datetime | None = None
        """The ``Date`` of the first answer."""
        self._retry = http.retry
        self._timeout = float(http.timeout.seconds)
        self._cap = http.max_response.bytes
        self._source = source
        self._credential = credential
        self._dialler = dialler
        self._gate = gate
        self._rules = rules_of(http)
        self._masker = masker
        self._world = world
        self._budget = Budget()
        self._flights = threading.BoundedSemaphore(http.concurrency)
        self._names: dict[Origin, str] = {}

    def settle(self, request: Request, judge: Judge, *, cap: int | None = None) -> Judged:
        """
        Send until there is an answer that is not worth another try, or no try is left.

        Raises ``FetchError`` where there is no answer.
        """
        origin = Origin.of(request.url)
        self._budget.earn()
        attempt = 0
        while True:
            attempt += 1
            lost: TransientFetchError | None = None
            judged: Judged | None = None
            try:
                with self._flights:
                    answer = self._once(request, origin, cap or self._cap)
            except TransientFetchError as error:
                lost, after = error, error.after
            else:
                judgement = self._judged(answer, judge, origin)
                judged = Judged(answer=answer, judgement=judgement, attempts=attempt)
                if judgement.then != "retry":
                    return judged
                after = judgement.after
            wait = max(after or 0.0, backoff(self._retry, attempt, random=self._world.chance))
            if attempt >= self._retry.attempts or (after or 0.0) > PATIENCE or not self._budget.spend():
                if lost is not None:
                    raise lost
                assert judged is not None  # noqa: S101 # there is an answer where none was lost
                return judged
            _LOG.debug("retry", source=self._source, attempt=attempt, wait=round(wait, 3))
            self._world.sleep(wait)

    def _judged(self, answer: Answer, judge: Judge, origin: Origin) -> Judgement:
        """What is to be done; the source's word on when to come back goes with it, and to the gate."""
        asked = retry_after(answer.headers.get("retry-after"), now=answer.date or self._world.now())
        if answer.intact:
            judgement = judge(answer)
        else:
            again = answer.fault == "response-truncated" or answer.status in self._retry.statuses
            judgement = Judgement(
                then="retry" if again else "fail",
                code=answer.fault or "response-truncated",
                message=f"the answer cannot be read ({answer.fault})",
            )
        if judgement.then != "retry":
            return judgement
        after = max((each for each in (asked, judgement.after) if each is not None), default=None)
        if after:
            self._gate.pause(self.name(origin), self._rules, after)
        return Judgement(then="retry", after=after, message=judgement.message, code=judgement.code)

    def _once(self, request: Request, origin: Origin, cap: int) -> Answer:
        name = self.name(origin)
        admission = self._admitted(name, origin)
        failed: bool | None = None
        began = self._world.clock()
        try:
            with self._dialler.send(request, timeout=self._timeout) as wire:
                answer = receive(wire, request, cap=cap, masker=self._masker)
            failed = answer.status >= 500 or answer.fault == "response-truncated"
        except TransientFetchError as error:
            failed = error.code != "resolve-failed"
            _LOG.debug("no answer", source=self._source, request=request.shown, code=error.code)
            raise
        finally:
            self._gate.leave(name, self._rules, admission, failed=failed)
        if self.first_date is None:
            self.first_date = answer.date
        _LOG.debug(
            "answer",
            source=self._source,
            request=request.shown,
            status=answer.status,
            retry_after=answer.headers.get("retry-after"),
            bytes=answer.wire_length,
            fault=answer.fault,
            seconds=round(self._world.clock() - began, 3),
        )
        return answer

    def _admitted(self, name: str, origin: Origin) -> Admission:
        while True:
            admission = self._gate.enter(name, self._rules)
            if admission.wait <= 0:
                return admission
            if admission.open:
                raise CircuitOpenError(
                    f"{origin} has failed too often: the next request goes out in {admission.wait:.0f} s",
                    code="circuit-open",
                    after=admission.wait,
                )
            if admission.wait > PATIENCE:
                raise TransientFetchError(
                    f"{origin} wants no request for another {admission.wait:.0f} s",
                    code="rate-limited",
                    after=admission.wait,
                )
            self._world.sleep(admission.wait)

    def name(self, origin: Origin) -> str:
        """What the gate knows an origin with these credentials by."""
        name = self._names.get(origin)
        if name is None:
            name = self._names[origin] = name_of(str(origin), self._credential)
        return name
