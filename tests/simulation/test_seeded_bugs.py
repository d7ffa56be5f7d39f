"""The histories would see a bug."""

from __future__ import annotations

import pytest

from tests.simulation.histories import play
from tests.simulation.seeded_bugs import BUGS, caught
from tests.simulation.world import World

pytestmark = [pytest.mark.database, pytest.mark.xdist_group("simulation")]


@pytest.mark.parametrize("name", BUGS)
def test_a_seeded_bug_is_caught(world: World, name: str) -> None:
    """With the bug in place its history breaks the promise that it should; without it, none."""
    bug = BUGS[name]
    play(world, bug.seed)
    broken = caught(world, bug, bug.seed)
    assert broken & bug.invariants, f"seed {bug.seed} broke {sorted(broken) or 'nothing'}"
