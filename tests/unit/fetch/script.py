"""A source that follows a script: what is asked is written down, what it answers was decided before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.errors import FetchError
from engine.fetch.connector import Connector
from engine.fetch.decode.verdict import encode
from engine.fetch.exchange import Answer, Judged, Judgement, Prepared
from engine.fetch.incremental import Window, Windows
from engine.fetch.reading import Reader
from engine.fetch.request import prepare
from engine.fetch.secrets import Masker
from engine.fetch.step import Step
from engine.fetch.stream import Stream
from engine.fetch.walk import Walk
from engine.fetch.writing import url_of

T0 = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)


def answer_of(said: Mapping[str, Any], url: str = "https://api.example.com/v1/things") -> Answer:
    """An answer as a case writes it: ``status``, ``headers``, ``links``, ``body`` or ``text``, ``fault``."""
    body = str(said["text"]).encode() if "text" in said else encode(said.get("body"))
    return Answer(
        status=int(said.get("status", 200)),
        headers=said.get("headers", {}),
        links={rel: dict(link) for rel, link in said.get("links", {}).items()},
        body=body,
        wire_length=len(body),
        coding="identity",
        date=T0,
        intact="fault" not in said,
        altered=0,
        url=url,
        request={},
        fault=said.get("fault"),
    )


class Scripted:
    """Stands in for the client: gives the answers in turn, or what ``answers`` makes of a request."""

    def __init__(
        self,
        connector: Connector,
        answers: Callable[[Prepared], Mapping[str, Any]] | Iterator[Mapping[str, Any]],
        *,
        config: Mapping[str, Any] | None = None,
        first_date: dt.datetime | None = T0,
    ) -> None:
        self.config: Mapping[str, Any] = config or {}
        self.masker = Masker(["hidden-in-the-url"])
        self.first_date = first_date
        self.renews = False
        self.asked: list[Prepared] = []
        self._http = connector.http
        self._answers = answers

    def prepare(self, stream: Stream, scope: Mapping[str, Any]) -> Prepared:
        return prepare(self._http, stream, scope)

    def send(self, prepared: Prepared, *, judge: Callable[[Answer], Judgement]) -> Judged:
        self.asked.append(prepared)
        said = self._answers(prepared) if callable(self._answers) else next(self._answers)
        answer = answer_of(said, url_of(prepared))
        return Judged(answer=answer, judgement=judge(answer), attempts=1)


def walked(
    sender: Scripted,
    stream: Stream,
    *,
    window: Window | None = None,
    resume: Mapping[str, Any] | None = None,
    partition: Mapping[str, Any] | None = None,
    flights: int = 1,
) -> tuple[list[Step], FetchError | None]:
    """All steps of one walk, and what it ended with."""
    windows = None if stream.incremental is None else Windows(stream.incremental)
    walk = Walk(sender, Reader(stream), windows, retried=(429, 503), flights=flights)
    steps: list[Step] = []
    positions = iter(range(1, 10_000))
    try:
        steps.extend(
            walk.steps(
                partition=partition or {},
                window=window,
                run={"started": "2026-01-31T12:00:00Z"},
                now=0,
                draw=lambda: next(positions),
                resume=resume,
            )
        )
    except FetchError as error:
        return steps, error
    return steps, None
