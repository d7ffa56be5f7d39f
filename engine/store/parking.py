"""Which mappings wait, because too many records do not fit? Raw is kept; their responses stay pending."""

from __future__ import annotations

from dataclasses import dataclass

from engine.store.database import Connection
from engine.store.leases import Lease, fence


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """Why a mapping waits."""

    records: int
    """Loaded by the run until then."""
    dead: int
    """Those that became dead letters."""


def standing(connection: Connection, *, stream: int, mapping: int, activation: int) -> Parked | None:
    """Whether a version of a mapping waits; another version never does."""
    row = connection.execute(
        "SELECT records, dead FROM syncline.parked WHERE stream = %s AND mapping = %s AND activation = %s",
        (stream, mapping, activation),
    ).fetchone()
    return None if row is None else Parked(records=row[0], dead=row[1])


def park(connection: Connection, lease: Lease, *, mapping: int, activation: int, why: Parked) -> None:
    """Let a mapping of the leased stream wait; commits."""
    fence(connection, lease)
    connection.execute(
        """INSERT INTO syncline.parked(stream, mapping, activation, records, dead) VALUES (%s, %s, %s, %s, %s)
           ON CONFLICT (stream, mapping) DO UPDATE SET activation = excluded.activation,
               records = excluded.records, dead = excluded.dead, since = now()""",
        (lease.stream, mapping, activation, why.records, why.dead),
    )
    connection.commit()


def release(connection: Connection, *, stream: int, mapping: int) -> None:
    """Try it again; the caller commits."""
    connection.execute("DELETE FROM syncline.parked WHERE stream = %s AND mapping = %s", (stream, mapping))
