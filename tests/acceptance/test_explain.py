"""Every value has an origin, and running its rule again on the stored bytes gives the value."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.demo.files import write_project
from engine.demo.server import DemoSystems
from engine.flow.events import silence
from engine.flow.explain import Explained, explain
from engine.flow.sync import sync
from engine.flow.workspace import Workspace
from engine.store.database import Connection

pytestmark = [pytest.mark.database, pytest.mark.xdist_group("explained")]

SEED = 20_261_123
DRAWN = 200


@pytest.fixture
def workspace(tmp_path: Path, database_url: str) -> Iterator[Workspace]:
    """The demo's project, synced, then synced again after changes on both sides."""
    with DemoSystems(count=400, throttle_every=0) as systems:
        write_project(tmp_path, ports=systems.ports)
        file = tmp_path / "syncline.yaml"
        file.write_text(f"{file.read_text()}\ndatabase: {database_url}\n")
        with Workspace.open(tmp_path, say=lambda _: None) as opened:
            _sync(opened)
            systems.hr.update("E-00002", height="6 ft 3 in")
            systems.hr.delete("E-00003")
            _sync(opened)
            yield opened


def _sync(workspace: Workspace) -> None:
    report = sync(workspace, stopping=lambda: False, listen=silence)
    assert report.complete


def test_the_view_has_a_row_for_every_value_and_no_other(workspace: Workspace) -> None:
    with workspace.database.connect() as connection:
        for name, shape in workspace.shapes.items():
            columns = [column for field in shape.fields for column, _ in field.columns]
            filled = " + ".join(f"count({column})" for column in columns)
            values = _number(connection, f"SELECT {filled} FROM canonical.{name}")
            rows = _number(connection, f"SELECT count(*) FROM canonical.{name}_provenance")
            once = _number(
                connection,
                f'SELECT count(*) FROM (SELECT DISTINCT id, "column" FROM canonical.{name}_provenance) x',
            )
            assert values == rows == once > 0, name


def test_200_values_of_all_types_are_recomputed_from_the_bytes(workspace: Workspace) -> None:
    """Drawn by a seed: every type first, then whatever comes; each is equal, and read where it says."""
    values = _values(workspace)
    chance = random.Random(SEED)
    chance.shuffle(values)
    of_types = list({kind: (entity, of, field) for entity, of, field, kind in values}.values())
    drawn = (of_types + [each[:3] for each in values])[:DRAWN]
    kinds = {kind for *_, kind in values}
    print(f"seed {SEED}: {len(drawn)} of {len(values)} values, types {', '.join(sorted(kinds))}")
    assert len(drawn) == DRAWN
    assert kinds >= {"string", "text", "email", "uuid", "boolean", "integer", "decimal", "date", "timestamp"}
    assert kinds >= {"enum", "json", "list", "ref", "money", "quantity"}
    for entity, of, field in drawn:
        (found,) = explain(workspace, entity, str(of), field).fields
        assert found.agrees, (entity, of, field, found.why, found.trace)
        assert found.why == ""
        _read_where_it_says(found)


def _read_where_it_says(found: Explained) -> None:
    """What the rule read stands in the body, between the bytes that it names."""
    assert found.trace is not None
    for each in found.trace.origins:
        if each.start is None:
            continue
        piece = found.response.body[each.start : each.end].decode()
        assert each.text.rstrip("…") in piece


def _values(workspace: Workspace) -> list[tuple[str, Any, str, str]]:
    """``(entity, id, field, type)`` of every value there is, in an order of their own."""
    found: list[tuple[str, Any, str, str]] = []
    with workspace.database.connect() as connection:
        for name, shape in sorted(workspace.shapes.items()):
            types = {field.name: field.type for field in shape.fields}
            rows = connection.execute(
                f"SELECT DISTINCT id, field FROM canonical.{name}_provenance ORDER BY 1, 2"
            )
            found += [(name, of, field, types[field]) for of, field in rows]
    return found


def _number(connection: Connection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])
