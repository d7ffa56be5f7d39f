"""Which runs there were, under which versions, and whether each one saw everything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.store import months
from engine.store.database import Connection
from engine.store.leases import Lease, fence
from engine.store.notation import from_text, to_text

Kind = Literal["sync", "full"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a stream."""

    id: int
    stream: int
    kind: Kind
    versions: Mapping[str, int]
    """Mapping to activation."""
    position: int
    """Of the stream's counter when it started: tombstones by enumeration take it."""
    started: dt.datetime
    ended: dt.datetime | None = None
    complete: bool | None = None
    proof: Mapping[str, Any] | None = None
    """What its completeness rests on, or what cut it off."""


_COLUMNS = "id, stream, kind, versions::text, position, started, ended, complete, proof::text"


def begin(
    connection: Connection, stream: int, *, kind: Kind, versions: Mapping[str, int], position: int
) -> Run:
    """Start a run, with room for what it will keep; commits. Its time is the database's."""
    months.make_ahead(connection)
    row = connection.execute(
        f"""INSERT INTO syncline.run(stream, kind, versions, position, started)
            VALUES (%s, %s, %s, %s, clock_timestamp()) RETURNING {_COLUMNS}""",
        (stream, kind, to_text(versions), position),
    ).fetchone()
    connection.commit()
    assert row is not None  # noqa: S101  # INSERT returns it
    return _run(row)


def end(connection: Connection, lease: Lease, run: int, *, complete: bool, proof: Mapping[str, Any]) -> None:
    """
    End a run; commits. One that nobody ended was cut off, and counts as incomplete. Raises ``LeaseLost``.
    """
    fence(connection, lease)
    connection.execute(
        "UPDATE syncline.run SET ended = clock_timestamp(), complete = %s, proof = %s WHERE id = %s",
        (complete, to_text(proof), run),
    )
    connection.commit()


def last(
    connection: Connection, stream: int, *, kind: Kind | None = None, complete: bool = False
) -> Run | None:
    """The newest run of a stream; of a kind, or only among the complete ones."""
    row = connection.execute(
        f"""SELECT {_COLUMNS} FROM syncline.run WHERE stream = %s AND (%s::text IS NULL OR kind = %s)
            AND (complete OR NOT %s) ORDER BY id DESC LIMIT 1""",
        (stream, kind, kind, complete),
    ).fetchone()
    return None if row is None else _run(row)


def _run(row: tuple[Any, ...]) -> Run:
    return Run(
        id=row[0],
        stream=row[1],
        kind=row[2],
        versions=from_text(row[3]),
        position=row[4],
        started=row[5],
        ended=row[6],
        complete=row[7],
        proof=None if row[8] is None else from_text(row[8]),
    )
