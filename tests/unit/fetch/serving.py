"""A tiny server that says exactly what a test wants said, byte by byte, and a client for it."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from engine.fetch.client import Client
from engine.fetch.connector import Connector
from engine.fetch.egress import Egress, Origin
from engine.fetch.exchange import Answer, Judged, Judgement
from engine.fetch.gate import MemoryGate
from engine.fetch.scope import scope_of
from engine.fetch.secrets import Secret
from engine.fetch.stream import Stream
from engine.fetch.tries import Surroundings
from engine.spec.load import load


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A request as the server read it."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def everything(self) -> str:
        return f"{self.method} {self.target} {dict(self.headers)} {self.body!r}"


Reply = Callable[[Seen], "bytes | Iterator[bytes]"]


def said(
    body: bytes | str | dict[str, Any] = b"{}",
    *,
    status: int = 200,
    length: int | None = None,
    **headers: str,
) -> bytes:
    """The bytes of one answer; ``length`` lies about the body's."""
    if isinstance(body, dict):
        body = json.dumps(body)
    raw = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Whatever", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines.append(f"Content-Length: {len(raw) if length is None else length}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + raw


class Server:
    """Answers each request with what ``reply`` says; remembers them all."""

    def __init__(self) -> None:
        self.reply: Reply = lambda _: said()
        self.seen: list[Seen] = []
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                line = self.rfile.readline()
                if not line.strip():
                    return
                method, target, _ = line.decode("latin-1").split(" ", 2)
                headers: dict[str, str] = {}
                while (field := self.rfile.readline().decode("latin-1").strip()) != "":
                    name, _, value = field.partition(":")
                    headers[name.lower()] = value.strip()
                body = self.rfile.read(int(headers.get("content-length", "0")))
                request = Seen(method=method, target=target, headers=headers, body=body)
                outer.seen.append(request)
                reply = outer.reply(request)
                try:
                    for piece in [reply] if isinstance(reply, bytes) else reply:
                        self.wfile.write(piece)
                        self.wfile.flush()
                except OSError:
                    pass  # a client that has seen enough hangs up

        class Threads(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 64

        self._server = Threads(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def serving() -> Iterator[Server]:
    """A server for as long as the block lasts."""
    server = Server()
    try:
        yield server
    finally:
        server.stop()


def connector(text: str) -> Connector:
    """A connector from YAML; every problem fails the test."""
    document = load(Connector, "specs/made_up.yaml", text)
    assert not document.problems, document.problems
    assert document.value is not None
    return document.value


@dataclass
class Naps:
    """Sleeping that only writes down for how long, and moves a clock."""

    taken: list[float]
    time: float = 0.0

    def sleep(self, seconds: float) -> None:
        self.taken.append(seconds)
        self.time += seconds

    def clock(self) -> float:
        return self.time


def by_status(answer: Answer) -> Judgement:
    """As a stream without rules of its own judges."""
    if answer.status in {429, 500, 502, 503, 504}:
        return Judgement(then="retry")
    if answer.status == 401:
        return Judgement(then="reauthenticate")
    return Judgement(then="read" if 200 <= answer.status < 300 else "fail")


@dataclass(frozen=True, kw_only=True)
class Asking:
    """A client, and the stream that it asks for."""

    client: Client
    stream: Stream

    def ask(self) -> Judged:
        """Send one request of the stream."""
        return self.client.send(self.client.prepare(self.stream, scope_of(config={})), judge=by_status)


def client_of(
    url: str,
    *,
    auth: str = "none",
    more: str = "",
    secrets: Mapping[str, str] | None = None,
    egress: Egress | None = None,
    world: Surroundings | None = None,
    made: Connector | None = None,
) -> Asking:
    """A client of a connector with one stream ``things`` at ``/things``."""
    text = "connector: made_up\n"
    if secrets:
        text += "secrets:\n" + "".join(f"  {name}: {{}}\n" for name in secrets)
    text += f"http:\n  base_url: {url}\n  auth: {auth}\n"
    text += "".join(f"  {line}\n" for line in more.splitlines())
    text += "streams:\n  things: {path: /things, records: items, key: id}\n"
    made = made or connector(text)
    world = world or Surroundings(sleep=lambda _: None, chance=lambda: 0.0)
    client = Client(
        source="made_up",
        connector=made,
        config={},
        secrets={name: Secret(value) for name, value in (secrets or {}).items()},
        egress=egress or Egress(listed=[str(Origin.of(url))]),
        gate=MemoryGate(clock=world.clock),
        world=world,
    )
    return Asking(client=client, stream=made.stream("things"))
