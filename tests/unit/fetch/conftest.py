"""A server that a test scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.fetch.serving import Server, serving


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of this test's own, on a real socket."""
    with serving() as running:
        yield running
