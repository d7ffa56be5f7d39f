"""
A door between the engine and a server, so that a test can do something between two of its requests.

What passes is passed on as it is, both ways; only the bodies' framing is the door's own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import unquote

_OWN = frozenset({"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"})
"""Headers of an answer that the door writes itself, or that hold for one connection only."""


class Between:
    """``with Between(port, before) as door``: ``before`` runs while a request waits at the door."""

    def __init__(self, port: int, before: Callable[[str, int], None] | None = None) -> None:
        """``before`` gets the path with its query, decoded, and how many were asked for before it."""
        self.asked: list[str] = []
        """What was asked for, decoded, in order."""
        self._before = before
        door = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                said = unquote(self.path)
                number = len(door.asked)
                door.asked.append(said)
                if door._before is not None:
                    door._before(said, number)
                status, headers, body = _get(port, self.path, dict(self.headers))
                self.send_response_only(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True  # whoever asked has been killed meanwhile

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def origin(self) -> str:
        """Where the engine asks."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _get(port: int, path: str, headers: Mapping[str, str]) -> tuple[int, list[tuple[str, str]], bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request("GET", path, headers={**headers, "Connection": "close"})
        answer = connection.getresponse()
        body = answer.read()
        # the server's Date is what the engine goes by
        kept = [pair for pair in answer.getheaders() if pair[0].lower() not in _OWN - {"date"}]
        return answer.status, kept, body
    finally:
        connection.close()
