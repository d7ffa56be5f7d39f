"""Behaviour 42: a worker dies at each of the points that a fault may land on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest import mock

from engine.store.statements import Statements
from tests.simulation.behaviours import Behaviour, Scene
from tests.simulation.faults import CRASHES, changed
from tests.simulation.seeded_bugs import watermark_first


def crash_at(point: str) -> Callable[[Scene], None]:
    """What a crash at this point leaves is enough for the next run, and nothing is there twice."""

    def crash(scene: Scene) -> None:
        people = scene.left()
        scene.put(people, "a", "b", "c")
        scene.done()
        scene.put(people, "b", name="changed")
        scene.put(people, "d", "e", "f")
        scene.put(people, "g", age="many")
        scene.sync(crash=(point, 1))
        scene.holds()
        scene.done()
        scene.holds(clean=True)

    crash.__name__ = f"crash_at_{point.replace('.', '_')}"
    return crash


@contextmanager
def nothing_pending() -> Iterator[None]:
    """Nobody writes down what is still to be loaded."""
    with changed("_PENDING", "SELECT %(mappings)s::int4[], %(run)s, %(stream)s"):
        yield


@contextmanager
def never_done() -> Iterator[None]:
    """What was loaded stays to be loaded."""
    fill = Statements.fill

    def idle(texts: Statements, name: str, *more: Any, **parts: Any) -> str:
        return "SELECT" if name == "done" else fill(texts, name, *more, **parts)

    with mock.patch.object(Statements, "fill", idle):
        yield


def _defence(point: str) -> Callable[[], AbstractContextManager[Any]]:
    if point in {"rows.commit.sent", "rows.commit.after"}:
        return never_done
    before = point.startswith("raw.") and point not in {"raw.commit.sent", "raw.commit.after"}
    return watermark_first if before else nothing_pending


CRASHED = tuple(
    Behaviour(42, crash_at(point), _defence(point)) for point in CRASHES if not point.startswith("fetch")
)
"""Those in front of which a defence stands."""
HARMLESS = tuple(crash_at(point) for point in CRASHES if point.startswith("fetch"))
"""Nothing is durable yet: the next run asks again."""
