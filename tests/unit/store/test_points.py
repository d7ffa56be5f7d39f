"""A named point does something only where the environment names it."""

from __future__ import annotations

import signal
from collections import Counter

import pytest

from engine.store import points


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    sent: list[int] = []
    monkeypatch.setattr(signal, "pthread_kill", lambda thread, number: sent.append(number))
    monkeypatch.setattr(points, "_passed", Counter())
    return sent


def test_without_a_word_from_the_environment_nothing_happens(signals: list[int]) -> None:
    points.reach("raw.copy")
    assert signals == []


def test_a_point_acts_once_at_the_passing_that_is_named(
    signals: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(points, "_ARMED", points._armed("raw.copy:2=kill,rows.copy=stop"))
    for _ in range(3):
        points.reach("raw.copy")
    assert signals == [signal.SIGKILL]
    points.reach("rows.copy")
    points.reach("rows.folded")
    assert signals == [signal.SIGKILL, signal.SIGSTOP]
