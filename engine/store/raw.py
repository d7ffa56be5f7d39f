"""
Responses as they came: kept with the progress they earned, read back in the order of their requests.

``keep`` is transaction 1. Fetching ends when it has committed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import zstandard
from psycopg import errors

from engine.errors import StoreError
from engine.records.received import Response, StreamName, Verdict
from engine.store import months, points, progress
from engine.store.database import Connection, commit
from engine.store.leases import Lease, fence
from engine.store.notation import from_text, partition_of, partition_text, to_text
from engine.store.progress import Advance

_STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS kept_response (
    id int8, partition text, position int8, request text, status int2, headers text,
    fetched_at timestamptz, sha256 bytea, length int8, wire_length int8, coding text, records int4,
    verdict int2
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS kept_body (sha256 bytea, bytes bytea STORAGE EXTERNAL, altered int2)
    ON COMMIT DELETE ROWS;
"""
_STAGE_15 = _STAGE.replace(" STORAGE EXTERNAL", "")
_COPY_RESPONSES = "COPY kept_response FROM STDIN (FORMAT BINARY)"
_RESPONSE_TYPES = (
    "int8 text int8 text int2 text timestamptz bytea int8 int8 text int4 int2".split()  # noqa: SIM905  # as the table
)
_COPY_BODIES = "COPY kept_body FROM STDIN (FORMAT BINARY)"
_THIS_MONTH = "date_trunc('month', now() AT TIME ZONE 'UTC')::date"
_BODIES = f"""
INSERT INTO syncline.body(month, sha256, bytes, altered)
SELECT {_THIS_MONTH}, sha256, bytes, altered FROM kept_body ORDER BY sha256 ON CONFLICT DO NOTHING
"""
_RESPONSES = f"""
INSERT INTO syncline.response(month, id, stream, partition, run, position, request, status, headers,
    fetched_at, sha256, body_month, length, wire_length, coding, records, verdict)
SELECT {_THIS_MONTH}, id, %(stream)s, partition, %(run)s, position, request::jsonb, status,
    headers::jsonb, coalesce(fetched_at, now()), sha256, {_THIS_MONTH}, length, wire_length, coding,
    records, verdict
FROM kept_response ORDER BY id
"""
_PENDING = """
INSERT INTO syncline.pending(stream, mapping, response)
SELECT %(stream)s, mapping, id FROM kept_response, unnest(%(mappings)s::int4[]) AS mapping ORDER BY 2, 3
"""


def keep(
    connection: Connection,
    lease: Lease,
    *,
    run: int,
    responses: Sequence[Response],
    mappings: Sequence[int] = (),
    advances: Sequence[Advance] = (),
) -> tuple[Response, ...]:
    """
    Make responses durable, with the progress they earned and as pending for these mappings; commits.

    Returns them with their raw ids. Raises ``LeaseLost`` where nothing was written; after any other
    error the caller reads what stands.
    """
    try:
        return _keep(connection, lease, run, responses, mappings, advances)
    except errors.CheckViolation:  # the month turned, and its partition was not made ahead
        connection.rollback()
        months.make_ahead(connection)
        return _keep(connection, lease, run, responses, mappings, advances)


def _keep(
    connection: Connection,
    lease: Lease,
    run: int,
    responses: Sequence[Response],
    mappings: Sequence[int],
    advances: Sequence[Advance],
) -> tuple[Response, ...]:
    kept: tuple[Response, ...] = ()
    if responses:
        kept = _stage(connection, responses)
    points.reach("raw.copy")
    fence(connection, lease)
    points.reach("raw.fenced")
    terms: dict[str, Any] = {"stream": lease.stream, "run": run, "mappings": list(mappings)}
    if kept:
        connection.execute(_BODIES)
        connection.execute(_RESPONSES, terms)
        if mappings:
            connection.execute(_PENDING, terms)
        progress.spend(connection, lease.stream, max(each.position for each in kept))
    progress.advance(connection, lease.stream, advances)
    commit(connection, "raw")
    return kept


def _stage(connection: Connection, responses: Sequence[Response]) -> tuple[Response, ...]:
    connection.execute(_STAGE if connection.info.server_version >= 160000 else _STAGE_15)
    ids = connection.execute(
        "SELECT nextval('syncline.raw_id') FROM generate_series(1, %s)", (len(responses),)
    ).fetchall()
    kept = tuple(replace(each, id=row[0]) for each, row in zip(responses, ids, strict=True))
    with connection.cursor() as cursor:
        with cursor.copy(_COPY_RESPONSES) as copy:
            copy.set_types(_RESPONSE_TYPES)
            for each in kept:
                copy.write_row(_row(each))
            points.reach("raw.copying")
        compressor = zstandard.ZstdCompressor(level=1)
        bodies = {each.sha256: each for each in kept}
        with cursor.copy(_COPY_BODIES) as copy:
            copy.set_types(["bytea", "bytea", "int2"])
            for digest, each in bodies.items():
                copy.write_row((digest, compressor.compress(each.body), each.altered))
    return kept


