"""
What does a source answer, asked by hand? Some pages of one stream, by the walk that a sync takes.

Nothing is kept and nothing is known: a window begins where a first run would, and partitions come from
the parent's first page, which is asked for before.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.errors import FetchError, PermanentFetchError, SettingsError
from engine.fetch.client import Client
from engine.fetch.exchange import Judged, Prepared
from engine.fetch.incremental import Window, Windows
from engine.fetch.partitions import partitions
from engine.fetch.scope import scope_of
from engine.fetch.secrets import Masker
from engine.fetch.step import Step
from engine.fetch.stream import Stream
from engine.fetch.times import micros
from engine.fetch.tries import Judge
from engine.flow.received import response_of
from engine.flow.sources import Source
from engine.records.received import Decoded, Fate, StreamName
from engine.spec.say import near

TRIES = 10
"""Partitions that are asked for one with records, where nobody says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """One answer, and the records in it."""

    step: Step
    decoded: Decoded


@dataclass(slots=True, kw_only=True)
class Sample:
    """What a source gave of one stream, or why it gave nothing."""

    stream: StreamName
    partition: Mapping[str, Any] = field(default_factory=dict)
    window: Window | None = None
    bounds: Mapping[str, Any] | None = None
    """The window as the stream writes it: ``start`` and ``end``."""
    pages: list[Came] = field(default_factory=list)
    passed: list[Mapping[str, Any]] = field(default_factory=list)
    """Partitions without a record that were asked before."""
    skipped: list[Mapping[str, Any]] = field(default_factory=list)
    """Windows without a record that were asked before."""
    parents: list[Sample] = field(default_factory=list)
    """What was asked first, to know what to ask for."""
    following: Mapping[str, Any] | None = None
    """The request of the next page, as people may see it."""
    further: Mapping[str, Any] | None = None
    """The window after this one."""
    unanswered: Mapping[str, Any] | None = None
    """The request that got no answer."""
    error: FetchError | None = None


class _Enough(Exception):
    """No further page is wanted."""


class _Few:
    """Sends some requests, then only looks at what would be sent."""

    def __init__(self, client: Client, count: int) -> None:
        self._client, self._left = client, count
        self.last: Prepared | None = None
        self.sent = 0

    @property
    def config(self) -> Mapping[str, Any]:
        return self._client.config

    @property
    def masker(self) -> Masker:
        return self._client.masker

    @property
    def first_date(self) -> dt.datetime | None:
        return self._client.first_date

    @property
    def renews(self) -> bool:
        return self._client.renews

    def prepare(self, stream: Stream, scope: Mapping[str, Any]) -> Prepared:
        return self._client.prepare(stream, scope)

    def send(self, prepared: Prepared, *, judge: Judge) -> Judged:
        self.last = prepared
        if self._left == 0:
            raise _Enough
        self._left -= 1
        self.sent += 1
        return self._client.send(prepared, judge=judge)


