"""Former rows that a contract keeps for a time only: they go when it is over."""

from __future__ import annotations

import datetime as dt

from engine.records.shapes import EntityShape
from engine.store.database import Connection
from engine.store.entities import canonical, history

LOT = 10_000
"""Rows that go in one transaction."""


def forget(connection: Connection, shape: EntityShape) -> int:
    """
    Delete the former rows whose time is over, and commit; how many.

    The last row of an entity that has ended stays: it is all that is left of it. ``horizon`` is raised
    before the first row goes, so that nobody is shown a later row in place of one that is gone.
    """
    if shape.history_for is None:
        return 0
    since = connection.execute(
        "UPDATE syncline.entity SET history_since ="
        " greatest(history_since, clock_timestamp() - make_interval(secs => %s))"
        " WHERE name = %s AND shape IS NOT NULL RETURNING history_since",
        [shape.history_for, shape.name],
    ).fetchone()
    connection.commit()
    gone = 0
    while since is not None:  # once it has tables
        found = connection.execute(
            f"DELETE FROM {history(shape.name)} WHERE ctid = ANY (ARRAY("
            f"SELECT h.ctid FROM {history(shape.name)} h WHERE h._until < %s AND ("
            f"EXISTS (SELECT FROM {canonical(shape.name)} c WHERE c.id = h.id)"
            f" OR EXISTS (SELECT FROM {history(shape.name)} l WHERE l.id = h.id AND l._until > h._until))"
            " LIMIT %s FOR UPDATE SKIP LOCKED))",
            [since[0], LOT],
        ).rowcount
        connection.commit()
        gone += found
        if found < LOT:
            break
    return gone


def horizon(connection: Connection, entity: str) -> dt.datetime | None:
    """Before this time, former rows may be gone; None where none ever went."""
    row = connection.execute("SELECT history_since FROM syncline.entity WHERE name = %s", [entity]).fetchone()
    return None if row is None else row[0]
