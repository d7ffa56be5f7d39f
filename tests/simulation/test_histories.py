"""Whatever happens to two systems and to the workers that sync them: nothing is lost, doubled or stale."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.simulation.histories import play
from tests.simulation.machine import Machine
from tests.simulation.world import World

pytestmark = [pytest.mark.database, pytest.mark.slow]

HISTORIES = int(os.environ.get("HISTORIES", "250"))
TOGETHER = 25
"""Histories of one test: few, so that the processes that run tests share them evenly."""
STORIES = 50
"""That Hypothesis tells."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("first", range(1, HISTORIES + 1, TOGETHER))
def test_histories(world: World, first: int) -> None:
    """Random histories, by their seeds, break no promise."""
    for seed in range(first, min(first + TOGETHER, HISTORIES + 1)):
        play(world, seed)


@pytest.mark.timeout(900)
def test_stories_of_hypothesis(world: World) -> None:
    """Nor do those that Hypothesis makes up, the same ones each time."""
    Machine.world = world
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=STORIES,
            stateful_step_count=8,
            deadline=None,
            derandomize=True,
            database=None,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
