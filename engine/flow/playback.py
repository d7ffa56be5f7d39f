"""What comes of a recorded walk now? Its answers, read by the same walk and mapped by the same programs."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.errors import FetchError, SettingsError
from engine.fetch.connector import Connector
from engine.fetch.decode.verdict import encode
from engine.fetch.exchange import Answer, Judged, Prepared
from engine.fetch.incremental import Window, Windows
from engine.fetch.install import configured
from engine.fetch.reading import Reader
from engine.fetch.receive import links_of
from engine.fetch.request import prepare
from engine.fetch.scope import sending
from engine.fetch.secrets import Masker, Secret
from engine.fetch.stream import Stream
from engine.fetch.times import micros
from engine.fetch.tries import Judge
from engine.fetch.walk import Walk
from engine.fetch.writing import url_of
from engine.flow.outcome import Outcome, outcomes
from engine.flow.received import response_of
from engine.flow.recording import Recording, Taken
from engine.mapping.program import Program
from engine.records.received import Decoded, StreamName


class _Over(Exception):
    """The walk asks for more than was recorded."""


@dataclass(slots=True)
class _Player:
    """Answers from a recording, in the order in which they came."""

    connector: Connector
    taken: Sequence[Taken]
    config: Mapping[str, Any]
    secrets: Mapping[str, Secret]
    requests: list[dict[str, Any]] = field(default_factory=list)
    masker: Masker = field(default_factory=Masker)
    first_date: dt.datetime | None = None
    renews: bool = False

    def prepare(self, stream: Stream, scope: Mapping[str, Any]) -> Prepared:
        return prepare(self.connector.http, stream, sending({**scope, "config": self.config}, self.secrets))

    def send(self, prepared: Prepared, *, judge: Judge) -> Judged:
        number = len(self.requests)
        if number >= len(self.taken):
            raise _Over
        said = {"method": prepared.method, "url": url_of(prepared)}
        if prepared.content is not None:
            said["body"] = prepared.content.value
        self.requests.append(said)
        answer = _answer(self.taken[number], said)
        return Judged(answer=answer, judgement=judge(answer), attempts=1)


def _answer(taken: Taken, request: Mapping[str, Any]) -> Answer:
    body = b"" if taken.body is None else encode(taken.body)
    return Answer(
        status=taken.status,
        headers=dict(taken.headers),
        links=links_of(taken.headers.get("link")),
        body=body,
        wire_length=len(body),
        coding="identity",
        date=None,
        intact=True,
        altered=0,
        url=str(request["url"]),
        request=request,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of a recorded walk."""

    requests: Sequence[Mapping[str, Any]]
    pages: Sequence[tuple[str, Decoded]]
    """How each answer left the walk, and the records in it."""
    error: str | None
    """The code of the fault that ended it."""
    made: Mapping[str, Sequence[Outcome]]
    """By mapping: one outcome a record, over all pages."""

    def expected(self) -> dict[str, Any]:
        """The same, to be kept and compared."""
        return {
            "pages": [{"then": then, "records": len(decoded.records)} for then, decoded in self.pages],
            "error": self.error,
            "mappings": {
                name: {each.key or f"#{index}": _said(each) for index, each in enumerate(found)}
                for name, found in sorted(self.made.items())
            },
        }


def _said(outcome: Outcome) -> dict[str, Any]:
    """What became of one record: values that are not null, by contribution key; codes, never messages."""
    if outcome.kind == "refused":
        return {
            "refused": [
                {"field": fault.field, "code": fault.code}
                for _, faults in outcome.refused
                for fault in faults
            ]
        }
    if outcome.kind != "made":
        return {outcome.kind: True}
    made = {
        each.key: {name: text for name, text in each.values.items() if text is not None}
        for each in outcome.made
    }
    own = outcome.key or ""
    return {"made": made[own]} if list(made) == [own] else {"made_each": made}


def play(connector: Connector, programs: Mapping[str, Program], recording: Recording) -> Played:
    """
    Walk a recording again, and map what it holds.

    Raises ``SettingsError`` where the connector has no such stream any more, or wants another config.
    """
    if recording.stream not in connector.streams:
        raise SettingsError(f"connector '{recording.connector}' has no stream '{recording.stream}' any more")
    stream = connector.stream(recording.stream)
    player = _Player(
        connector,
        recording.taken,
        configured(connector, recording.walk["config"], source=recording.connector),
        {name: Secret(f"<{name}>") for name in connector.secrets},
    )
    windows = None if stream.incremental is None else Windows(stream.incremental)
    walk = Walk(player, Reader(stream), windows, retried=connector.http.retry.statuses)
    name = StreamName(source=recording.connector, stream=recording.stream)
    started = dt.datetime.fromisoformat(recording.walk["run"]["started"])
    steps = walk.steps(
        partition=recording.walk["partition"],
        window=_window(windows, recording.walk["window"]),
        run=recording.walk["run"],
        now=micros(started),
        draw=itertools.count(1).__next__,
    )
    pages: list[tuple[str, Decoded]] = []
    fault: str | None = None
    try:
        for step in steps:
            response = response_of(step, name, recording.walk["partition"], now=started)
            pages.append((step.then, step.reading.decoded(response)))
    except _Over:
        pass
    except FetchError as error:
        fault = error.code
    made = {
        mapping: [each for _, decoded in pages for each in outcomes(program, decoded)]
        for mapping, program in programs.items()
    }
    return Played(requests=player.requests, pages=pages, error=fault, made=made)


def _window(windows: Windows | None, kept: Mapping[str, Any] | None) -> Window | None:
    if windows is None or kept is None:
        return None
    return windows.restore(kept["lower"], kept["upper"], open_=kept["open"])


def kept_window(windows: Windows | None, window: Window | None) -> dict[str, Any] | None:
    """A window as a recording keeps it."""
    if windows is None or window is None:
        return None
    return {
        "lower": None if window.lower is None else windows.canonical(window.lower),
        "upper": None if window.open or window.upper is None else windows.canonical(window.upper),
        "open": window.open,
    }
