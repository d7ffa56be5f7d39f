"""What the client holds against servers that lie, break off, flood and dawdle."""

from __future__ import annotations

import datetime as dt
import gzip
import itertools
import threading
import time
import zlib
from collections.abc import Iterator

import httpcore
import pytest

from engine.errors import (
    CircuitOpenError,
    FetchError,
    PermanentFetchError,
    SettingsError,
    TransientFetchError,
)
from engine.fetch.egress import Egress
from engine.fetch.exchange import Judgement, Prepared
from engine.fetch.tries import Surroundings
from tests.unit.fetch.serving import Naps, Seen, Server, by_status, client_of, said


def napping(naps: Naps) -> Surroundings:
    return Surroundings(sleep=naps.sleep, clock=naps.clock, chance=lambda: 1.0)


def test_body_arrives_after_its_coding_with_its_length_on_the_wire(server: Server) -> None:
    wire = gzip.compress(b'{"items": []}', mtime=0)
    server.reply = lambda _: said(wire, Content_Encoding="gzip", Date="Mon, 02 Nov 2026 10:11:12 GMT")
    asking = client_of(server.url)
    answer = asking.ask().answer
    assert (answer.body, answer.wire_length, answer.coding) == (b'{"items": []}', len(wire), "gzip")
    assert answer.intact
    assert answer.altered == 0
    assert answer.date == dt.datetime(2026, 11, 2, 10, 11, 12, tzinfo=dt.UTC) == asking.client.first_date


@pytest.mark.parametrize(
    "wire",
    [
        zlib.compress(b"[1]"),
        zlib.compress(b"[1]")[2:-4],
        gzip.compress(b"[", mtime=0) + gzip.compress(b"1]", mtime=0),
    ],
    ids=["zlib", "bare deflate", "two gzip members"],
)
def test_deflate_with_and_without_its_header_and_gzip_in_several_members(server: Server, wire: bytes) -> None:
    server.reply = lambda _: said(wire, Content_Encoding="gzip" if wire[0] == 0x1F else "deflate")
    assert client_of(server.url).ask().answer.body == b"[1]"


def test_bomb_is_found_out_while_it_is_inflated(server: Server) -> None:
    """The wire bytes are kept, up to the cap, and nobody may read them."""
    wire = gzip.compress(bytes(50_000_000))
    server.reply = lambda _: said(wire, Content_Encoding="gzip")
    judged = client_of(server.url, more="max_response: 1MB").ask()
    answer = judged.answer
    assert (answer.fault, answer.intact, answer.altered) == ("response-too-large", False, 3)
    assert wire.startswith(answer.body)
    assert len(answer.body) <= 1_000_000
    assert (judged.judgement.then, judged.judgement.code) == ("fail", "response-too-large")
    assert len(server.seen) == 1


def test_endless_body_ends_at_the_cap(server: Server) -> None:
    def endless(_: Seen) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
        yield from itertools.repeat(b"x" * 65_536)

    server.reply = endless
    answer = client_of(server.url, more="max_response: 1MB").ask().answer
    assert answer.fault == "response-too-large"
    assert len(answer.body) == 1_000_000


@pytest.mark.parametrize(
    ("reply", "fault", "tries"),
    [
        (said(b'{"items": [', length=500), "response-truncated", 3),
        (said(gzip.compress(b"[1, 2, 3]", mtime=0)[:-9], Content_Encoding="gzip"), "response-truncated", 3),
        (said(b"[1]", Content_Encoding="gzip"), "coding-broken", 1),
        (said(b"[1]", Content_Encoding="br"), "coding-unknown", 1),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n", "response-truncated", 3),
    ],
)
def test_body_that_is_not_whole_is_never_taken_for_whole(
    server: Server, reply: bytes, fault: str, tries: int
) -> None:
    server.reply = lambda _: reply
    judged = client_of(server.url, more="retry: {attempts: 3}").ask()
    assert (judged.answer.fault, judged.answer.intact, len(server.seen)) == (fault, False, tries)
    assert judged.judgement.then in {"retry", "fail"}
    assert judged.answer.body


def test_a_cut_connection_is_tried_again(server: Server) -> None:
    replies = iter([said(b'{"it', length=99), b"", said(b'{"items": []}')])
    server.reply = lambda _: next(replies)
    judged = client_of(server.url).ask()
    assert (judged.attempts, judged.answer.body) == (3, b'{"items": []}')


