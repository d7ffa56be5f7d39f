"""One CAP server for all tests of a file: it takes seconds to start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.third_party.cap_server import CapServer


@pytest.fixture(scope="module")
def cap() -> Iterator[CapServer]:
    """The real CAP server with all its rows, as a file's tests leave it to one another."""
    with CapServer() as running:
        yield running
