"""Workers share breakers and rate limits, and ask the database once for many requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from engine.errors import StoreUnavailable
from engine.records.admission import GateRules
from engine.store import gate, gate_sql
from engine.store.database import Connection, Database
from engine.store.gate import SharedGate

pytestmark = pytest.mark.database

OPENS = GateRules(failures=0.5, minimum=4, window=60, open_for=0.4)


@pytest.fixture
def one(database: Database) -> Iterator[SharedGate]:
    opened = SharedGate(database, "one")
    yield opened
    opened.close()


@pytest.fixture
def two(database: Database) -> Iterator[SharedGate]:
    opened = SharedGate(database, "two")
    yield opened
    opened.close()


def _send(through: SharedGate, rules: GateRules, *, failed: bool | None = False) -> None:
    until = time.monotonic() + 20
    while (admission := through.enter("api", rules)).wait:
        assert time.monotonic() < until
        time.sleep(admission.wait)
    through.leave("api", rules, admission, failed=failed)


def test_two_workers_together_stay_within_a_limit_in_any_span(one: SharedGate, two: SharedGate) -> None:
    rules = GateRules(limits=((10, 0.5), (25, 2.0)))
    seen: list[float] = []
    end = time.monotonic() + 3

    def work(through: SharedGate, at: float) -> None:
        while time.monotonic() < end:
            admission = through.enter("api", rules)
            if admission.wait:
                time.sleep(min(admission.wait, max(0.0, end - time.monotonic())))
                continue
            time.sleep(0.01 * at)
            seen.append(time.monotonic())  # as the server counts: some time in between
            time.sleep(0.01 * (1 - at))
            through.leave("api", rules, admission, failed=False)

    threads = [
        threading.Thread(target=work, args=(through, at)) for through in (one, two) for at in (0, 0.5, 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen.sort()
    for requests, per in rules.limits:
        for index, first in enumerate(seen):
            assert sum(each - first < per for each in seen[index:]) <= requests
    assert len(seen) >= 25, "nobody starves"


def test_one_exchange_serves_many_requests(one: SharedGate, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    exchange = gate_sql.exchange

    def counted(connection: Connection, name: str, *args: Any, **more: Any) -> gate_sql.State:
        asked.append(name)
        return exchange(connection, name, *args, **more)

    monkeypatch.setattr(gate, "exchange", counted)
    for rules in (GateRules(limits=((1000, 1.0),)), GateRules()):
        asked.clear()
        began = time.monotonic()
        for _ in range(300):
            _send(one, rules)
        assert len(asked) <= 6 + 3 * (time.monotonic() - began)


def test_failures_that_one_worker_sees_stop_the_other(one: SharedGate, two: SharedGate) -> None:
    _send(two, OPENS)
    _open(one)
    until = time.monotonic() + 5
    while not two.enter("api", OPENS).open:
        assert time.monotonic() < until
        time.sleep(0.02)


def _open(through: SharedGate) -> None:
    for _ in range(20):
        admission = through.enter("api", OPENS)
        if admission.open:
            return
        through.leave("api", OPENS, admission, failed=True)
        time.sleep(gate.FRESH / 10)
    raise AssertionError


def test_of_all_workers_one_sends_a_probe_and_its_success_is_everybodys(
    one: SharedGate, two: SharedGate
) -> None:
    _open(one)
    time.sleep(OPENS.open_for)
    probe = one.enter("api", OPENS)
    assert probe.probe
    assert not probe.wait
    late = two.enter("api", OPENS)
    assert late.open
    assert late.wait > 0
    one.leave("api", OPENS, probe, failed=False)
    for through in (one, two):
        admission = through.enter("api", OPENS)
        assert not admission.wait
        assert not admission.probe


def test_a_probe_that_never_answers_has_failed(one: SharedGate, two: SharedGate) -> None:
    _open(one)
    time.sleep(OPENS.open_for)
    assert one.enter("api", OPENS).probe
    assert two.enter("api", OPENS).wait > 0
    time.sleep(OPENS.open_for)
    assert two.enter("api", OPENS).probe


def test_a_probe_that_fails_keeps_everybody_out_for_as_long_again(one: SharedGate, two: SharedGate) -> None:
    _open(one)
    time.sleep(OPENS.open_for)
    one.leave("api", OPENS, one.enter("api", OPENS), failed=True)
    late = two.enter("api", OPENS)
    assert late.open
    assert late.wait > OPENS.open_for / 2


def test_when_the_source_says_wait_everybody_waits(one: SharedGate, two: SharedGate) -> None:
    rules = GateRules()
    one.pause("api", rules, 30)
    for through in (one, two):
        admission = through.enter("api", rules)
        assert 25 < admission.wait <= 30
        assert not admission.open
    assert not two.enter("other", rules).wait


def test_slots_of_a_worker_that_died_come_back(
    database: Database, two: SharedGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_sql, "GRACE", 0.2)
    rules = GateRules(limits=((3, 0.3),))
    dead = SharedGate(database, "dead")
    for _ in range(3):
        assert not dead.enter("api", rules).wait
    assert two.enter("api", rules).wait > 0
    _send(two, rules)
    dead._idle.pop().close()


def test_a_database_that_goes_away_is_said_and_the_gate_goes_on_after(
    database: Database, one: SharedGate
) -> None:
    rules = GateRules(limits=((100, 1.0),))
    _send(one, rules)
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'syncline gate' "
            "AND datname = current_database()"
        )
    with pytest.raises(StoreUnavailable):
        one.pause("api", rules, 0.01)
    _send(one, rules)
