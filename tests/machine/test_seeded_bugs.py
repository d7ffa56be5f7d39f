"""The histories would see a bug."""

from __future__ import annotations

import pytest

from tests.machine.seeded_bugs import caught
from tests.machine.world import World

pytestmark = pytest.mark.database

QUICK = (
    "ties by version backwards",
    "guards forgotten",
    "patches by request",
    "tombstones within a batch",
    "links forgotten",
    "values stay held",
)
"""Bugs in the fold, identity, patches and deletes that the first policy shows; the rest take longer."""


@pytest.mark.parametrize("name", QUICK)
def test_a_seeded_bug_is_caught(world: World, name: str) -> None:
    """With the bug in place the first histories break; without it, none (see ``test_histories``)."""
    assert caught(world, name, 0)
