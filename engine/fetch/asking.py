"""One page: its request in the scope of now, sent until there is an answer, which is read once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.fetch.answers import judge
from engine.fetch.exchange import Answer, Judged, Judgement, Prepared
from engine.fetch.incremental import Window, Windows
from engine.fetch.pagination import Page
from engine.fetch.place import Place
from engine.fetch.placing import put
from engine.fetch.reading import Reader, Reading, nothing
from engine.fetch.scope import answered, scope_of
from engine.fetch.sender import Sender

_URL = Place.parse("url")
"""Where a link goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that has been settled."""

    scope: Mapping[str, Any]
    prepared: Prepared
    position: int
    judged: Judged
    reading: Reading
    """Without records where the answer was not to be read."""


class Asking:
    """Asks for the pages of one stream; holds nothing between two of them, and is safe among threads."""

    def __init__(
        self,
        sender: Sender,
        reader: Reader,
        windows: Windows | None,
        *,
        retried: tuple[int, ...],
        known: Collection[bytes] = (),
    ) -> None:
        """
        ``retried``: statuses that are worth another try; ``known``: SHA-256 of sound bodies that came before.
        """
        self._sender, self._reader, self._windows, self._retried = sender, reader, windows, retried
        self._known = known
        self._stream = reader.stream

    def ask(
        self,
        page: Page,
        window: Window | None,
        partition: Mapping[str, Any],
        run: Mapping[str, Any],
        position: int,
    ) -> Asked:
        """Ask for one page, as often as it takes."""
        scope = self._scope(page, window, partition, run)
        prepared = self._prepared(page, window, scope)
        read: list[tuple[Answer, Reading]] = []
        judged = self._sender.send(prepared, judge=self._judge(scope, partition, read))
        reading = next((each for answer, each in read if answer is judged.answer), nothing(None))
        return Asked(scope=scope, prepared=prepared, position=position, judged=judged, reading=reading)

    def _scope(
        self, page: Page, window: Window | None, partition: Mapping[str, Any], run: Mapping[str, Any]
    ) -> dict[str, Any]:
        bounds = None if window is None or self._windows is None else self._windows.scope(window)
        return scope_of(
            config=self._sender.config, run=run, window=bounds, partition=partition, page=page.scope()
        )

    def _prepared(self, page: Page, window: Window | None, scope: Mapping[str, Any]) -> Prepared:
        stream, replaced = self._stream, self._stream.pagination.replaced(page)
        if replaced:
            stream = replace(stream, query={**stream.query, **replaced})
        prepared = self._sender.prepare(stream, scope)
        if page.url is not None:
            return put(prepared, _URL, page.url)
        bounds = () if window is None or self._windows is None else self._windows.places(window)
        bounds = tuple(each for each in bounds if each[0].part != "query" or each[0].name not in replaced)
        for place, value in (*bounds, *stream.pagination.places(page)):
            prepared = put(prepared, place, value)
        return prepared

    def _judge(
        self, scope: Mapping[str, Any], partition: Mapping[str, Any], read: list[tuple[Answer, Reading]]
    ) -> Callable[[Answer], Judgement]:
        """A body is read once: for the rules and for its records."""

        def judged(answer: Answer) -> Judgement:
            if not answer.intact:
                return Judgement(then="retry", code=answer.fault or "response-truncated")
            reading = self._reader.skim(answer.body, partition, self._known)
            reading = reading or self._reader.examine(answer.body, partition)
            read[:] = [(answer, reading)]
            return judge(
                self._stream.errors,
                answered(scope, answer, reading.document),
                retried=self._retried,
                renews=self._sender.renews,
            )

        return judged
