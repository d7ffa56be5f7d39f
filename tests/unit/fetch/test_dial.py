"""What is said while a connection is opened."""

from __future__ import annotations

import ssl
from typing import Any

import httpcore
import pytest

from engine.errors import PermanentFetchError, TransientFetchError
from engine.fetch.egress import Egress
from tests.unit.fetch.serving import client_of

URL = "https://api.example.test"


class Handshake(httpcore.NetworkStream):
    """A connection on which the TLS handshake fails as it is told to."""

    def __init__(self, failure: Exception, names: list[str | None]) -> None:
        self._failure = failure
        self._names = names

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        assert ssl_context.verify_mode == ssl.CERT_REQUIRED
        assert ssl_context.check_hostname
        assert timeout is not None
        self._names.append(server_hostname)
        raise self._failure

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("failure", "error", "code"),
    [
        (httpcore.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]"), PermanentFetchError, "tls"),
        (httpcore.ConnectError("[SSL: WRONG_VERSION_NUMBER]"), TransientFetchError, "connect-failed"),
        (httpcore.ConnectTimeout("slow"), TransientFetchError, "timeout"),
    ],
)
def test_tls_asks_for_the_name_of_the_url_at_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch, failure: Exception, error: type[Exception], code: str
) -> None:
    """And trusts nobody who cannot prove that name."""
    dialled: list[tuple[str, int]] = []
    names: list[str | None] = []

    def connect(_: object, host: str, port: int, *more: Any) -> httpcore.NetworkStream:
        dialled.append((host, port))
        return Handshake(failure, names)

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    egress = Egress(declared=[URL], resolve=lambda *_: ["93.184.216.34"])
    with pytest.raises(error) as caught:
        client_of(URL, egress=egress, more="retry: {attempts: 1}").ask()
    assert caught.value.code == code  # type: ignore[attr-defined] # both kinds of FetchError have one
    assert dialled == [("93.184.216.34", 443)]
    assert names == ["api.example.test"]


def test_the_next_address_is_dialled_where_one_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    dialled: list[str] = []

    def connect(_: object, host: str, *more: Any) -> httpcore.NetworkStream:
        dialled.append(host)
        raise httpcore.ConnectError("refused")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    egress = Egress(declared=[URL], resolve=lambda *_: ["2606:2800:220:1::1", "93.184.216.34"])
    with pytest.raises(TransientFetchError):
        client_of(URL, egress=egress, more="retry: {attempts: 1}").ask()
    assert dialled == ["2606:2800:220:1::1", "93.184.216.34"]
