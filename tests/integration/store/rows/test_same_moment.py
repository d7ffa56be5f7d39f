"""Two sources bring the same new key at the same moment: one entity, every time, and no deadlock."""

from __future__ import annotations

import threading

import pytest

from engine.records.received import StreamName
from engine.store.database import Database
from engine.store.joins import Rival
from tests.integration.store.rows.building import HR, PAY, Loader, Said, part, shape_of

pytestmark = pytest.mark.database

TIMES = 200
PERSON = shape_of("person", ["name"], [HR, PAY], identity=["number", "email"])


def _bring(
    database: Database, stream: StreamName, moment: threading.Barrier, errors: list[BaseException]
) -> None:
    connection = database.dial()
    try:
        loader = Loader(connection=connection)
        base = 1_000_000 * (1 + (stream == PAY))
        for n in range(TIMES):
            new = [
                Said(key=f"{n}a", values={"name": stream.source}, identity=(f"N{n}", None)),
                Said(key=f"{n}b", values={"name": stream.source}, identity=(None, f"{n}@x")),
            ]
            given = part(PERSON, stream, new if stream == HR else new[::-1], raw_id=base + n)
            moment.wait(60)
            loader.load(PERSON, stream, [given])
    except BaseException as error:  # noqa: BLE001  # handed to the test's own thread
        errors.append(error)
        moment.abort()
    finally:
        connection.close()


def test_the_same_new_key_from_two_sources_200_times(
    loader: Loader, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both say it in one entity; that they met at all is shown by the tries that had to be repeated."""
    loader.ensure(PERSON)
    for stream in (HR, PAY):
        loader.lease(stream)
    met: list[Rival] = []
    former = Rival.__init__

    def count(rival: Rival, *arguments: object) -> None:
        met.append(rival)
        former(rival, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Rival, "__init__", count)
    moment, errors = threading.Barrier(2), list[BaseException]()
    threads = [
        threading.Thread(target=_bring, args=(database, stream, moment, errors)) for stream in (HR, PAY)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert errors == []
    assert met
    together = loader.connection.execute(
        "SELECT count(*), count(DISTINCT _entity_id), bool_and(live) FROM ("
        " SELECT _key, _entity_id, _fate = 0 AS live FROM syncline.contribution_person) c GROUP BY _key"
    ).fetchall()
    assert together == [(2, 1, True)] * (2 * TIMES)
    assert loader.one("SELECT count(*) FROM canonical.person") == 2 * TIMES
    assert loader.one("SELECT count(*) FROM syncline.redirect") == 0
    assert loader.one("SELECT count(*) FROM syncline.identity_decision") == 0
    assert loader.one("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0
