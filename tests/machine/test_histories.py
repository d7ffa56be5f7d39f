"""Whatever comes, and in whatever order: what stands then is what the brute force says."""

from __future__ import annotations

import os

import pytest

from tests.machine.histories import LANES, PLAYED, play_all
from tests.machine.world import World

pytestmark = [pytest.mark.database, pytest.mark.slow]

HISTORIES = int(os.environ.get("MACHINE_HISTORIES", str(PLAYED)))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("first", range(0, HISTORIES, LANES))
def test_histories(world: World, first: int) -> None:
    """Histories side by side, under a policy of their own; each is made anew in between and at its end."""
    play_all(world, first, min(LANES, HISTORIES - first))
