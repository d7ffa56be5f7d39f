"""What sources do, and what is expected of us: each with its defence, and without."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.errors import SynclineError
from tests.simulation.behaviours import Behaviour, Scene
from tests.simulation.behaviours.bodies import BODIES
from tests.simulation.behaviours.crashes import CRASHED, HARMLESS
from tests.simulation.behaviours.paging import PAGING
from tests.simulation.behaviours.versions import VERSIONS
from tests.simulation.behaviours.watermarks import WATERMARKS
from tests.simulation.world import World

pytestmark = pytest.mark.database

BEHAVIOURS = (*WATERMARKS, *PAGING, *VERSIONS, *BODIES, *CRASHED)

each = pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.name)


@each
def test_behaviour(world: World, behaviour: Behaviour) -> None:
    """What a source does costs nothing and doubles nothing."""
    behaviour.happens(Scene(world))


@each
def test_without_its_defence(world: World, behaviour: Behaviour) -> None:
    """The same test fails when the defence is removed."""
    with behaviour.without(), pytest.raises((AssertionError, SynclineError)):
        behaviour.happens(Scene(world))


@pytest.mark.parametrize("happens", HARMLESS, ids=lambda happens: happens.__name__)
def test_crash_before_anything_is_durable(world: World, happens: Callable[[Scene], None]) -> None:
    """The next run asks again."""
    happens(Scene(world))
