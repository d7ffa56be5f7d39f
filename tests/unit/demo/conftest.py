"""All systems on free ports with few people and a clock that a test sets."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from engine.demo.server import DemoSystems
from tests.unit.demo.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def systems(clock: Clock) -> Iterator[DemoSystems]:
    with DemoSystems(count=90, clock=clock, throttle_every=0) as running:
        yield running


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as each:
        yield each
