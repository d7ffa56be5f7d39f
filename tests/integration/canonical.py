"""What the canonical tables hold."""

from __future__ import annotations

from typing import Any

from engine.flow.workspace import Workspace


def canonical_rows(workspace: Workspace) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every entity that something feeds, with its id and in the order of the ids."""
    with workspace.database.connect() as connection:
        return {
            name: connection.execute(
                f"SELECT id, {', '.join(column for each in shape.fields for column, _ in each.columns)}"
                f" FROM canonical.{name} ORDER BY id"
            ).fetchall()
            for name, shape in workspace.shapes.items()
        }
