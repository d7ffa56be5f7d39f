"""The end of a run: what holds between records of several streams is weighed once all of them are there."""

from __future__ import annotations

from engine.flow.workspace import Workspace
from engine.mapping.constraints import checks_of
from engine.mapping.lines import lines_checks
from engine.mapping.pinned import Pinned
from engine.store import settling


def settle(workspace: Workspace) -> int:
    """Open letters for what does not hold between records, and end those that are over; how many are new."""
    shapes = workspace.shapes
    checks = {
        name: lines_checks(workspace.project.entity(name), shape, shapes)
        for name, shape in shapes.items()
        if shape.over
    }
    with workspace.database.connect(label="syncline settle") as connection:
        return settling.settle(connection, shapes, checks, {name: asked(workspace, name) for name in shapes})


def asked(workspace: Workspace, entity: str) -> Pinned:
    """What the contract of an entity asks of rows that people hold."""
    document, shape = workspace.project.entities[entity], workspace.shapes[entity]
    contract = document.need()
    checks = checks_of(contract, shape, lambda at: f"{document.file}:{document.line(('constraints', at))}")
    return Pinned(types=contract.types, shape=shape, checks=checks)
