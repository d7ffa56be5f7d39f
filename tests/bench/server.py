"""
The API that is measured against: prepared pages over HTTP/1.1, in a process of its own.

``/edition/N`` and ``/latency/MS`` set what it serves and how fast, ``/served`` tells how many pages it
has since the last of those, and when the first was asked for.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.bench.people import page

SIZE = 500


def main() -> None:
    """``python -m tests.bench.server TOTAL``: prints its port, then serves until killed."""
    total = int(sys.argv[1])
    prepared: dict[tuple[int, int], bytes] = {}
    for changed in (0, 10):
        for first in range(0, total + 1, SIZE):
            prepared[changed, first] = page(first, SIZE, total, changed)
    now = {"edition": 0, "latency": 0}
    served: list[float] = []
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            name, _, value = url.path[1:].partition("/")
            if name in now:
                now[name] = int(value)
                served.clear()
                body = b"{}"
            elif name == "served":
                body = json.dumps({"pages": len(served), "first": min(served, default=None)}).encode()
            else:
                with lock:
                    served.append(time.time())
                time.sleep(now["latency"] / 1000)
                body = prepared[now["edition"], int(parse_qs(url.query)["offset"][0])]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            if not isinstance(sys.exception(), ConnectionError):  # a loader was killed: that is measured
                super().handle_error(request, client_address)

    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
