"""Where the client sends requests, and what it makes of what is no answer."""

from __future__ import annotations

import httpcore
import pytest

from engine.errors import (
    FetchError,
    PermanentFetchError,
    SettingsError,
    TransientFetchError,
)
from engine.fetch.egress import Egress
from engine.fetch.exchange import Prepared
from tests.unit.fetch.serving import Server, by_status, client_of, said


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
