"""Whom runs confirmed, and who became too old meanwhile: asked when a stream, and when a sync, is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from engine.flow.canonicalize import Route
from engine.flow.workspace import Workspace
from engine.records.shapes import Feed
from engine.store import aging, survey
from engine.store.database import Connection
from engine.store.leases import Lease


def confirm(connection: Connection, lease: Lease, ways: Sequence[Route]) -> int:
    """Ask the runs of a stream that ended whom they held, for every entity with ages; entities folded."""
    shapes = {way.shape.name: way.shape for way in ways if way.shape.lines}
    count = 0
    for name, shape in sorted(shapes.items()):
        feeds: list[Feed] = [way.feed for way in ways if way.shape.name == name and way.feed.confirms]
        if feeds:
            count += aging.confirm(connection, lease, shape, feeds)
    return count


def now(workspace: Workspace) -> dt.datetime | None:
    """The time that a sync which begins will have let pass, by the database; None where nothing ages."""
    if not any(shape.lines for shape in workspace.shapes.values()):
        return None
    with workspace.database.connect(label="syncline aging") as connection:
        return survey.now(connection)


def age(workspace: Workspace, until: dt.datetime | None) -> int:
    """Let time pass ``until`` then; how many entities are folded anew."""
    if until is None:
        return 0
    with workspace.database.connect(label="syncline aging") as connection:
        shapes = [shape for _, shape in sorted(workspace.shapes.items()) if shape.lines]
        return sum(aging.age(connection, shape, until) for shape in shapes)
