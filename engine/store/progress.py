"""How far each partition of a stream is known complete, and where to go on within it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.records.received import Watermark
from engine.store.database import Connection
from engine.store.notation import from_text, partition_text, to_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A range of the cursor that is being read; bounds are canonical text."""

    lower: str | None
    upper: str | None
    resume: Any = None
    """How to go on after the last durable page; None: from its beginning. No watermark."""
    closed: bool = False
    """Fully enumerated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """What a group of responses earned for one partition; moves only together with them."""

    partition: Mapping[str, Any] = field(default_factory=dict)
    windows: Sequence[Window] = ()
    """As they stand now, known by their lower bounds."""
    forget: Sequence[str | None] = ()
    """Lower bounds of windows that the watermark has passed."""
    watermark: Watermark | None = None
    """Where it moves to; None: it stays. It never goes back, save a token, which has no order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one partition stands."""

    watermark: Watermark | None = None
    windows: tuple[Window, ...] = ()
    """In the order of their lower bounds."""


class Positions:
    """The stream's counter: a position is drawn when a request is sent. Safe among threads."""

    def __init__(self, first: int) -> None:
        self._next = first
        self._lock = threading.Lock()

    def draw(self) -> int:
        """The next position."""
        with self._lock:
            position = self._next
            self._next += 1
            return position


_WATERMARK = """
INSERT INTO syncline.progress AS o(stream, partition, watermark)
VALUES (%(stream)s, %(partition)s, %(watermark)s)
ON CONFLICT (stream, partition) DO UPDATE SET watermark = excluded.watermark
WHERE o.watermark IS NULL OR o.watermark ->> 'type' <> excluded.watermark ->> 'type'
   OR CASE o.watermark ->> 'type'
      WHEN 'token' THEN true
      WHEN 'integer' THEN (excluded.watermark ->> 'value')::numeric > (o.watermark ->> 'value')::numeric
      ELSE (excluded.watermark ->> 'value') COLLATE "C" > (o.watermark ->> 'value') COLLATE "C" END
"""
_WINDOW = """
INSERT INTO syncline.progress_window(stream, partition, lower, upper, resume, closed)
VALUES (%(stream)s, %(partition)s, %(lower)s, %(upper)s, %(resume)s, %(closed)s)
ON CONFLICT (stream, partition, lower)
DO UPDATE SET upper = excluded.upper, resume = excluded.resume, closed = excluded.closed
"""
_FORGET = "DELETE FROM syncline.progress_window WHERE stream = %s AND partition = %s AND lower = %s"
_NEXT = """
INSERT INTO syncline.progress AS o(stream, partition, next_position) VALUES (%s, '', %s)
ON CONFLICT (stream, partition) DO UPDATE
SET next_position = greatest(o.next_position, excluded.next_position)
"""


def cut_off(connection: Connection, stream: int) -> bool:
    """Whether an earlier run left a window that can be gone on with."""
    found = connection.execute(
        "SELECT FROM syncline.progress_window"
        " WHERE stream = %s AND NOT closed AND resume IS NOT NULL LIMIT 1",
        [stream],
    )
    return found.fetchone() is not None


def advance(connection: Connection, stream: int, advances: Sequence[Advance]) -> None:
    """Write what was earned; the caller holds the fence, and commits it with the responses."""
    for each in advances:
        partition = partition_text(each.partition)
        terms: dict[str, Any]
        for window in each.windows:
            resume = None if window.resume is None else to_text(window.resume)
            terms = {"lower": window.lower or "", "upper": window.upper, "resume": resume}
            terms |= {"stream": stream, "partition": partition, "closed": window.closed}
            connection.execute(_WINDOW, terms)
        for lower in each.forget:
            connection.execute(_FORGET, (stream, partition, lower or ""))
        if each.watermark is not None:
            watermark = to_text({"value": each.watermark.value, "type": each.watermark.type})
            terms = {"stream": stream, "partition": partition, "watermark": watermark}
            connection.execute(_WATERMARK, terms)


def spend(connection: Connection, stream: int, position: int) -> None:
    """No later run draws this position or one before it."""
    connection.execute(_NEXT, (stream, position + 1))


def positions(connection: Connection, *streams: int) -> Positions:
    """The counter of streams that are read together, for a new holder: after everything that is stored."""
    row = connection.execute(
        "SELECT max(next_position) FROM syncline.progress WHERE stream = ANY (%s) AND partition = ''",
        (list(streams),),
    ).fetchone()
    return Positions(1 if row is None or row[0] is None else row[0])


def standing(connection: Connection, stream: int, partition: Mapping[str, Any]) -> Standing:
    """Where a partition stands; empty where it was never read."""
    at = (stream, partition_text(partition))
    row = connection.execute(
        "SELECT watermark::text FROM syncline.progress WHERE stream = %s AND partition = %s", at
    ).fetchone()
    windows = connection.execute(
        """SELECT lower, upper, resume::text, closed FROM syncline.progress_window
           WHERE stream = %s AND partition = %s ORDER BY lower COLLATE "C" """,
        at,
    ).fetchall()
    return Standing(
        watermark=None if row is None or row[0] is None else Watermark(**from_text(row[0])),
        windows=tuple(
            Window(
                lower=lower or None,
                upper=upper,
                resume=None if resume is None else from_text(resume),
                closed=closed,
            )
            for lower, upper, resume, closed in windows
        ),
    )


def watermarks(connection: Connection, stream: int) -> dict[str, Watermark]:
    """The watermark of every partition that has one, by ``partition_text``."""
    rows = connection.execute(
        """SELECT partition, watermark::text FROM syncline.progress
           WHERE stream = %s AND watermark IS NOT NULL ORDER BY partition""",
        (stream,),
    ).fetchall()
    return {partition: Watermark(**from_text(text)) for partition, text in rows}
