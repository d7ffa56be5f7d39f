"""What tests of the store keep."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engine.records.received import Response, StreamName
from engine.store.database import Database
from engine.store.leases import Leases
from engine.store.names import Names

WORKERS = StreamName(source="hr", stream="workers")


@pytest.fixture
def make_response() -> Callable[..., Response]:
    """A response of ``hr.workers``, not stored yet."""

    def make(position: int, body: bytes = b'{"data": []}', **more: Any) -> Response:
        values: dict[str, Any] = {
            "id": 0,
            "stream": WORKERS,
            "partition": {},
            "position": position,
            "request": {"method": "GET", "url": "https://hr.example/workers", "headers": {}, "body": None},
            "status": 200,
            "headers": {"content-type": "application/json"},
            "fetched_at": dt.datetime(2026, 11, 2, 10, 11, 12, tzinfo=dt.UTC),
            "body": body,
            "sha256": hashlib.sha256(body).digest(),
            "wire_length": len(body),
            "coding": "identity",
        }
        return Response(**(values | more))

    return make


@pytest.fixture
def names(database: Database) -> Names:
    """The dictionaries of a fresh database."""
    return Names(database)


@pytest.fixture
def leases(database: Database) -> Iterator[Leases]:
    """The leases of this process."""
    with Leases(database) as held:
        yield held
