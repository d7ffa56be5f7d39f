"""How do things stand? Counts and lists over what is stored; reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.records.received import NO_VERSION, StreamName
from engine.records.shapes import EntityShape
from engine.store.database import Connection
from engine.store.entities import contribution, stored_columns
from engine.store.notation import from_text, partition_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One run, briefly."""

    id: int
    kind: str
    started: dt.datetime
    ended: dt.datetime | None
    complete: bool | None
    proof: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCounts:
    """What is stored of one stream."""

    responses: int
    pending: int
    """(Response, mapping) pairs that wait to be made canonical."""
    oldest_pending: dt.datetime | None
    """When the first of them was fetched."""
    dead: int
    last: RunSummary | None
    complete: RunSummary | None
    """The newest run that saw everything."""
    canonical: RunSummary | None
    """The newest complete run before anything that is pending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One stored response, without its body."""

    id: int
    stream: StreamName
    partition: Mapping[str, Any]
    status: int
    fetched_at: dt.datetime
    records: int
    length: int
    wire_length: int
    sha256: bytes
    verdict: int
    method: str
    url: str
    dead: int
    """Dead letters that its records left."""


def now(connection: Connection) -> dt.datetime:
    """The database's clock."""
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None  # noqa: S101 # a SELECT without FROM gives one row
    moment: dt.datetime = row[0]
    return moment


def stream_number(connection: Connection, stream: StreamName) -> int | None:
    """The number of a stream; None for one that was never synced."""
    row = connection.execute(
        "SELECT t.id FROM syncline.stream t JOIN syncline.source s ON s.id = t.source"
        " WHERE s.name = %s AND t.name = %s",
        [stream.source, stream.stream],
    ).fetchone()
    return None if row is None else int(row[0])


_COUNTS = """
SELECT (SELECT count(*) FROM syncline.response WHERE stream = %(stream)s),
       (SELECT count(*) FROM syncline.pending WHERE stream = %(stream)s),
       (SELECT min(r.fetched_at) FROM syncline.pending p JOIN syncline.response r ON r.id = p.response
        WHERE p.stream = %(stream)s),
       (SELECT count(*) FROM syncline.dead_letter WHERE stream = %(stream)s AND state <> 'discarded'),
       (SELECT min(r.run) FROM syncline.pending p JOIN syncline.response r ON r.id = p.response
        WHERE p.stream = %(stream)s)
"""
_RUN = """
SELECT id, kind, coalesce((proof ->> 'since')::timestamptz, started), ended, complete, proof::text
FROM syncline.run WHERE stream = %(stream)s AND (complete OR NOT %(complete)s)
  AND (%(before)s::int8 IS NULL OR id < %(before)s) ORDER BY id DESC LIMIT 1
"""


def counts(connection: Connection, stream: int) -> StreamCounts:
    """What is stored of a stream, by its number."""
    row = connection.execute(_COUNTS, {"stream": stream}).fetchone()
    assert row is not None  # noqa: S101 # a SELECT without FROM gives one row
    return StreamCounts(
        responses=row[0],
        pending=row[1],
        oldest_pending=row[2],
        dead=row[3],
        last=_run(connection, stream, complete=False),
        complete=_run(connection, stream, complete=True),
        canonical=_run(connection, stream, complete=True, before=row[4]),
    )


def _run(
    connection: Connection, stream: int, *, complete: bool, before: int | None = None
) -> RunSummary | None:
    terms = {"stream": stream, "complete": complete, "before": before}
    row = connection.execute(_RUN, terms).fetchone()
    if row is None:
        return None
    return RunSummary(
        id=row[0],
        kind=row[1],
        started=row[2],
        ended=row[3],
        complete=row[4],
        proof=None if row[5] is None else from_text(row[5]),
    )


def live_rows(connection: Connection, shape: EntityShape) -> dict[StreamName, int]:
    """How many records of each stream speak for entities of this kind; empty before the first sync."""
    if not stored_columns(connection, shape.name):
        return {}
    rows = connection.execute(
        f"SELECT s.name, t.name, n FROM (SELECT _source, _stream, count(*) AS n"
        f" FROM {contribution(shape.name)} WHERE _fate = 0 AND _dead_run IS NULL GROUP BY 1, 2) c"
        " JOIN syncline.source s ON s.id = c._source JOIN syncline.stream t ON t.id = c._stream"
    )
    return {StreamName(source=row[0], stream=row[1]): row[2] for row in rows}


