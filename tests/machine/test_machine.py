"""Nor does anything break of what Hypothesis makes up, the same stories each time."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.machine import Machine
from tests.machine.world import World

pytestmark = [pytest.mark.database, pytest.mark.slow]

STORIES = 12


@pytest.mark.timeout(900)
def test_stories_of_hypothesis(world: World) -> None:
    """Every table is what the brute force says, after each step and made anew."""
    Machine.world = world
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=STORIES,
            stateful_step_count=10,
            deadline=None,
            derandomize=True,
            database=None,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
