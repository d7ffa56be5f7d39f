"""Limits as the server counts them, and a breaker that lets one probe through."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.fetch.gate import MemoryGate, name_of
from engine.fetch.retry import Budget
from engine.records.admission import Admission, GateRules


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def worst(arrivals: list[float], per: float) -> int:
    """The most arrivals in any span of ``per`` seconds (its end excluded), counted naively."""
    return max(sum(start <= each < start + per for each in arrivals) for start in arrivals)


@settings(max_examples=60, deadline=None)
@given(
    limits=st.lists(st.tuples(st.integers(1, 6), st.sampled_from([1.0, 5.0, 10.0])), min_size=1, max_size=3),
    seed=st.integers(0, 10**6),
)
def test_no_span_ever_holds_more_requests_than_allowed(limits: list[tuple[int, float]], seed: int) -> None:
    """As the server counts them: a request may arrive at any moment between its start and its end."""
    chance = random.Random(seed)
    clock = Clock()
    gate = MemoryGate(clock=clock)
    rules = GateRules(limits=tuple(limits))
    arrivals: list[float] = []
    flying: list[tuple[float, Admission]] = []
    sent = 0
    while sent < 40:
        for end, admission in sorted(flying, key=lambda each: each[0]):
            if end <= clock.time:
                gate.leave("api", rules, admission, failed=False)
                flying.remove((end, admission))
        admission = gate.enter("api", rules)
        if admission.wait > 0:
            ends = [end for end, _ in flying]
            clock.time = min([clock.time + admission.wait, *ends])
            continue
        sent += 1
        lasts = chance.choice([0.0, 0.1, 2.0])
        arrivals.append(clock.time + chance.random() * lasts)
        flying.append((clock.time + lasts, admission))
        if len(flying) > 3:
            clock.time = min(end for end, _ in flying)
    for requests, per in limits:
        assert worst(arrivals, per) <= requests


def test_a_limit_is_used_up() -> None:
    """Requests that take no time go out as fast as they may."""
    clock = Clock()
    gate = MemoryGate(clock=clock)
    rules = GateRules(limits=((5, 1.0),))
    for _ in range(50):
        while (admission := gate.enter("api", rules)).wait > 0:
            clock.time += admission.wait
        gate.leave("api", rules, admission, failed=False)
    assert clock.time <= 9.0001


def test_origins_do_not_share_limits() -> None:
    gate = MemoryGate(clock=Clock())
    rules = GateRules(limits=((1, 60.0),))
    assert gate.enter("one", rules).wait == 0
    assert gate.enter("one", rules).wait > 0
    assert gate.enter("other", rules).wait == 0


def send(gate: MemoryGate, rules: GateRules, *, failed: bool | None) -> Admission:
    admission = gate.enter("api", rules)
    if admission.wait == 0:
        gate.leave("api", rules, admission, failed=failed)
    return admission


RULES = GateRules(failures=0.5, minimum=4, window=60.0, open_for=30.0)


def test_breaker_wants_a_minimum_and_a_share() -> None:
    gate = MemoryGate(clock=Clock())
    for failed in (True, True, True):
        assert not send(gate, RULES, failed=failed).open
    gate = MemoryGate(clock=Clock())
    for failed in (False, True, False, False, True, False, False, True):
        assert not send(gate, RULES, failed=failed).open
    assert not send(gate, RULES, failed=True).open
    assert not send(gate, RULES, failed=True).open
    assert send(gate, RULES, failed=True).open


def test_old_failures_are_forgotten() -> None:
    clock = Clock()
    gate = MemoryGate(clock=clock)
    for _ in range(3):
        send(gate, RULES, failed=True)
    clock.time = 61
    assert not send(gate, RULES, failed=True).open
    assert not send(gate, RULES, failed=True).open


def test_one_probe_at_a_time() -> None:
    """What it meets decides; nobody else is let through meanwhile."""
    clock = Clock()
    gate = MemoryGate(clock=clock)
    for _ in range(4):
        send(gate, RULES, failed=True)
    assert send(gate, RULES, failed=True) == Admission(wait=30.0, open=True)
    clock.time = 30
    probe = gate.enter("api", RULES)
    assert probe == Admission(probe=True)
    assert gate.enter("api", RULES).open
    gate.leave("api", RULES, probe, failed=True)
    assert gate.enter("api", RULES) == Admission(wait=30.0, open=True)
    clock.time = 60
    probe = gate.enter("api", RULES)
    gate.leave("api", RULES, probe, failed=False)
    assert [gate.enter("api", RULES).wait for _ in range(3)] == [0, 0, 0]


def test_a_probe_that_never_answers_has_failed() -> None:
    clock = Clock()
    gate = MemoryGate(clock=clock)
    for _ in range(4):
        send(gate, RULES, failed=True)
    clock.time = 30
    assert gate.enter("api", RULES).probe
    clock.time = 59
    assert gate.enter("api", RULES).open
    clock.time = 60
    assert gate.enter("api", RULES).probe


def test_a_pause_holds_for_everybody() -> None:
    clock = Clock()
    gate = MemoryGate(clock=clock)
    rules = GateRules()
    gate.pause("api", rules, 10)
    gate.pause("api", rules, 3)
    assert gate.enter("api", rules).wait == 10
    clock.time = 10
    assert gate.enter("api", rules).wait == 0


def test_budget_is_a_fifth_beyond_a_few() -> None:
    budget = Budget()
    assert sum(budget.spend() for _ in range(100)) == 10
    for _ in range(50):
        budget.earn()
    assert sum(budget.spend() for _ in range(100)) in {9, 10}


def test_the_name_of_a_gate_tells_credentials_apart_and_nothing_more() -> None:
    one, other = name_of("https://a.example", ["hush"]), name_of("https://a.example", ["hush!"])
    assert one != other
    assert one == name_of("https://a.example", ["hush"])
    assert one != name_of("https://b.example", ["hush"])
    assert "hush" not in one
