"""Two sources say somebody new at the same moment: one entity, whoever was first, and no deadlock."""

from __future__ import annotations

import threading

import pytest

from engine.records.received import StreamName
from engine.records.shapes import Preference
from engine.store.database import Database
from tests.integration.store.rows.building import HR, PAY, Loader, Said, part, shape_of

pytestmark = pytest.mark.database

TIMES, NEWCOMERS = 200, 3
SHAPE = shape_of(
    "worker",
    ["name", "pay"],
    [HR, PAY],
    identity=["number", "email"],
    preferences=[Preference(mask=0b11, prefer=("hr",), ways=())],
)


def _writer(
    database: Database, stream: StreamName, together: threading.Barrier, errors: list[BaseException]
) -> None:
    """A batch of newcomers each time, sent off when the other's is; in the other's order backwards."""
    connection = database.dial()
    ours = stream == HR
    try:
        loader = Loader(connection=connection)
        for time in range(TIMES):
            people = range(NEWCOMERS) if ours else reversed(range(NEWCOMERS))
            records = [
                Said(
                    key=f"{stream.source}{time}-{n}",
                    values={"name" if ours else "pay": f"{time}-{n}"},
                    # by number, by address, and by both
                    identity=(f"N{time}-{n}" if n != 1 else None, f"e{time}-{n}" if n else None),
                )
                for n in people
            ]
            raw_id = (1 if ours else 100_000) + time
            batch = [part(SHAPE, stream, records, raw_id=raw_id)]
            together.wait(timeout=60)
            loader.load(SHAPE, stream, batch)
    except BaseException as error:  # noqa: BLE001  # handed to the test's own thread
        errors.append(error)
        together.abort()
    finally:
        connection.close()


def test_the_same_newcomers_of_two_sources_are_one_each(database: Database, loader: Loader) -> None:
    """Two hundred times three people, each said by both at once."""
    loader.ensure(SHAPE)
    for stream in (HR, PAY):
        loader.lease(stream)
    errors: list[BaseException] = []
    together = threading.Barrier(2)
    writers = [
        threading.Thread(target=_writer, args=(database, stream, together, errors)) for stream in (HR, PAY)
    ]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    assert errors == []
    rows = loader.connection.execute("SELECT name, pay, cardinality(_won) FROM canonical.worker").fetchall()
    everyone = {f"{time}-{n}" for time in range(TIMES) for n in range(NEWCOMERS)}
    assert {(name, pay) for name, pay, _ in rows} == {(each, each) for each in everyone}
    assert len(rows) == len(everyone)
    assert {count for _, _, count in rows} == {2}
    held = "SELECT count(*), count(DISTINCT entity_id) FROM syncline.identity_key WHERE NOT disabled"
    assert loader.connection.execute(held).fetchone() == (TIMES * 4, TIMES * NEWCOMERS)
    assert loader.one("SELECT count(*) FROM syncline.redirect") == 0
    assert loader.one("SELECT count(*) FROM syncline.identity_decision WHERE what <> 'join'") == 0
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert loader.one(deadlocks) == 0