def held(connection: Connection, stream: int) -> bool:
    """Whether a worker holds a stream now."""
    row = connection.execute(
        "SELECT until > clock_timestamp() FROM syncline.lease_beat WHERE stream = %s", [stream]
    ).fetchone()
    return row is not None and bool(row[0])


def parked(connection: Connection, stream: int) -> list[str]:
    """Mappings of a stream that wait, because too many records do not fit their active version."""
    rows = connection.execute(
        "SELECT m.name FROM syncline.parked p JOIN syncline.mapping m ON m.id = p.mapping"
        " WHERE p.stream = %s AND p.activation ="
        " (SELECT max(a.n) FROM syncline.activation a WHERE a.mapping = p.mapping) ORDER BY 1",
        [stream],
    )
    return [row[0] for row in rows]


def breaker(connection: Connection, name: str) -> str:
    """``closed``, ``open`` or ``half open``; of an origin and credential, by their name."""
    row = connection.execute(
        "SELECT open_until > clock_timestamp() FROM syncline.breaker WHERE name = %s", [name]
    ).fetchone()
    if row is None or row[0] is None:
        return "closed"
    return "open" if row[0] else "half open"


_STORED = """
SELECT r.id, s.name, t.name, r.partition, r.status, r.fetched_at, r.records, r.length, r.wire_length,
       r.sha256, r.verdict, r.request ->> 'method', r.request ->> 'url',
       (SELECT count(*) FROM syncline.dead_letter d WHERE d.raw_id = r.id AND d.state <> 'discarded')
FROM syncline.response r
JOIN syncline.stream t ON t.id = r.stream JOIN syncline.source s ON s.id = t.source
WHERE (%(source)s::text IS NULL OR s.name = %(source)s)
  AND (%(stream)s::text IS NULL OR t.name = %(stream)s)
  AND (%(id)s::int8 IS NULL OR r.id = %(id)s)
ORDER BY r.id DESC LIMIT %(limit)s::int8
"""


def responses(
    connection: Connection,
    *,
    source: str | None = None,
    stream: str | None = None,
    id: int | None = None,  # noqa: A002 # the column's name
    limit: int | None = None,
) -> list[Stored]:
    """Stored responses, the newest first."""
    rows = connection.execute(_STORED, {"source": source, "stream": stream, "id": id, "limit": limit})
    return [
        Stored(
            id=row[0],
            stream=StreamName(source=row[1], stream=row[2]),
            partition=partition_of(row[3]),
            status=row[4],
            fetched_at=row[5],
            records=row[6],
            length=row[7],
            wire_length=row[8],
            sha256=row[9],
            verdict=row[10],
            method=row[11] or "",
            url=row[12] or "",
            dead=row[13],
        )
        for row in rows
    ]


_LETTERS = """
SELECT count(*) FROM syncline.dead_letter d
JOIN syncline.mapping m ON m.id = d.mapping
JOIN syncline.source s ON s.id = d.source
JOIN syncline.stream t ON t.id = d.stream
WHERE (%(mapping)s::text IS NULL OR m.name = %(mapping)s)
  AND (%(source)s::text IS NULL OR s.name = %(source)s)
  AND (%(stream)s::text IS NULL OR t.name = %(stream)s)
  AND (%(code)s::text IS NULL OR d.problems @> jsonb_build_array(jsonb_build_object('code', %(code)s::text)))
  AND (%(discarded)s::bool OR d.state <> 'discarded')
"""


def letters(
    connection: Connection,
    *,
    mapping: str | None = None,
    source: str | None = None,
    stream: str | None = None,
    code: str | None = None,
    discarded: bool = False,
) -> int:
    """How many dead letters there are."""
    terms = {"mapping": mapping, "source": source, "stream": stream, "code": code, "discarded": discarded}
    row = connection.execute(_LETTERS, terms).fetchone()
    return 0 if row is None else int(row[0])


def found_late(connection: Connection, entity: str, stream: StreamName, *, run: int, before: int) -> int:
    """How many live contributions rest on a run's responses with versions before a point, in microseconds."""
    row = connection.execute(
        f"""SELECT count(*) FROM {contribution(entity)} c JOIN syncline.response r ON r.id = c._raw_id
            JOIN syncline.stream t ON t.id = c._stream JOIN syncline.source s ON s.id = c._source
            WHERE r.run = %s AND s.name = %s AND t.name = %s AND c._fate = 0 AND c._dead_run IS NULL
              AND c._version > %s AND c._version < %s""",
        (run, stream.source, stream.stream, NO_VERSION, before),
    ).fetchone()
    return 0 if row is None else int(row[0])