def _row(each: Response) -> tuple[Any, ...]:
    return (
        each.id,
        partition_text(each.partition),
        each.position,
        to_text(each.request),
        each.status,
        to_text(each.headers),
        each.fetched_at,
        each.sha256,
        len(each.body),
        each.wire_length,
        each.coding,
        each.records,
        int(each.verdict),
    )


_COLUMNS = """r.id, s.name, t.name, r.partition, r.position, r.request::text, r.status, r.headers::text,
    r.fetched_at, b.bytes, r.sha256, r.wire_length, r.coding, b.altered, r.verdict, r.records, r.length"""
_JOINED = """syncline.response r JOIN syncline.stream t ON t.id = r.stream
    JOIN syncline.source s ON s.id = t.source
    LEFT JOIN syncline.body b ON b.month = r.body_month AND b.sha256 = r.sha256"""

# The lengths first: a chunk holds as many bodies as its bytes allow, and one at least.
_CHUNK = f"""
SELECT {_COLUMNS} FROM {_JOINED} WHERE r.id = ANY(ARRAY(
    SELECT id FROM (
        SELECT id, sum(length) OVER (ORDER BY nth) - length AS before FROM ({{following}}) following
    ) sized WHERE before < %(size)s))
ORDER BY {{order}}
"""
_ALL = _CHUNK.format(
    following="""
        SELECT r.id, r.length, row_number() OVER (ORDER BY r.position, r.id) AS nth
        FROM syncline.response r
        WHERE r.stream = %(stream)s AND (r.position, r.id) > (%(position)s, %(id)s)
        ORDER BY r.position, r.id LIMIT %(count)s""",
    order="r.position, r.id",
)
# Few wait among very many: their own index leads, in the order in which they were kept.
_PENDING_ONES = _CHUNK.format(
    following="""
        SELECT r.id, r.length, r.id AS nth FROM (
            SELECT response FROM syncline.pending
            WHERE stream = %(stream)s AND mapping = %(mapping)s AND response > %(id)s
            ORDER BY response LIMIT %(count)s) p
        JOIN syncline.response r ON r.id = p.response""",
    order="r.id",
)
_DIGESTS = """
SELECT sha256 FROM (
    SELECT sha256, verdict, records FROM syncline.response
    WHERE stream = %(stream)s ORDER BY position DESC LIMIT %(most)s) last
WHERE verdict = %(sound)s AND records > 0
"""


def read(
    connection: Connection,
    stream: int,
    *,
    pending: int | None = None,
    count: int = 64,
    size: int = 16 * 1024 * 1024,
) -> Iterator[tuple[Response, ...]]:
    """
    A stream's responses in the order of their requests, in chunks of at most ``count`` and about
    ``size`` bytes; with ``pending``, those that wait for this mapping, as they were kept. Holds no
    transaction open between chunks.
    """
    terms = {"stream": stream, "mapping": pending, "count": count, "size": size, "position": -1, "id": -1}
    while True:
        rows = connection.execute(_ALL if pending is None else _PENDING_ONES, terms).fetchall()
        connection.rollback()
        if not rows:
            return
        yield tuple(_response(row) for row in rows)
        terms |= {"position": rows[-1][4], "id": rows[-1][0]}


def digests(connection: Connection, stream: int, *, most: int = 16_384) -> frozenset[bytes]:
    """SHA-256 of the bodies that a stream brought last, of those that hold records and are sound."""
    rows = connection.execute(_DIGESTS, {"stream": stream, "sound": Verdict.STRICT, "most": most}).fetchall()
    return frozenset(digest for (digest,) in rows)


def response(connection: Connection, raw_id: int) -> Response | None:
    """One response with its body, or None where there is none of this id."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM {_JOINED} WHERE r.id = %s", (raw_id,)).fetchone()
    return None if row is None else _response(row)


def _response(row: tuple[Any, ...]) -> Response:
    packed, digest, length = row[9], row[10], row[16]
    if packed is None:
        raise StoreError(f"response {row[0]} has lost its body", code="raw-torn")
    body = zstandard.ZstdDecompressor().decompress(packed, max_output_size=length)
    if hashlib.sha256(body).digest() != digest:
        raise StoreError(f"the body of response {row[0]} is not what was stored", code="raw-torn")
    return Response(
        id=row[0],
        stream=StreamName(source=row[1], stream=row[2]),
        partition=partition_of(row[3]),
        position=row[4],
        request=from_text(row[5]),
        status=row[6],
        headers=from_text(row[7]),
        fetched_at=row[8],
        body=body,
        sha256=digest,
        wire_length=row[11],
        coding=row[12],
        altered=row[13],
        verdict=Verdict(row[14]),
        records=row[15],
    )
