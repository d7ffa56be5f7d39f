"""Whoever asks a sync to stop is not kept waiting by a source that says when to come back."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from engine.errors import Interrupted
from engine.flow.events import silence
from engine.flow.sync import sync
from engine.flow.workspace import Workspace

PROJECT = {
    "syncline.yaml": """
project: stopping
database: env:STOPPING_DATABASE
sources: {shop: {connector: shop, config: {base: "env:STOPPING_API"}}}
egress: {allow: ["env:STOPPING_API"]}
""",
    "specs/shop.yaml": """
connector: shop
config: {base: {type: string}}
http: {base_url: "${config.base}"}
streams:
  items:
    path: /items
    records: items
    key: id
    pagination: {type: cursor, next: body.next, into: query.cursor}
""",
    "mappings/entities/article.yaml": "entity: article\nfields: {name: string}\n",
    "mappings/shop/items.yaml": "from: shop.items\nto: article\nfields: {name: name}\n",
}


@pytest.fixture
def busy() -> Iterator[tuple[str, threading.Event]]:
    """One page, then 429 with half a minute to wait; the event is set once that was said."""
    told = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            first = not urlsplit(self.path).query
            body = b'{"items": [{"id": 1, "name": "a"}], "next": "b"}' if first else b"{}"
            self.send_response(200 if first else 429)
            if not first:
                self.send_header("Retry-After", "30")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            if not first:
                told.set()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", told
        server.shutdown()


def test_a_stop_does_not_wait_for_retry_after(
    tmp_path: Path, database_url: str, busy: tuple[str, threading.Event]
) -> None:
    """The page that came is kept; the wait ends long before the source's half a minute."""
    address, told = busy
    for name, text in PROJECT.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    environment = {"STOPPING_DATABASE": database_url, "STOPPING_API": address}
    with Workspace.open(tmp_path, say=lambda _: None, environment=environment) as workspace:
        began = time.monotonic()
        with pytest.raises(Interrupted):
            sync(workspace, stopping=told.is_set, listen=silence)
        assert time.monotonic() - began < 20
        with workspace.database.connect() as connection:
            kept = connection.execute("SELECT count(*) FROM syncline.response").fetchone()
    assert kept == (1,)
