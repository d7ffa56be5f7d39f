"""The verb ``status``: how far is each stream, what waits, what could not become canonical?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.errors import SettingsError
from engine.flow.listed import listing
from engine.flow.streams import ordered
from engine.flow.workspace import Workspace
from engine.records.received import StreamName, Watermark
from engine.store import open_references, progress, survey
from engine.store.database import Connection
from engine.store.open_references import OpenReferences
from engine.store.survey import RunSummary

State = Literal["never synced", "complete", "cut off", "failed", "running"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamStatus:
    """How one stream stands."""

    stream: StreamName
    state: State
    """Of its last run; ``cut off``: it ended without a word, the next one goes on."""
    watermarks: Mapping[str, Watermark]
    """How far the fetch is, by partition; empty for a stream that is read whole."""
    complete_through: str | None
    """
    What readers of canonical rows may trust: the lowest watermark where nothing waits, else when the
    newest complete run before anything that waits began.
    """
    pending: int
    """The lag of the projection: responses times mappings that wait to be made canonical."""
    lag: float
    """Seconds since the first of them was fetched; 0 where nothing waits."""
    fresh: float | None
    """Seconds since the last complete run ended; None where there was none."""
    responses: int
    rows: int
    """Records that speak for entities."""
    dead: int
    parked: Sequence[str]
    """Mappings that wait, because too many records do not fit them."""
    breaker: str
    """``closed``, ``open``, ``half open``; ``unknown`` where the source's secrets are not at hand."""
    last: RunSummary | None

    @property
    def watermark(self) -> str | None:
        """The lowest one: every partition is complete up to here."""
        values = [each.value for each in self.watermarks.values() if each.value is not None]
        return min(values, default=None)

    @property
    def error(self) -> str | None:
        """Why its last run is not complete."""
        said = (self.last.proof or {}).get("error") if self.last else None
        return None if said is None else f"{said['message']} [{said['code']}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How the project stands."""

    streams: Sequence[StreamStatus]
    """Parents first."""
    references: Sequence[OpenReferences]
    """What points at records that have not come."""


def status(workspace: Workspace) -> Status:
    """Every stream of the project, and every reference that waits."""
    with workspace.database.connect(label="syncline status") as connection:
        rows: dict[StreamName, int] = {}
        for shape in workspace.shapes.values():
            for stream, count in survey.live_rows(connection, shape).items():
                rows[stream] = rows.get(stream, 0) + count
        now = survey.now(connection)
        streams = [
            _status(workspace, connection, stream, rows.get(stream, 0), now)
            for asked in ordered(workspace.project)
            for stream in (*_lists(workspace, asked), asked)
        ]
        return Status(streams=streams, references=open_references.counted(connection, workspace.shapes))


def _lists(workspace: Workspace, stream: StreamName) -> tuple[StreamName, ...]:
    """The stream that lists deletes of another one, and is read before it."""
    found = listing(workspace, stream)
    return () if found is None else (found[0],)


def _status(
    workspace: Workspace, connection: Connection, stream: StreamName, rows: int, now: dt.datetime
) -> StreamStatus:
    number = survey.stream_number(connection, stream)
    breaker = _breaker(workspace, connection, stream)
    if number is None:
        return StreamStatus(
            stream=stream,
            state="never synced",
            watermarks={},
            complete_through=None,
            pending=0,
            lag=0.0,
            fresh=None,
            responses=0,
            rows=rows,
            dead=0,
            parked=(),
            breaker=breaker,
            last=None,
        )
    counts = survey.counts(connection, number)
    watermarks = progress.watermarks(connection, number)
    lowest = min((each.value for each in watermarks.values() if each.value is not None), default=None)
    canonical = None if counts.canonical is None else counts.canonical.started.isoformat(timespec="seconds")
    oldest, complete = counts.oldest_pending, counts.complete
    return StreamStatus(
        stream=stream,
        state=_state(connection, number, counts.last),
        watermarks=watermarks,
        complete_through=canonical if counts.pending or lowest is None else lowest,
        pending=counts.pending,
        lag=0.0 if oldest is None else max(0.0, (now - oldest).total_seconds()),
        fresh=None if complete is None or complete.ended is None else (now - complete.ended).total_seconds(),
        responses=counts.responses,
        rows=rows,
        dead=counts.dead,
        parked=survey.parked(connection, number),
        breaker=breaker,
        last=counts.last,
    )


def _state(connection: Connection, number: int, last: RunSummary | None) -> State:
    if last is None:
        return "never synced"
    if last.ended is not None:
        return "complete" if last.complete else "failed"
    return "running" if survey.held(connection, number) else "cut off"


def _breaker(workspace: Workspace, connection: Connection, stream: StreamName) -> str:
    try:
        name = workspace.source(stream).client.gate_name
    except SettingsError:
        return "unknown"
    return survey.breaker(connection, name)
