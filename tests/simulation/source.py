"""
A source that misbehaves by script: one commit log a stream, served over a real socket.

``Manner`` says how a stream pages and what it heeds; ``before`` and ``answer`` change what happens at
the n-th request of a run. Everything that was sent is remembered, to the byte.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from tests.simulation.commits import EPOCH, Clock, Commits, Version, written
from tests.simulation.serving import Asked, Reply

Action = Callable[["Stream"], object]


@dataclass(slots=True, kw_only=True)
class Manner:
    """How a stream delivers its records."""

    paging: Literal["cursor", "page", "offset", "next_url", "link", "none"] = "cursor"
    size: int = 3
    order: Literal["ascending", "descending", "shuffled"] = "ascending"
    by_value: bool = False
    """Cursors are the last record's time alone: the next page starts after it, ties and all."""
    markers: bool = True
    """Deleted records are delivered, marked; else they are left out."""
    since: bool = True
    """Heeds ``updated_since`` and ``updated_before``."""
    tokens: Literal["fresh", "repeat", "cycle"] = "fresh"
    more_at_end: bool = False
    """The last page says ``has_more`` and hands out a cursor all the same; an empty page follows."""
    dated: bool = True
    """Records say when they were changed."""
    total: int | None = None
    """What it announces, in place of how many there are."""


@dataclass(slots=True)
class Stream:
    """One kind of record."""

    name: str
    clock: Clock
    manner: Manner = field(default_factory=Manner)
    patience: int = 200
    """So many requests are answered; nobody needs more."""
    lag: int = 0
    """A stale replica: the last so many commits are not seen here yet."""
    asked: list[Asked] = field(default_factory=list)
    sent: set[bytes] = field(default_factory=set)
    """sha256 of every body."""
    delivered: list[tuple[int, int]] = field(default_factory=list)
    """For every page: commits that could be seen, and the time."""
    log: Commits = field(init=False)
    _before: dict[int, Action] = field(default_factory=dict)
    _answers: dict[int, Reply] = field(default_factory=dict)
    _turn: int = 0

    def __post_init__(self) -> None:
        self.log = Commits(self.clock, dated=self.manner.dated)

    def before(self, n: int, action: Action) -> None:
        """Do something just before the n-th request from now (from 0) is answered."""
        self._before[self._turn + n] = action

    def answer(self, n: int, reply: Reply) -> None:
        """Answer the n-th request from now (from 0) with this."""
        self._answers[self._turn + n] = reply

    def calm(self) -> None:
        """Forget everything that was still to happen."""
        self._before.clear()
        self._answers.clear()
        self.lag = 0

    def respond(self, asked: Asked) -> Reply:
        """The answer to one request."""
        turn, self._turn = self._turn, self._turn + 1
        self.asked.append(asked)
        action = self._before.pop(turn, None)
        if action is not None:
            action(self)
        reply = self._answers.pop(turn, None)
        if reply is None:
            reply = self._page(asked) if turn < self.patience else Reply(status=503, body=b"enough")
        self.sent.add(hashlib.sha256(reply.body).digest())
        return reply

    def _page(self, asked: Asked) -> Reply:
        seen = len(self.log.versions) - self.lag
        self.delivered.append((seen, self.clock.now))
        rows = self._rows(asked.query, seen)
        page, rest, places = self._cut(rows, asked.query)
        token = self._token(page, rest, asked.query.get("cursor"))
        meta: dict[str, Any] = {"has_more": bool(rest) or self.manner.more_at_end, "next": token}
        meta["total"] = len(rows) if self.manner.total is None else self.manner.total
        headers = {}
        if self.manner.paging in {"next_url", "link"} and token is not None:
            url = asked.with_query(**{**places, "cursor": token})
            meta["next"] = url
            if self.manner.paging == "link":
                headers["Link"] = f'<{url}>; rel="next"'
        document = {"data": [each.record() for each in page], "meta": meta}
        return Reply(body=json.dumps(document).encode(), headers=headers)

    def _rows(self, query: Mapping[str, str], seen: int) -> list[Version]:
        rows = [each for each in self.log.current(seen).values() if self.manner.markers or not each.deleted]
        if self.manner.since:
            since, until = query.get("updated_since"), query.get("updated_before")
            rows = [each for each in rows if since is None or each.cursor >= _read(since)]
            rows = [each for each in rows if until is None or each.cursor <= _read(until)]
        return sorted(rows, key=self._rank, reverse=self.manner.order == "descending")

    def _rank(self, version: Version) -> tuple[int, str]:
        if self.manner.order == "shuffled":
            return random.Random(version.key).getrandbits(32), version.key
        return version.cursor, version.key

    def _cut(
        self, rows: list[Version], query: Mapping[str, str]
    ) -> tuple[list[Version], list[Version], dict[str, str]]:
        """The page, what is left after it, and what its link has to repeat."""
        size = int(query.get("limit", self.manner.size))
        match self.manner.paging:
            case "none":
                return rows, [], {}
            case "page":
                first = (int(query.get("page", "1")) - 1) * size
                return rows[first : first + size], rows[first + size :], {}
            case "offset":
                first = int(query.get("offset", "0"))
                return rows[first : first + size], rows[first + size :], {}
        kept = {name: query[name] for name in ("updated_since", "updated_before", "limit") if name in query}
        token = query.get("cursor")
        if token is not None:
            rows = [each for each in rows if self._after(each, token)]
        return rows[:size], rows[size:], kept

    def _after(self, version: Version, token: str) -> bool:
        if self.manner.by_value:
            return version.cursor > _read(token)
        rank = self._rank(version)
        first, _, key = base64.urlsafe_b64decode(token).decode().partition(" ")
        at = (int(first), key)
        return rank < at if self.manner.order == "descending" else rank > at

    def _token(self, page: list[Version], rest: list[Version], asked: str | None) -> str | None:
        if self.manner.paging in {"page", "offset", "none"} or not page:
            return None
        if self.manner.tokens == "repeat" and asked is not None:
            return asked
        if not rest:
            if self.manner.tokens == "cycle":
                page = sorted(self.log.current().values(), key=self._rank)[:1]
            elif not self.manner.more_at_end:
                return None
        if self.manner.by_value:
            return written(page[-1].cursor)
        first, key = self._rank(page[-1])
        return base64.urlsafe_b64encode(f"{first} {key}".encode()).decode()


@dataclass(slots=True)
class System:
    """Streams by ``source/stream``, under one clock."""

    clock: Clock = field(default_factory=Clock)
    streams: dict[str, Stream] = field(default_factory=dict)

    def stream(self, name: str, **manner: Any) -> Stream:
        """A new, empty stream (``left/people``)."""
        made = self.streams[name] = Stream(name, self.clock, Manner(**manner))
        return made

    def respond(self, asked: Asked) -> Reply:
        """The answer of the stream that the path names."""
        stream = self.streams.get(asked.path.strip("/"))
        reply = Reply(status=404, body=b"{}") if stream is None else stream.respond(asked)
        return reply.dated(self.clock.date())


def _read(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return round((moment - EPOCH).total_seconds() * 1_000_000)
