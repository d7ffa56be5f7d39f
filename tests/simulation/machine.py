"""The same stories as Hypothesis tells them: it tries to break them, and shortens what it breaks."""

from __future__ import annotations

from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.simulation.faults import CRASHES, THEFTS
from tests.simulation.histories import DISTURBANCES, PLAIN, SIDES, Story
from tests.simulation.world import World

KEYS = st.sampled_from([f"k{n}" for n in range(1, 5)])
SIDE = st.sampled_from(SIDES)
SAID = st.fixed_dictionaries(
    {
        "number": st.sampled_from([None, "n1", "N1 ", "n2", "n3"]),
        "email": st.sampled_from([None, "a@x", "A@X", "b@x"]),
        "name": st.sampled_from(["Ada", "Bob", None]),
        "mood": st.sampled_from([None, "glad", "sad"]),
        "age": st.sampled_from([None, 1, 2, "many"]),
        "status": st.sampled_from(["active", "active", "draft"]),
    }
)


class Machine(RuleBasedStateMachine):
    """Insert, update, delete, late commit, sync, crash, stolen stream, rebuild."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.story = Story(self.world, "of hypothesis")
        self.runs = 0

    @rule(side=SIDE, key=KEYS, said=SAID, tick=st.sampled_from([0, 1]))
    def insert_or_update(self, side: str, key: str, said: dict[str, Any], tick: float) -> None:
        """A new version, perhaps at the same instant as the last."""
        self.story.commit(side, key, said)
        if tick:
            self.story.tick(tick)

    @rule(key=KEYS, n=st.integers(0, 5), said=SAID)
    def waver(self, key: str, n: int, said: dict[str, Any]) -> None:
        """There, and in the middle of the next run back again."""
        self.story.waver(PLAIN, key, n, said)

    @rule(side=SIDE, key=KEYS)
    def delete(self, side: str, key: str) -> None:
        """By a marker on the left, without a trace elsewhere."""
        self.story.delete(side, key)

    @rule(side=SIDE, key=KEYS, said=SAID, late=st.sampled_from([0.5, 5, 600]))
    def commit_late(self, side: str, key: str, said: dict[str, Any], late: float) -> None:
        """A version that says a time long past."""
        self.story.commit(side, key, said, late=late)

    @rule(side=SIDE, n=st.integers(0, 3), what=st.sampled_from(DISTURBANCES), key=KEYS, said=SAID)
    def disturb(self, side: str, n: int, what: str, key: str, said: dict[str, Any]) -> None:
        """Something in the middle of the next run."""
        self.story.disturb(side, n, what, key, said)

    @precondition(lambda self: self.runs < 4)
    @rule(sides=st.sampled_from([(), *((side,) for side in SIDES)]), full=st.booleans())
    def sync(self, sides: tuple[str, ...], full: bool) -> None:  # noqa: FBT001 # as Hypothesis calls it
        """A run."""
        self.runs += 1
        self.story.sync(*sides, full=full)

    @precondition(lambda self: self.runs < 4)
    @rule(side=SIDE, point=st.sampled_from(CRASHES), nth=st.integers(1, 3))
    def crash(self, side: str, point: str, nth: int) -> None:
        """A run that dies at a point."""
        self.runs += 1
        self.story.sync(side, crash=(point, nth))

    @precondition(lambda self: self.runs < 4)
    @rule(side=SIDE, point=st.sampled_from(THEFTS), nth=st.integers(1, 2))
    def steal(self, side: str, point: str, nth: int) -> None:
        """A run whose stream is taken from it."""
        self.runs += 1
        self.story.sync(side, steal=(point, nth))

    @precondition(lambda self: 0 < self.runs < 4)
    @rule(seed=st.integers(0, 99), lot=st.integers(1, 4))
    def rebuild(self, seed: int, lot: int) -> None:
        """Everything again, from raw, in another order."""
        self.runs += 1
        self.story.rebuild(seed, lot)

    def teardown(self) -> None:
        """At the end nothing may be missing."""
        self.story.finish()
