"""
One partition and one window, page by page, from the first request to the last.

A walk yields a ``Step`` for every answer that it got, also for those that end it, so that each is kept;
an answer that fails the run is yielded first and raised after. Nothing is decided about progress: a
step says what would be true once it is durable.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from engine.errors import PermanentFetchError
from engine.expression import EvaluationError
from engine.fetch.answers import error_of, refused
from engine.fetch.asking import Asked, Asking
from engine.fetch.exchange import Judged
from engine.fetch.flights import Flights
from engine.fetch.guard import Guard
from engine.fetch.incremental import Window, Windows
from engine.fetch.order import Order
from engine.fetch.pagination import Arrival, Page
from engine.fetch.reading import Reader, Reading, getter, nothing
from engine.fetch.scope import answered
from engine.fetch.sender import Sender
from engine.fetch.step import Step, Then
from engine.fetch.times import micros
from engine.fetch.writing import url_of
from engine.records.received import Watermark

RESTARTS = 3
"""How often one walk may start its window again."""


@dataclass(slots=True, kw_only=True)
class _Progress:
    """What a walk remembers from page to page."""

    page: Page
    order: Order | None
    guard: Guard
    total: int | None = None
    """What the page before announced."""
    resumed: bool = False


class Walk:
    """The walks of one stream; holds nothing between two of them."""

    def __init__(
        self,
        sender: Sender,
        reader: Reader,
        windows: Windows | None,
        *,
        retried: tuple[int, ...],
        flights: int = 1,
        known: Collection[bytes] = (),
    ) -> None:
        """
        ``retried``: statuses that are worth another try, of the connector's ``retry``; ``flights``: pages
        that may be on their way at once; ``known``: SHA-256 of bodies that need not be read whole.
        """
        self._sender, self._windows, self._most = sender, windows, flights
        self._asking = Asking(sender, reader, windows, retried=retried, known=known)
        self._stream = reader.stream
        incremental = self._stream.incremental
        self._cursor = (
            None if incremental is None or incremental.cursor is None else getter(incremental.cursor)
        )
        self._next = None if incremental is None else incremental.next

    def steps(
        self,
        *,
        partition: Mapping[str, Any],
        window: Window | None,
        run: Mapping[str, Any],
        now: int,
        draw: Callable[[], int],
        resume: Mapping[str, Any] | None = None,
    ) -> Iterator[Step]:
        """
        Walk one window of one partition.

        ``now``: T0 in microseconds where no server says its time. ``resume``: of the last durable
        step. Raises what the client raises, and the ``error`` of a failed step.
        """
        state = self._state(window, resume)
        restarts = 0

        def book(page: Page) -> Callable[[], Asked]:
            return partial(self._asking.ask, page, window, partition, run, draw())

        with Flights(self._most, book) as flights:
            while True:
                asked = flights.take(state.page)
                judged = asked.judged
                if window is not None and self._windows is not None:
                    date = self._sender.first_date
                    window = self._windows.dated(window, now if date is None else micros(date))
                step = Step(
                    answer=judged.answer,
                    position=asked.position,
                    attempts=judged.attempts,
                    page=state.page,
                    window=window,
                    reading=nothing(None),
                    then="failed",
                    resume=None,
                    watermark=None,
                )
                verb = self._verb(judged, resumed=state.resumed)
                if verb == "restart":
                    restarts += 1
                    if restarts > RESTARTS:
                        verb = "fail"
                    else:
                        yield replace(step, then="restarted")
                        state = self._state(window, None)
                        continue
                if verb == "read":
                    step, ahead = self._arrived(replace(step, reading=asked.reading), state, asked)
                    if step.then == "more":
                        flights.send(ahead)
                else:
                    step = self._ended(step, judged, verb, state)
                yield step
                if step.error is not None:
                    raise step.error
                if step.then != "more":
                    return
                state.resumed = False

    def _state(self, window: Window | None, resume: Mapping[str, Any] | None) -> _Progress:
        order = None if self._windows is None or window is None else Order(self._windows, window)
        if resume is None:
            page = self._stream.pagination.opening()
        else:
            page = Page.restore(resume["page"])
            if order is not None:
                order.restore(resume["order"])
        return _Progress(page=page, order=order, guard=Guard(page), resumed=resume is not None)

    @staticmethod
    def _verb(judged: Judged, *, resumed: bool) -> str:
        verb = judged.judgement.then
        if not judged.answer.intact:
            return "fail"
        if resumed and verb == "fail" and 400 <= judged.answer.status < 500:
            return "restart"  # what an earlier run was to go on with has expired
        return verb

    def _ended(self, step: Step, judged: Judged, verb: str, state: _Progress) -> Step:
        """The step of an answer that is not read."""
        match verb:
            case "skip" | "end":
                then: Then = "skipped" if verb == "skip" else "done"
                return replace(step, then=then, watermark=self._watermark(step.window, state.order))
            case "split":
                return replace(step, then="split")
            case "resync":
                return replace(step, then="resync")
            case _:
                return replace(step, error=error_of(judged))

    def _arrived(self, step: Step, state: _Progress, asked: Asked) -> tuple[Step, Iterable[Page]]:
        """The step of a page that was read, with ``state`` at the next one, and those sure to follow."""
        reading, page = step.reading, state.page
        if reading.refusal is not None:
            return replace(step, error=refused(reading.refusal)), ()
        try:
            url = url_of(asked.prepared)
            whole = answered(asked.scope, step.answer, reading.document)
            arrival = Arrival(elements=reading.elements, records=reading.records, scope=whole, url=url)
            following = self._stream.pagination.after(page, arrival)
            self._observe(reading, state, following)
            watermark = self._token(whole)
            if following is not None:
                state.guard.turn(reading, following, url)
            notes = self._notes(state, arrival, ends=following is None)
        except PermanentFetchError as error:
            return replace(step, error=error), ()
        if following is None:
            watermark = watermark or self._watermark(step.window, state.order)
            return replace(step, then="done", watermark=watermark, notes=notes), ()
        state.page = following
        if watermark is None and state.order is not None and step.window is not None:
            watermark = state.order.through(step.window)
        step = replace(step, then="more", resume=self._resume(state), watermark=watermark, notes=notes)
        return step, self._stream.pagination.ahead(page, arrival)

    def _notes(self, state: _Progress, arrival: Arrival, *, ends: bool) -> tuple[str, ...]:
        """What makes a walk less than certain, and is not an error."""
        notes = ["order-broken"] if state.order is not None and state.order.broken else []
        total = self._stream.pagination.announced(arrival)
        if total is not None:
            if state.total not in {None, total}:
                notes.append("total-moved")
            if ends and state.page.came + arrival.elements < total:
                notes.append("total-not-reached")
            state.total = total
        return tuple(notes)

    def _observe(self, reading: Reading, state: _Progress, following: Page | None) -> None:
        """Tell the cursors of a page to those that watch them."""
        if self._cursor is None or state.order is None:
            return
        cursors = []
        for record in reading.records:
            try:
                cursors.append(self._cursor(record))
            except EvaluationError:
                cursors.append(None)
        state.order.observe(cursors)
        token = None if following is None else following.token
        state.guard.ties(cursors, token, unique=not state.order.timed)

    def _token(self, scope: Mapping[str, Any]) -> Watermark | None:
        """Of type token: what to resume with, where this page says it."""
        if self._next is None or self._windows is None:
            return None
        try:
            token = self._next.search(scope)
        except EvaluationError as error:
            raise PermanentFetchError(f"incremental.next: {error}", code="expression-error") from None
        if token is None or token == "":
            return None
        if not isinstance(token, str | int) or isinstance(token, bool):
            raise PermanentFetchError("incremental.next is neither text nor a number", code="token-type")
        return Watermark(value=str(token), type="token")

    def _watermark(self, window: Window | None, order: Order | None) -> Watermark | None:
        if window is None or self._windows is None:
            return None
        return self._windows.watermark(window, None if order is None else order.largest)

    def _resume(self, state: _Progress) -> Mapping[str, Any] | None:
        url = state.page.url
        if url is not None and self._sender.masker.text(url) != url:
            return None  # it holds a secret, which progress must not
        return {
            "page": state.page.state(),
            "order": None if state.order is None else state.order.state(),
        }
