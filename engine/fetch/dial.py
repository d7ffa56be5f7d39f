"""
How do bytes get to a host and back? Connections to checked addresses, under one deadline.

The only file that knows httpcore: its exceptions are translated here and nowhere else. A connection
is opened to an address that ``Egress`` checked, with the Host header and the TLS name of the URL.
Every wait (connect, handshake, send, each receive) is cut to what is left of the exchange's
deadline, so that a server that sends a byte a second cannot hold it for ever.
"""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpcore

from engine.errors import FetchError, PermanentFetchError, TransientFetchError
from engine.fetch.egress import Egress, Origin
from engine.fetch.exchange import Request

HEADER_CAP = 200
"""Header fields of one answer; their bytes are capped at 100 kB by the parser."""
KEEPALIVE_SECONDS = 30.0
OURS = frozenset({"host", "content-length", "transfer-encoding", "connection"})
"""Headers that say how the message is framed and to whom it goes: nobody else sets them."""


class _Deadline(threading.local):
    """When the exchange of this thread has to be over."""

    until: float = float("inf")


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait ends with the deadline."""

    def __init__(
        self, inner: httpcore.NetworkStream, deadline: _Deadline, clock: Callable[[], float]
    ) -> None:
        self._inner = inner
        self._deadline = deadline
        self._clock = clock

    def _left(self, timeout: float | None) -> float:
        left = self._deadline.until - self._clock()
        if left <= 0:
            raise httpcore.ReadTimeout("the deadline of the exchange has passed")
        return left if timeout is None else min(left, timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._inner.start_tls(ssl_context, server_hostname, self._left(timeout))
        return _Stream(secured, self._deadline, self._clock)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Opens connections to checked addresses only."""

    def __init__(self, egress: Egress, deadline: _Deadline, clock: Callable[[], float]) -> None:
        self._egress = egress
        self._deadline = deadline
        self._clock = clock
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._egress.addresses(host, port)
        for address in addresses:
            left = self._deadline.until - self._clock()
            if left <= 0:
                raise httpcore.ConnectTimeout("the deadline of the exchange has passed")
            wait = left if timeout is None else min(left, timeout)
            try:
                stream = self._plain.connect_tcp(address, port, wait, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if address == addresses[-1]:
                    raise
            else:
                return _Stream(stream, self._deadline, self._clock)
        raise httpcore.ConnectError("no address to dial")


class Wire:
    """Status, headers and raw body of one answer, while it comes in."""

    def __init__(self, response: httpcore.Response, origin: Origin, timeout: float) -> None:
        self._response = response
        self._origin = origin
        self._timeout = timeout
        self.status: int = response.status
        self.headers: list[tuple[str, str]] = [
            (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers
        ]

    def pieces(self) -> Iterator[bytes]:
        """The wire bytes of the body; raises ``response-truncated`` where they break off."""
        with _translated(self._origin, self._timeout):
            try:
                yield from self._response.iter_stream()
            except (httpcore.RemoteProtocolError, httpcore.ReadError) as error:
                message = f"the answer of {self._origin} breaks off: {_said(error)}"
                raise TransientFetchError(message, code="response-truncated") from None


class Dialler:
    """Connections of one source, kept open between requests; safe to share between threads."""

    def __init__(
        self,
        egress: Egress,
        *,
        connections: int,
        ssl_context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._egress = egress
        self._clock = clock
        self._deadline = _Deadline()
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=KEEPALIVE_SECONDS,
            network_backend=_Backend(egress, self._deadline, clock),
        )

    def close(self) -> None:
        """Close what is open."""
        self._pool.close()

    @contextlib.contextmanager
    def send(self, request: Request, *, timeout: float) -> Iterator[Wire]:
        """One exchange; raises only ``FetchError``, also while the body is read."""
        origin = self._egress.check(request.url)
        self._deadline.until = self._clock() + timeout
        with _translated(origin, timeout):
            response = self._pool.handle_request(_wire_request(request, origin, timeout))
        try:
            wire = Wire(response, origin, timeout)
            if len(wire.headers) > HEADER_CAP:
                raise PermanentFetchError(
                    f"{origin} answered with {len(wire.headers)} header fields", code="headers-too-large"
                )
            yield wire
        finally:
            with _translated(origin, timeout):
                response.close()


def _wire_request(request: Request, origin: Origin, timeout: float) -> httpcore.Request:
    parts = urlsplit(request.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    default = {"http": 80, "https": 443}[origin.scheme] == origin.port
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    headers = [(b"Host", (host if default else f"{host}:{origin.port}").encode("ascii"))]
    headers += [
        (name.encode("ascii"), value.encode("latin-1"))
        for name, value in request.headers.items()
        if name.lower() not in OURS
    ]
    if request.body is not None or request.method != "GET":
        headers.append((b"Content-Length", str(len(request.body or b"")).encode("ascii")))
    return httpcore.Request(
        request.method,
        httpcore.URL(
            scheme=origin.scheme.encode("ascii"),
            host=origin.host.encode("ascii"),
            port=origin.port,
            target=target.encode("utf-8"),
        ),
        headers=headers,
        content=request.body,
        extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), timeout)},
    )


@contextlib.contextmanager
def _translated(origin: Origin, timeout: float) -> Iterator[None]:
    """The one edge: what httpcore, TLS and sockets raise becomes ours."""
    try:
        yield
    except FetchError:
        raise
    except httpcore.TimeoutException as error:
        what = type(error).__name__.removesuffix("Timeout").lower()
        raise TransientFetchError(
            f"{origin} took longer than {timeout:g} s ({what})", code="timeout"
        ) from None
    except (httpcore.ConnectError, ssl.SSLError) as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise PermanentFetchError(f"{origin}: its certificate is not trusted", code="tls") from None
        raise TransientFetchError(
            f"{origin} cannot be reached: {_said(error)}", code="connect-failed"
        ) from None
    except httpcore.LocalProtocolError as error:
        raise PermanentFetchError(f"the request cannot be sent: {_said(error)}", code="request") from None
    except httpcore.ProtocolError as error:
        raise TransientFetchError(
            f"{origin} does not speak HTTP as it should: {_said(error)}", code="protocol"
        ) from None
    except (httpcore.NetworkError, httpcore.ConnectionNotAvailable, OSError) as error:
        raise TransientFetchError(
            f"the connection to {origin} broke: {_said(error)}", code="connection-lost"
        ) from None
    except (httpcore.UnsupportedProtocol, httpcore.ProxyError, UnicodeError, ValueError) as error:
        raise PermanentFetchError(f"the request cannot be sent: {_said(error)}", code="request") from None


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
