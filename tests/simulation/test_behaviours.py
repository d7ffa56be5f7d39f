"""What sources do, and what is expected of us: each with its defence, and without."""

from __future__ import annotations

import pytest

from tests.simulation.behaviours import Behaviour, Scene
from tests.simulation.behaviours.paging import PAGING
from tests.simulation.behaviours.watermarks import WATERMARKS
from tests.simulation.world import World

pytestmark = [pytest.mark.database, pytest.mark.xdist_group("simulation")]

BEHAVIOURS = (*WATERMARKS, *PAGING)

each = pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.name)


@each
def test_behaviour(world: World, behaviour: Behaviour) -> None:
    """What a source does costs nothing and doubles nothing."""
    behaviour.happens(Scene(world))


@each
def test_without_its_defence(world: World, behaviour: Behaviour) -> None:
    """The same test fails when the defence is removed."""
    with behaviour.without(), pytest.raises(Exception):  # noqa: B017, PT011 # in whatever way it shows
        behaviour.happens(Scene(world))
