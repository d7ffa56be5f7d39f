"""One world for all simulated tests of a process."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from engine.store.database import Database
from tests.simulation.__main__ import hasty
from tests.simulation.world import World

_NAME = "syncline_simulation"


@pytest.fixture(scope="session")
def world(server_url: str, worker_id: str) -> Iterator[World]:
    """A project, its database and a system under a clock of its own."""
    name = f"{_NAME}_{worker_id}"
    parts = urlsplit(server_url)
    url = urlunsplit((parts.scheme, parts.netloc or "@", f"/{name}", parts.query, ""))
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
    Database.open(url).close()
    with World(hasty(url)) as opened:
        yield opened
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """Of this process, where several run tests side by side."""
    given = getattr(request.config, "workerinput", {})
    return str(given.get("workerid", "alone"))
