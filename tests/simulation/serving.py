"""HTTP/1.1 on a loopback socket: what is asked, and bytes exactly as a script wants them sent."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request."""

    origin: str
    path: str
    query: Mapping[str, str]

    def with_query(self, **query: str) -> str:
        """The URL of this path with another query."""
        return f"{self.origin}{self.path}?{urlencode(query)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    date: str | None = None
    cut: int | None = None
    """Send so many bytes of the body, then hang up."""
    media: str = "application/json"

    def dated(self, date: str) -> Reply:
        """With the time of the system that sends it."""
        return replace(self, date=date) if self.date is None else self


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        asked = Asked(origin=self.server.address, path=url.path, query=dict(parse_qsl(url.query)))
        with self.server.lock:
            reply = self.server.respond(asked)
        self.send_response_only(reply.status)
        if reply.date:
            self.send_header("Date", reply.date)
        self.send_header("Content-Type", reply.media)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body[: reply.cut])
        if reply.cut is not None:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Answers with whatever ``respond`` says, one request at a time."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, respond: Callable[[Asked], Reply]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.respond = respond
        self.lock = threading.Lock()
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()
        for each in list(self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Remember who is connected."""
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        """Forget them."""
        self._open.discard(request)
        super().shutdown_request(request)