class Asker:
    """Asks one source."""

    def __init__(self, source: Source, *, now: dt.datetime) -> None:
        """``now``: T0 where the server does not say its time."""
        self._source, self._now = source, now

    def ask(
        self,
        name: str,
        *,
        partition: Mapping[str, Any] | None = None,
        window: tuple[str, str] | None = None,
        pages: int = 1,
    ) -> Sample:
        """
        The first pages of a stream; a source's fault stands in the result.

        ``partition``: what ``for_each`` shall bind, or some of it. ``window``: both ends as text, an
        empty one is open. Raises ``SettingsError`` for what the stream does not have.
        """
        stream = self._source.stream(name)
        given = dict(partition or {})
        known = [str(each.as_) for each in stream.for_each]
        for each in given:
            if each not in known:
                has = near(each, known) or "; it has no for_each"
                raise SettingsError(f"stream '{name}' has no partition '{each}'{has}")
        if window is not None and stream.incremental is None:
            raise SettingsError(f"stream '{name}' is not incremental, it has no windows")
        asked = Sample(stream=StreamName(source=self._source.name, stream=name))
        try:
            for count, bound in enumerate(self._partitions(asked, stream, given), start=1):
                asked.partition = bound
                self._read(asked, stream, window, pages)
                came = any(one.step.reading.elements for one in asked.pages)
                if came or count == TRIES or given.keys() == set(known):
                    return asked
                asked.passed.append(bound)
        except FetchError as error:
            asked.error = error
            return asked
        if not asked.passed:
            said = " ".join(f"--partition {each}=…" for each in known)
            raise SettingsError(f"nothing on the first page of its parent says what to ask for: say {said}")
        asked.partition = asked.passed.pop()
        return asked

    def _run(self) -> dict[str, Any]:
        date = self._source.client.first_date or self._now
        return {"started": date.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")}

    def _partitions(
        self, asked: Sample, stream: Stream, given: Mapping[str, Any]
    ) -> Iterator[Mapping[str, Any]]:
        """What ``for_each`` binds, with what is given in its place."""
        rest = tuple(each for each in stream.for_each if str(each.as_) not in given)
        scope = scope_of(config=self._source.client.config, run=self._run())
        for each in partitions(rest, scope, lambda parent: self._parent(asked, parent)):
            yield {**given, **each}

    def _parent(self, asked: Sample, name: str) -> Iterator[Any]:
        """The records on the parent's first page."""
        if name == asked.stream.stream:
            raise SettingsError(f"{asked.stream} feeds itself: say with --partition where to begin")
        parent = self.ask(name)
        asked.parents.append(parent)
        if parent.error is not None:
            raise parent.error
        for each in parent.pages:
            decoded = each.decoded
            for index, record in enumerate(decoded.records):
                sound = index not in decoded.faults and decoded.keys[index] is not None
                if sound and decoded.fates[index] == Fate.SAYS:
                    yield record

    def _read(self, asked: Sample, stream: Stream, window: tuple[str, str] | None, pages: int) -> None:
        """The pages of one partition: of the window that is asked for, else of the first with records."""
        windows = self._source.windows(stream.name)
        asked.window = None if windows is None else self._window(asked, windows, window)
        asked.skipped = []
        while True:
            self._walk(asked, stream, pages, windows)
            following = None
            if windows is not None and asked.window is not None:
                asked.bounds = windows.scope(
                    asked.window if not asked.window.open else replace(asked.window, upper=None)
                )
                following = windows.following(asked.window, now=self._time())
                asked.further = None if windows is None or following is None else windows.scope(following)
            came = any(one.step.reading.elements for one in asked.pages)
            if came or window is not None or following is None or len(asked.skipped) == TRIES:
                return
            asked.skipped.append(asked.bounds or {})
            asked.window = following

    def _time(self) -> int:
        date = self._source.client.first_date
        return micros(self._now if date is None else date)

    def _walk(self, asked: Sample, stream: Stream, pages: int, windows: Windows | None) -> None:
        few = _Few(self._source.client, pages)
        steps = self._source.walk(stream.name, sender=few).steps(
            partition=asked.partition,
            window=asked.window,
            run=self._run(),
            now=self._time(),
            draw=itertools.count(1).__next__,
        )
        asked.pages, asked.following = [], None
        if windows is not None and asked.window is not None:
            asked.bounds = windows.scope(asked.window)
        try:
            for step in steps:
                response = response_of(step, asked.stream, asked.partition, now=self._now)
                asked.pages.append(Came(step=step, decoded=step.reading.decoded(response)))
                asked.window = step.window
        except _Enough:
            asked.following = None if few.last is None else self._source.client.show(few.last)
        except FetchError:
            if few.last is not None and few.sent > len(asked.pages):
                asked.unanswered = self._source.client.show(few.last)
            raise

    def _window(self, asked: Sample, windows: Windows, window: tuple[str, str] | None) -> Window:
        if window is not None:
            try:
                return windows.between(*window, now=self._time())
            except PermanentFetchError as error:
                raise SettingsError(str(error)) from None
        scope = scope_of(config=self._source.client.config, run=self._run(), partition=asked.partition)
        return windows.plan(None, scope, now=self._time(), full=True).window
