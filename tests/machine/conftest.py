"""One database for all histories of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.machine.__main__ import opened
from tests.machine.world import World


@pytest.fixture(scope="session")
def world(server_url: str, template: str) -> Iterator[World]:
    """The engine's side."""
    with opened(server_url, template) as made:
        yield made
