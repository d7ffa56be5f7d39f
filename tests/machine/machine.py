"""One lane as Hypothesis tells it: it tries to break it, and shortens what it breaks."""

from __future__ import annotations

from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.machine.contract import STREAMS, contract_of
from tests.machine.hearing import PATCHES
from tests.machine.histories import Play
from tests.machine.steps import EMAILS, PINS, SAID, Lives, Step
from tests.machine.world import World

LANE = 7
PICKS = st.tuples(*[st.integers(0, 20)] * 3)
RECORD = st.fixed_dictionaries(
    {"id": st.sampled_from([f"{LANE}:{key}" for key in "abcd"]), "site": st.just(f"{LANE}s")},
    optional={
        **{name: st.sampled_from(list(some)) for name, some in SAID.items()},
        "email": st.sampled_from([None, *(f"{name}@{LANE}" for name in EMAILS)]),
        "mentor": st.sampled_from([None, *(f"{name}@{LANE}" for name in EMAILS)]),
        "link": st.sampled_from([None, *(f"{LANE}:{key}" for key in "ab")]),
        "boss": st.sampled_from([None, *(f"{LANE}:{key}" for key in "abcd")]),
        "state": st.sampled_from(["active", "active", "draft"]),
        "gone": st.sampled_from([False, False, True]),
    },
)
PAGES = st.lists(st.lists(RECORD, min_size=1, max_size=3).map(tuple), min_size=1, max_size=2).map(tuple)


class Machine(RuleBasedStateMachine):
    """Records, enumerations, what people decide and pin, rebuilds; everything is looked at after each."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.lives, self.number = Lives(), 0
        self.play: Play | None = None

    @precondition(lambda self: self.play is None)
    @rule(seed=st.integers(0, 99))
    def begin(self, seed: int) -> None:
        """Under some policy."""
        self.play = Play(self.world, contract_of(seed), [LANE])

    def _happen(self, step: Step) -> None:
        if self.play is not None and self.lives.take(self.number + 1, step):
            self.number += 1
            self.play.step(self.number, {LANE: step})

    @rule(stream=st.sampled_from(STREAMS), pages=PAGES, complete=st.sampled_from([False, False, True]))
    def hear(self, stream: str, pages: Any, complete: bool) -> None:  # noqa: FBT001 # as Hypothesis calls it
        """Responses of a stream, perhaps of a run that reads all of it."""
        if stream not in {"hr.employees", PATCHES}:
            pages = tuple(tuple({**each, "gone": False} for each in page) for page in pages)
        self._happen(Step("enumerate" if complete else "hear", stream=stream, pages=pages))

    @rule(what=st.sampled_from(["merge", "split", "part", "keep_apart"]), picks=PICKS, flag=st.booleans())
    def decide(self, what: str, picks: tuple[int, ...], flag: bool) -> None:  # noqa: FBT001
        """Somebody decides who is who."""
        self._happen(Step(what, picks=picks, flag=flag))

    @rule(name=st.sampled_from(list(PINS)), picks=PICKS, flag=st.booleans(), n=st.integers(0, 1))
    def pin(self, name: str, picks: tuple[int, ...], flag: bool, n: int) -> None:  # noqa: FBT001
        """Somebody holds a field to a value."""
        self._happen(Step("pin", picks=picks, name=name, value=PINS[name][n % len(PINS[name])], flag=flag))

    @rule(what=st.sampled_from(["lift", "lapse"]), name=st.sampled_from(list(PINS)), picks=PICKS)
    def unpin(self, what: str, name: str, picks: tuple[int, ...]) -> None:
        """Or lets go of it, or its time is over."""
        self._happen(Step(what, picks=picks, name=name))

    @precondition(lambda self: self.number > 0)
    @rule(seed=st.integers(0, 99))
    def rebuild(self, seed: int) -> None:
        """Everything anew, in another order."""
        if self.play is not None:
            self.play.rebuild(seed)
