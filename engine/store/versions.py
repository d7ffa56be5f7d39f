"""Which version of each mapping is active, and what a change of version makes pending again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from engine.store.database import Connection

FLIP = 0x73796E63_666C6970
"""Advisory lock: shared by every transaction that writes rows, exclusive for a flip of versions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """A version of a mapping from when it was made active; numbers grow over all mappings."""

    n: int
    mapping: int
    fingerprint: str
    at: dt.datetime


_ACTIVE = """
SELECT DISTINCT ON (a.mapping) a.n, a.mapping, v.fingerprint, a.at
FROM syncline.activation a JOIN syncline.version v ON v.id = a.version ORDER BY a.mapping, a.n DESC
"""
_VERSION = """
INSERT INTO syncline.version(fingerprint, text) SELECT %(fingerprint)s, %(text)s
WHERE NOT EXISTS (SELECT FROM syncline.version WHERE fingerprint = %(fingerprint)s)
"""
_ACTIVATE = """
INSERT INTO syncline.activation(n, mapping, version)
SELECT (SELECT coalesce(max(n), 0) + 1 FROM syncline.activation), %(mapping)s, id
FROM syncline.version WHERE fingerprint = %(fingerprint)s RETURNING n, at
"""


def writing(connection: Connection) -> None:
    """Hold off flips until this transaction, which writes rows, ends."""
    connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", (FLIP,))


def flip(connection: Connection) -> None:
    """Wait for every transaction that writes rows, and hold off new ones until this one ends."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (FLIP,))


def active(connection: Connection) -> dict[int, Activation]:
    """What is active, by mapping."""
    rows = connection.execute(_ACTIVE).fetchall()
    return {row[1]: Activation(n=row[0], mapping=row[1], fingerprint=row[2], at=row[3]) for row in rows}


def activate(connection: Connection, *, mapping: int, fingerprint: str, text: str) -> Activation:
    """Make a version active, unless it is; the caller holds ``flip`` and commits."""
    standing = active(connection).get(mapping)
    if standing is not None and standing.fingerprint == fingerprint:
        return standing
    terms = {"mapping": mapping, "fingerprint": fingerprint, "text": text}
    connection.execute(_VERSION, terms)
    row = connection.execute(_ACTIVATE, terms).fetchone()
    assert row is not None  # noqa: S101  # its version stands
    return Activation(n=row[0], mapping=mapping, fingerprint=fingerprint, at=row[1])


def repend(connection: Connection, *, mapping: int, streams: Sequence[int]) -> int:
    """Make every stored response of these streams pending for a mapping; the caller commits. How many."""
    return connection.execute(
        """INSERT INTO syncline.pending(stream, mapping, response)
           SELECT stream, %s, id FROM syncline.response WHERE stream = ANY(%s) ORDER BY stream, id
           ON CONFLICT DO NOTHING""",
        (mapping, list(streams)),
    ).rowcount


def pending(connection: Connection, *, mapping: int, stream: int) -> int:
    """How many responses of a stream wait for a mapping."""
    row = connection.execute(
        "SELECT count(*) FROM syncline.pending WHERE stream = %s AND mapping = %s", (stream, mapping)
    ).fetchone()
    return 0 if row is None else int(row[0])
