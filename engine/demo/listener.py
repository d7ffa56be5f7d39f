"""One HTTP/1.1 server on a loopback socket that logs what it is asked, as a real system would count it."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

LOOPBACK = "127.0.0.1"
_LARGEST_BODY = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request, as it arrived."""

    method: str
    path: str
    """Decoded, without the query."""
    query: Mapping[str, str]
    """The last value of each name."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One answer, to be written as JSON."""

    status: int = 200
    document: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """One exchange in a system's own log."""

    at: float
    """Seconds since 1970, by the system's clock."""
    method: str
    path: str
    query: Mapping[str, str]
    status: int


class System:
    """
    A system under ``address``, serving from construction of its thread (``start``) to ``stop``.

    A subclass answers ``respond``; it is called from many threads at once.
    """

    title = "system"

    def __init__(self, *, port: int = 0, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self._log: list[Logged] = []
        self._failures: list[int] = []
        self._refused: Callable[[Asked], bool] = _nothing
        self._server = _Server((LOOPBACK, port), self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name=self.title, daemon=True
        )

    @property
    def port(self) -> int:
        """The port it listens on, also where 0 asked for any free one."""
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        """``http://127.0.0.1:PORT``."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def log(self) -> tuple[Logged, ...]:
        """Every exchange so far, in the order in which they were answered."""
        with self.lock:
            return tuple(self._log)

    def forget(self) -> None:
        """Empty the log."""
        with self.lock:
            self._log.clear()

    def fail(self, times: int, *, status: int = 503) -> None:
        """Answer the next requests with this status, whatever they ask."""
        with self.lock:
            self._failures += [status] * times

    def go_down(self, *, spare: Callable[[Asked], bool] | None = None) -> None:
        """Answer every request with 503 until ``come_back``, but those that are to be spared."""
        spared = spare or _nothing
        with self.lock:
            self._refused = lambda asked: not spared(asked)

    def come_back(self) -> None:
        """Answer again."""
        with self.lock:
            self._refused = _nothing

    def respond(self, asked: Asked) -> Told:
        """The answer to one request."""
        return Told(status=404, document={"error": {"code": "not_found", "message": asked.path}})

    def start(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Answer no more and give the port back."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._server.hang_up()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def exchange(self, asked: Asked) -> Told:
        """Answer and write it into the log."""
        with self.lock:
            failure = self._failure(asked)
        told = self.respond(asked) if failure is None else Told(status=failure, document={"error": "failure"})
        line = Logged(
            at=self.clock(), method=asked.method, path=asked.path, query=asked.query, status=told.status
        )
        with self.lock:
            self._log.append(line)
        return told

    def _failure(self, asked: Asked) -> int | None:
        """The status that this request is refused with; None where it is answered."""
        if self._failures:
            return self._failures.pop(0)
        return 503 if self._refused(asked) else None


def _nothing(_asked: Asked) -> bool:
    return False


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], system: System) -> None:
        self.system = system
        self._open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        with self.system.lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        with self.system.lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that clients keep alive, so that a stopped system is silent at once."""
        with self.system.lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "syncline-demo"
    sys_version = ""
    wbufsize = -1  # one write for head and body
    disable_nagle_algorithm = True
    timeout = 60
    server: _Server

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
        """Say nothing: the system keeps a log of its own."""

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _LARGEST_BODY:
            self.close_connection = True
            self._send(Told(status=413, document={"error": {"code": "too_large"}}))
            return
        body = self.rfile.read(length) if length else b""
        parts = urlsplit(self.path)
        asked = Asked(
            method=self.command,
            path=unquote(parts.path),
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
        )
        self._send(self.server.system.exchange(asked))

    def _send(self, told: Told) -> None:
        body = json.dumps(told.document, ensure_ascii=False, separators=(",", ":")).encode()
        self.send_response(told.status)
        for name, value in told.headers.items():
            self.send_header(name, value)
        if len(body) > 1_000 and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, compresslevel=1, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
