"""What the client takes from servers that lie, break off, flood and dawdle."""

from __future__ import annotations

import datetime as dt
import gzip
import itertools
import time
import zlib
from collections.abc import Iterator

import pytest

from engine.errors import (
    TransientFetchError,
)
from tests.unit.fetch.serving import Seen, Server, client_of, said


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
