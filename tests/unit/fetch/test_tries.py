"""When the client asks again, when it waits, and when it stops."""

from __future__ import annotations

import threading
import time

import pytest

from engine.errors import (
    CircuitOpenError,
    TransientFetchError,
)
from engine.fetch.exchange import Judgement
from engine.fetch.tries import Surroundings
from tests.unit.fetch.serving import Naps, Seen, Server, client_of, said


def napping(naps: Naps) -> Surroundings:
    return Surroundings(sleep=naps.sleep, clock=naps.clock, chance=lambda: 1.0)


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("7", 7, 7),
        ("0", 1, 1),
        ("-1", 1, 1),
        ("garbage", 1, 1),
        ("Mon, 02 Nov 2026 10:00:30 GMT", 30, 30),
        ("Mon, 02 Nov 2020 10:00:30 GMT", 1, 1),
        ("1.5", 1.5, 1.5),
    ],
)
def test_retry_after_wins_over_the_backoff(server: Server, header: str, least: float, most: float) -> None:
    """In every form; one that says nothing leaves the backoff, which here is a second."""
    replies = iter([said(status=429, Retry_After=header, Date="Mon, 02 Nov 2026 10:00:00 GMT"), said()])
    server.reply = lambda _: next(replies)
    naps = Naps(taken=[])
    assert client_of(server.url, world=napping(naps)).ask().answer.status == 200
    assert least <= sum(naps.taken) <= most


@pytest.mark.parametrize("header", ["1000000000", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_who_is_told_to_come_back_much_later_does_not_wait(server: Server, header: str) -> None:
    server.reply = lambda _: said(status=503, Retry_After=header)
    naps = Naps(taken=[])
    judged = client_of(server.url, world=napping(naps)).ask()
    assert (judged.judgement.then, judged.judgement.after) == ("retry", 86_400)
    assert naps.taken == []
    assert len(server.seen) == 1


def test_nobody_asks_before_the_source_said(server: Server) -> None:
    """Retry-After holds for every request to the origin, not only for the one that was refused."""
    server.reply = lambda _: said(status=429, Retry_After="500")
    naps = Naps(taken=[])
    asking = client_of(server.url, world=napping(naps))
    asking.ask()
    with pytest.raises(TransientFetchError) as caught:
        asking.ask()
    assert caught.value.code == "rate-limited"
    assert caught.value.after == pytest.approx(500)
    assert len(server.seen) == 1


def test_retries_stay_within_their_budget(server: Server) -> None:
    """A source that is down gets a tenth more than a fifth on top, not five times its load."""
    server.reply = lambda _: said(status=500)
    asking = client_of(server.url, more="breaker: {minimum: 100000}")
    for _ in range(100):
        asking.ask()
    assert len(server.seen) <= 100 + 20 + 10


def test_breaker_opens_and_one_probe_goes_through(server: Server) -> None:
    server.reply = lambda _: said(status=500)
    naps = Naps(taken=[])
    asking = client_of(
        server.url, more="retry: {attempts: 1}\nbreaker: {minimum: 4, open_for: 30s}", world=napping(naps)
    )
    for _ in range(4):
        asking.ask()
    with pytest.raises(CircuitOpenError) as caught:
        asking.ask()
    assert caught.value.after == 30
    assert len(server.seen) == 4
    naps.time += 31
    server.reply = lambda _: said()
    assert asking.ask().answer.status == 200
    assert asking.ask().answer.status == 200


def test_no_more_requests_are_in_flight_than_allowed(server: Server) -> None:
    flying, most, lock = [0], [0], threading.Lock()

    def reply(_: Seen) -> bytes:
        with lock:
            flying[0] += 1
            most[0] = max(most[0], flying[0])
        time.sleep(0.02)
        with lock:
            flying[0] -= 1
        return said()

    server.reply = reply
    asking = client_of(server.url, more="concurrency: 2")
    threads = [threading.Thread(target=asking.ask) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert most[0] == 2
    assert len(server.seen) == 8


def test_reauthentication_means_nothing_without_a_token(server: Server) -> None:
    server.reply = lambda _: said(status=401)
    judged = client_of(server.url).ask()
    assert judged.judgement == Judgement(then="reauthenticate")
    assert len(server.seen) == 1
