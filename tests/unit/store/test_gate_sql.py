"""What a report makes of a breaker."""

from __future__ import annotations

from engine.records.admission import GateRules
from engine.store.gate_sql import Breaker, Report, judge

RULES = GateRules(failures=0.5, minimum=4, window=60, open_for=30)
CLOSED = Breaker(started=100)


def test_too_few_failures_leave_it_closed() -> None:
    assert judge(CLOSED, Report(told=3, failed=3), RULES, 110) == Breaker(started=100, told=3, failed=3)


def test_too_large_a_share_of_enough_requests_opens_it() -> None:
    once = judge(CLOSED, Report(told=2, failed=1), RULES, 110)
    assert once.open_until is None
    assert judge(once, Report(told=2, failed=1), RULES, 120).open_until == 150


def test_what_lies_before_the_window_no_longer_counts() -> None:
    old = Breaker(started=100, told=3, failed=3)
    assert judge(old, Report(told=1, failed=1), RULES, 161) == Breaker(started=161, told=1, failed=1)


def test_late_news_of_former_requests_changes_nothing_while_it_is_open() -> None:
    is_open = Breaker(started=100, open_until=150)
    assert judge(is_open, Report(told=9), RULES, 120) == is_open


def test_a_probe_decides() -> None:
    half = Breaker(started=100, open_until=150, probe_until=180, paused_until=170)
    assert judge(half, Report(probe="well"), RULES, 160) == Breaker(started=160, paused_until=170)
    failed = judge(half, Report(probe="failed"), RULES, 160)
    assert (failed.open_until, failed.probe_until) == (190, None)
    freed = judge(half, Report(probe="freed"), RULES, 160)
    assert (freed.open_until, freed.probe_until) == (150, None)


def test_a_longer_pause_is_not_cut_short() -> None:
    paused = judge(CLOSED, Report(pause=60), RULES, 100)
    assert paused.paused_until == 160
    assert judge(paused, Report(pause=1), RULES, 110).paused_until == 160
