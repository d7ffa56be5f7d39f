"""
A source that knows the truth: people who change, over paged HTTP, by a clock of its own.

Nothing changes while a round is under way, so that what must be in the tables is known exactly.
Imports nothing of the engine.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
import threading
import time
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

BEGIN = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
BAD = "by agreement"
ROUND = dt.timedelta(days=50)
"""By how much the source's clock moves between two rounds: three windows of its stream."""


@dataclass
class People:
    """The records of one installation."""

    name: str
    numbers: range
    """Who is in it: people are told apart by their number, in all installations."""
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    said: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What stands of each person: the last version that can be read, nothing once they are gone."""
    ordered: list[dict[str, Any]] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)
    """SHA-256 of every body that was sent whole."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def change(self, number: int, chance: random.Random, when: dt.datetime) -> None:
        """One person is new, different, or gone; now and then with a pay that is no number."""
        row = {
            "id": f"{self.name}-{number}",
            "email": f"  Person{number}@Example.org"
            if self.name == "desk"
            else f"person{number}@example.org",
            "name": f"{self.name} {chance.randrange(10**6)}",
            "pay": BAD if chance.random() < 0.01 else f"{chance.randrange(10**5)}.50",
            "badge": chance.randrange(10**6),
            "changed": when.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        if number in self.rows and chance.random() < 0.05:
            row = {"id": row["id"], "gone": True, "changed": row["changed"]}
            self.said.pop(number, None)
        elif row["pay"] != BAD:
            self.said[number] = row
        self.rows[number] = row

    def order(self) -> None:
        self.ordered = sorted(self.rows.values(), key=lambda row: (row["changed"], row["id"]))


class Source:
    """``staff`` and ``desk``, which know some of the same people, on one port."""

    def __init__(self, *, seed: int, staff: int = 1200, desk: int = 300) -> None:
        self.chance = random.Random(seed)
        self.now = BEGIN
        self.pause = 0.0
        """Slow mode: seconds before each answer."""
        self.asked = threading.Event()
        """Set by each request; a test clears it."""
        self.people = {
            "staff": People("staff", range(staff)),
            "desk": People("desk", range(staff - desk // 2, staff + desk // 2)),
        }
        self.turn(1.0)
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.source = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def turn(self, share: float) -> None:
        """Time passes and a share of all people changes, spread over that time."""
        for people in self.people.values():
            chosen = self.chance.sample(people.numbers, round(len(people.numbers) * share))
            for number in chosen:
                # Full seconds: many share one, also across the border of two pages.
                seconds = self.chance.randrange(1, int(ROUND.total_seconds()) // 600) * 600
                people.change(number, self.chance, self.now + dt.timedelta(seconds=seconds))
            people.order()
        self.now += ROUND

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    source: Source

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients of fault tests hang up in the middle."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name in http.server
        """Quiet."""

    def do_GET(self) -> None:
        source = self.server.source
        source.asked.set()
        if source.pause:
            time.sleep(source.pause)
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        people = source.people[parts.path.split("/")[1]]
        body = json.dumps(_page(people.ordered, query)).encode()
        with people.lock:
            people.sent.add(hashlib.sha256(body).hexdigest())
        self.send_response_only(200)
        self.send_header("Date", format_datetime(source.now, usegmt=True))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


def _page(ordered: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
    """People who changed from ``since`` to before ``before``, after the one that ``after`` names."""
    since, before = _text(query["since"]), _text(query["before"]) if "before" in query else "9"
    after = tuple(query["after"].split("|")) if "after" in query else ("", "")
    found = [
        row for row in ordered if since <= row["changed"] < before and (row["changed"], row["id"]) > after
    ]
    limit = int(query["limit"])
    page = found[:limit]
    more = f"{page[-1]['changed']}|{page[-1]['id']}" if len(found) > limit else None
    return {"people": page, "next": more}


def _text(moment: str) -> str:
    return dt.datetime.fromisoformat(moment).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
