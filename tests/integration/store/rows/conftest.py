"""A loader on a fresh database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.store.database import Database
from tests.integration.store.rows.building import Loader


@pytest.fixture
def loader(database: Database) -> Iterator[Loader]:
    """Loads what tests say."""
    connection = database.dial()
    try:
        yield Loader(connection=connection)
    finally:
        connection.close()
