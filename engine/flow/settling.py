"""The end of a run: what holds between records of several streams is weighed once all of them are there."""

from __future__ import annotations

from engine.flow.workspace import Workspace
from engine.store import settling


def settle(workspace: Workspace) -> int:
    """Open letters for what does not hold between records, and end those that are over; how many are new."""
    if not any(shape.withholds for shape in workspace.shapes.values()):
        return 0
    with workspace.database.connect(label="syncline settle") as connection:
        return settling.settle(connection, workspace.shapes)
