"""Runs and versions are told apart, and a new version makes what is stored wait again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.errors import LeaseLost
from engine.records.received import Response
from engine.store import raw, runs, versions
from engine.store.database import Database
from engine.store.leases import Leases
from engine.store.names import Names

pytestmark = pytest.mark.database


def test_an_activation_is_new_only_where_the_version_is(database: Database) -> None:
    with database.connect() as connection:
        versions.flip(connection)
        first = versions.activate(connection, mapping=1, fingerprint="a", text="A")
        assert versions.activate(connection, mapping=1, fingerprint="a", text="A") == first
        second = versions.activate(connection, mapping=1, fingerprint="b", text="B")
        back = versions.activate(connection, mapping=1, fingerprint="a", text="A")
        assert first.n < second.n < back.n
        other = versions.activate(connection, mapping=2, fingerprint="a", text="A")
        assert versions.active(connection) == {1: back, 2: other}


def test_a_flip_waits_for_writers(database: Database) -> None:
    from engine.errors import StoreUnavailable

    with database.connect() as writer, database.connect() as other:
        versions.writing(writer)
        versions.writing(other)
        other.rollback()
        with pytest.raises(StoreUnavailable) as waited, database.connect() as flipper:  # noqa: PT012
            flipper.execute("SET lock_timeout = '100ms'")
            versions.flip(flipper)
        assert waited.value.code == "store-contended"


def test_every_stored_response_waits_again(
    database: Database, names: Names, leases: Leases, make_response: Callable[..., Response]
) -> None:
    lease = leases.acquire(names.stream(make_response(1).stream))
    assert lease is not None
    with database.connect() as connection:
        raw.keep(connection, lease, run=1, responses=[make_response(1), make_response(2)])
        assert versions.repend(connection, mapping=9, streams=[lease.stream]) == 2
        assert versions.repend(connection, mapping=9, streams=[lease.stream]) == 0
        assert versions.pending(connection, mapping=9, stream=lease.stream) == 2


def test_a_run_that_nobody_ended_is_not_complete(database: Database, leases: Leases) -> None:
    lease = leases.acquire(1)
    assert lease is not None
    with database.connect() as connection:
        cut = runs.begin(connection, 1, kind="sync", versions={"hr/workers": 1}, position=5)
        assert runs.last(connection, 1) == cut
        assert runs.last(connection, 1, complete=True) is None
        done = runs.begin(connection, 1, kind="full", versions={}, position=9)
        runs.end(connection, lease, done.id, complete=True, proof={"pages": 3})
        found = runs.last(connection, 1, complete=True, kind="full")
        assert found is not None
        assert (found.id, found.complete, found.proof) == (done.id, True, {"pages": 3})
        assert found.ended is not None
        assert found.ended >= found.started


def test_who_lost_the_stream_ends_no_run(database: Database, leases: Leases) -> None:
    lease = leases.acquire(1)
    assert lease is not None
    with database.connect() as connection, database.connect() as thief:
        run = runs.begin(connection, 1, kind="sync", versions={}, position=1)
        thief.execute("UPDATE syncline.lease SET epoch = epoch + 1")
        thief.commit()
        with pytest.raises(LeaseLost):
            runs.end(connection, lease, run.id, complete=True, proof={})
        assert runs.last(connection, 1, complete=True) is None
