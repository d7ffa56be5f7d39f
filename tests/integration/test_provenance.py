"""Every value of the canonical rows knows where it came from, and the rule says so again on the bytes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from engine.demo.files import write_project
from engine.demo.server import DemoSystems
from engine.flow.events import silence
from engine.flow.explain import explain
from engine.flow.sync import sync
from engine.flow.workspace import Workspace
from engine.store.database import Connection

SEED = 1_604
VALUES = 200

TYPES = set(
    "string text email uuid boolean integer decimal date timestamp enum json list ref money quantity "
    "country currency time duration url".split()
)

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def synced(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The demo's systems, synced once."""
    folder = tmp_path_factory.mktemp("provenance")
    with ExitStack() as stack:
        systems = stack.enter_context(DemoSystems(count=400, throttle_every=0))
        write_project(folder, ports=systems.ports)
        file = folder / "syncline.yaml"
        file.write_text(file.read_text("utf-8") + f"database: {module_database_url}\n", encoding="utf-8")
        workspace = stack.enter_context(Workspace.open(folder, say=lambda _: None))
        report = sync(workspace, stopping=lambda: False, listen=silence)
        assert report.complete
        yield workspace


def _count(connection: Connection, text: str) -> int:
    row = connection.execute(text).fetchone()
    assert row is not None
    return int(row[0])


def test_the_view_has_a_row_for_each_value_that_is_not_null_and_no_other(synced: Workspace) -> None:
    with synced.database.connect() as connection:
        for shape in synced.shapes.values():
            columns = ", ".join(f't."{column}"' for each in shape.fields for column, _ in each.columns)
            values = _count(connection, f"SELECT sum(num_nonnulls({columns})) FROM canonical.{shape.name} t")
            assert values > 0
            view = f"canonical.{shape.name}_provenance"
            assert _count(connection, f"SELECT count(*) FROM {view}") == values
            distinct = f'SELECT count(*) FROM (SELECT DISTINCT id, "column" FROM {view}) d'
            assert _count(connection, distinct) == values


def test_explain_recomputes_values_of_every_type_from_the_stored_bytes(synced: Workspace) -> None:
    """200 values drawn over all types of field; the seed is printed."""
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    drawn: list[tuple[str, str, str]] = []
    with synced.database.connect() as connection:
        kinds: dict[str, list[tuple[str, str]]] = {}
        for shape in synced.shapes.values():
            for field in shape.fields:
                kinds.setdefault(field.type, []).append((shape.name, field.name))
        assert kinds.keys() == TYPES
        share = -(-VALUES // len(kinds))
        left: list[tuple[str, str, str]] = []
        for kind, fields in sorted(kinds.items()):
            pool = [
                (entity, str(row[0]), name)
                for entity, name in fields
                for row in connection.execute(
                    f"SELECT DISTINCT id FROM canonical.{entity}_provenance WHERE field = %s ORDER BY id",
                    (name,),
                )
            ]
            assert pool, f"no value of type {kind}"
            chosen = chance.sample(pool, min(share, len(pool)))
            drawn += chosen
            left += sorted(set(pool) - set(chosen))
        drawn += chance.sample(left, max(0, VALUES - len(drawn)))  # a type may have few values
    assert len(drawn) >= VALUES
    for entity, wanted, name in drawn:
        (told,) = explain(synced, entity, wanted, name).fields
        assert told.agrees, (entity, wanted, name, told)
        assert told.why == ""
        assert told.trace is not None
        for origin in told.trace.origins:
            if origin.start is not None and origin.end is not None:
                piece = told.response.body[origin.start : origin.end].decode()
                assert origin.text.removesuffix("…") == piece[: len(origin.text.removesuffix("…"))]
