"""The API that is measured against: prepared pages over HTTP/1.1, in a process of its own."""

from __future__ import annotations

import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.bench.people import page

SIZE = 500


def main() -> None:
    """``python -m tests.bench.server TOTAL LATENCY_MS``: prints its port, then serves until killed."""
    total, latency = int(sys.argv[1]), int(sys.argv[2]) / 1000
    prepared: dict[tuple[int, int], bytes] = {}
    for changed in (0, 10):
        for first in range(0, total + 1, SIZE):
            prepared[changed, first] = page(first, SIZE, total, changed)
    edition = 0

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            nonlocal edition
            url = urlsplit(self.path)
            if url.path.startswith("/edition/"):
                edition = int(url.path.rsplit("/", 1)[1])
                body = b"{}"
            else:
                time.sleep(latency)
                body = prepared[edition, int(parse_qs(url.query)["offset"][0])]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
