"""The end of a run: what holds between records of several streams is weighed once all of them are there."""

from __future__ import annotations

from engine.flow.workspace import Workspace
from engine.mapping.lines import lines_checks
from engine.store import settling


def settle(workspace: Workspace) -> int:
    """Open letters for what does not hold between records, and end those that are over; how many are new."""
    shapes = workspace.shapes
    if not any(shape.withholds or shape.over for shape in shapes.values()):
        return 0
    checks = {
        name: lines_checks(workspace.project.entity(name), shape, shapes)
        for name, shape in shapes.items()
        if shape.over
    }
    with workspace.database.connect(label="syncline settle") as connection:
        return settling.settle(connection, shapes, checks)
