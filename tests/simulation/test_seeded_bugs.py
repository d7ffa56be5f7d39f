"""The histories would see a bug."""

from __future__ import annotations

import pytest

from tests.simulation.histories import play
from tests.simulation.seeded_bugs import BUGS, first
from tests.simulation.world import World

pytestmark = pytest.mark.database

TRIES = 20
"""Histories in which a bug has to show."""


@pytest.mark.parametrize("name", BUGS)
def test_a_seeded_bug_is_caught(world: World, name: str) -> None:
    """With the bug in place its history breaks the promise that it should; without it, none."""
    bug = BUGS[name]
    seed = first(world, bug, bug.seed, TRIES)
    assert seed is not None, f"not caught in {TRIES} histories from seed {bug.seed}"
    print(f"{name}: caught by seed {seed}")
    play(world, seed)