def test_a_byte_a_time_does_not_outlast_the_deadline(server: Server) -> None:
    """In the headers as in the body: the deadline is for the whole exchange."""

    def slow(start: bytes) -> Iterator[bytes]:
        yield start
        for _ in range(100):
            time.sleep(0.02)
            yield b"x"

    for start in (b"HTTP/1.1 200 OK\r\nX-Long: ", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"):
        server.reply = lambda _, start=start: slow(start)  # type: ignore[misc] # bound early on purpose
        began = time.monotonic()
        with pytest.raises(TransientFetchError) as caught:
            client_of(server.url, more="timeout: 0.3s\nretry: {attempts: 1}").ask()
        assert caught.value.code == "timeout"
        assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300_000 + b"\r\n\r\n",
        b"not HTTP at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"\x00\x01\x02",
        b"",
    ],
)
def test_no_foreign_exception_escapes(server: Server, reply: bytes) -> None:
    """Whatever a server sends, what is raised is ours and names a code."""
    server.reply = lambda _: reply
    with pytest.raises(FetchError) as caught:
        client_of(server.url, more="retry: {attempts: 1}\nmax_response: 1MB").ask()
    assert caught.value.code in {"headers-too-large", "protocol", "connection-lost"}


def test_everything_that_httpcore_can_raise_is_translated(monkeypatch: pytest.MonkeyPatch) -> None:
    """One edge: each of its exception classes, and the system's, becomes a FetchError."""
    classes = [
        each
        for each in vars(httpcore).values()
        if isinstance(each, type) and issubclass(each, Exception) and each is not NotImplementedError
    ]
    assert len(classes) >= 14
    for foreign in [*classes, OSError, ValueError, UnicodeError]:
        asking = client_of("http://127.0.0.1:9", more="retry: {attempts: 1}")

        def fail(_: object, foreign: type[Exception] = foreign) -> None:
            raise foreign("boom")

        monkeypatch.setattr(asking.client._dialler._pool, "handle_request", fail)
        with pytest.raises(FetchError):
            asking.ask()


def test_nobody_listens() -> None:
    with pytest.raises(TransientFetchError) as caught:
        client_of("http://127.0.0.1:9", more="retry: {attempts: 2}").ask()
    assert caught.value.code == "connect-failed"


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


def test_redirects_are_answers(server: Server) -> None:
    """They are not followed, so nothing goes where they point."""
    server.reply = lambda _: said(status=302, Location="http://169.254.169.254/latest/meta-data")
    judged = client_of(server.url).ask()
    assert (judged.answer.status, judged.judgement.then, len(server.seen)) == (302, "fail", 1)


def test_requests_to_another_origin_are_not_sent(server: Server) -> None:
    asking = client_of(server.url)
    foreign = Prepared(method="GET", url=f"http://localhost:{server.port}/things")
    with pytest.raises(PermanentFetchError) as caught:
        asking.client.send(foreign, judge=by_status)
    assert caught.value.code == "foreign-origin"
    assert not server.seen


def test_the_host_header_keeps_the_name(server: Server) -> None:
    """The address that was checked is dialled; the server still hears the name of the URL."""
    url = f"http://api.example.test:{server.port}"
    looked_up: list[str] = []

    def resolve(host: str, _: int) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"]

    client_of(url, egress=Egress(listed=[url], resolve=resolve)).ask()
    assert server.seen[0].headers["host"] == f"api.example.test:{server.port}"
    assert looked_up == ["api.example.test"]


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


@pytest.mark.parametrize(
    "url", ["nonsense", "ftp://a.example", "https://a.example/x?y", "https://u:p@a.example"]
)
def test_a_base_url_that_is_none_is_found_before_anything_is_sent(url: str) -> None:
    egress = Egress(listed=["https://a.example"])
    with pytest.raises(SettingsError, match="base_url"):
        client_of(url, egress=egress)


def test_a_post_without_a_body_says_so(server: Server) -> None:
    """Some servers answer 411 where Content-Length is missing."""
    prepared = Prepared(
        method="POST", url=f"{server.url}/things", headers={"Content-Length": "7", "Host": "x"}
    )
    client_of(server.url).client.send(prepared, judge=by_status)
    assert server.seen[0].headers["content-length"] == "0"
    assert server.seen[0].headers["host"] == f"127.0.0.1:{server.port}"
