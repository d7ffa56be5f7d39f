"""Former rows whose time is over go at the end of a sync."""

from __future__ import annotations

from engine.flow.workspace import Workspace
from engine.store import retention


def forget(workspace: Workspace) -> int:
    """Of every entity whose contract keeps them for a time; how many went."""
    shapes = [each for each in workspace.shapes.values() if each.history_for is not None]
    if not shapes:
        return 0
    with workspace.database.connect(label="syncline history") as connection:
        return sum(retention.forget(connection, each) for each in shapes)
