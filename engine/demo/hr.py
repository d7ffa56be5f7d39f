"""
The demo's HR system: OAuth2 client credentials, cursor paging, changes since, and a limit on haste.

    POST /oauth/token                      short-lived bearer tokens
    GET  /v1/workers                       ?cursor &limit &updated_since &updated_before
    GET  /v1/departments, /v1/companies, /v1/offices, /v1/contracts, /v1/time_off    all at once
    GET  /v1/departments/{id}/positions    404 where there are none

Workers come in order of change; a worker who was deleted stays in the list, marked. Heights are what
people say (``5 ft 11 in``), managers are ids that may come on a later page.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import math
import secrets
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from engine.demo.company import COMPANIES, OFFICES, absences, under_contract
from engine.demo.hr_records import (
    absence_record,
    candidate_record,
    company_record,
    contract_record,
    department_record,
    office_record,
    worker_record,
    written,
)
from engine.demo.listener import Asked, System, Told
from engine.demo.workers import Worker, departments

CLIENT_ID = "syncline-demo"
CLIENT_SECRET = "demo-hr-secret"  # noqa: S105 - everyone may know it: the system holds made-up people
CANDIDATES = 10
"""Applicants, beside the workers: not ours, to be filtered."""
_LARGEST_PAGE = 200
_LOWEST = -1
"""Sorts before any id."""


class HrSystem(System):
    """
    ``token_seconds``: how long a token lives. ``throttle_every``: each n-th request for data is refused
    with 429 until ``retry_after`` seconds have passed; 0 for never.
    """

    title = "hr"

    def __init__(
        self,
        people: Sequence[Worker],
        *,
        port: int = 0,
        clock: Callable[[], float] = time.time,
        token_seconds: int = 30,
        throttle_every: int = 40,
        retry_after: int = 1,
    ) -> None:
        super().__init__(port=port, clock=clock)
        self._token_seconds = token_seconds
        self._throttle_every = throttle_every
        self._retry_after = retry_after
        self._tokens: dict[str, float] = {}
        self._asked = 0
        self._closed_until = 0.0
        self._records = {person.number: worker_record(person) for person in people}
        self._records |= {f"candidate-{n}": candidate_record(n) for n in range(1, CANDIDATES + 1)}
        self._ordered: list[dict[str, Any]] | None = None
        """By time of change and id; None after an edit."""
        self._orders: list[tuple[str, int]] = []
        self._departments = departments()
        self._lists: dict[str, list[dict[str, Any]]] = {
            "departments": list(map(department_record, self._departments)),
            "companies": list(map(company_record, COMPANIES)),
            "offices": list(map(office_record, OFFICES)),
            "contracts": list(map(contract_record, under_contract(people))),
            "time_off": list(map(absence_record, absences(people))),
        }

    # What tests and the demo do behind the client's back

    def record(self, number: str) -> dict[str, Any]:
        """A copy of what the system says about an employee number."""
        with self.lock:
            return dict(self._records[number])

    def update(self, number: str, **fields: Any) -> dict[str, Any]:
        """Replace top-level fields of a worker's record and date the change now; the new record."""
        with self.lock:
            self._records[number] = self._records[number] | {"updated_at": self._now()} | fields
            self._ordered = None
            return dict(self._records[number])

    def insert(self, number: str, **fields: Any) -> dict[str, Any]:
        """A new worker who has only these fields, an id and a time of change; the new record."""
        with self.lock:
            newest = max(int(record["id"] or 0) for record in self._records.values())
            blank = {"id": newest + 1, "employee_number": number, "status": "Active", "deleted": False}
            self._records[number] = blank | {"updated_at": self._now()} | fields
            self._ordered = None
            return dict(self._records[number])

    def delete(self, number: str) -> None:
        """Delete a worker: the list keeps a marker of them."""
        with self.lock:
            marker = {"id": self._records[number]["id"], "deleted": True, "updated_at": self._now()}
            self._records[number] = marker
            self._ordered = None

    def revoke_tokens(self) -> None:
        """End every token now, as when an administrator signs everybody out."""
        with self.lock:
            self._tokens.clear()

    # What it answers

    def respond(self, asked: Asked) -> Told:
        """The answer to one request, the token and the limit before anything else."""
        if asked.path == "/oauth/token":
            return self._token(asked)
        if not self._authorised(asked):
            return _error(
                401, "invalid_token", "the token is unknown or has expired", challenge='Bearer realm="hr"'
            )
        if wait := self._throttled():
            return Told(
                status=429,
                document={"error": {"code": "rate_limited", "message": "slow down"}},
                headers={"Retry-After": str(wait)},
            )
        if asked.method != "GET":
            return _error(405, "method_not_allowed", asked.method)
        match asked.path.strip("/").split("/"):
            case ["v1", "workers"]:
                return self._page(asked)
            case ["v1", name] if name in self._lists:
                return Told(document={"data": self._lists[name]})
            case ["v1", "departments", number, "positions"]:
                return self._positions(number)
        return _error(404, "not_found", asked.path)

    def _token(self, asked: Asked) -> Told:
        form = dict(parse_qsl(asked.body.decode("utf-8", "replace")))
        client = (form.get("client_id", ""), form.get("client_secret", ""))
        if basic := asked.headers.get("authorization", "").removeprefix("Basic "):
            name, _, secret = _decoded(basic).partition(":")
            client = (unquote_plus(name), unquote_plus(secret))  # form-encoded before base64: RFC 6749, 2.3.1
        if asked.method != "POST" or form.get("grant_type") != "client_credentials":
            return Told(status=400, document={"error": "unsupported_grant_type"})
        if client != (CLIENT_ID, CLIENT_SECRET):
            return Told(
                status=401,
                document={"error": "invalid_client"},
                headers={"WWW-Authenticate": 'Basic realm="hr"'},
            )
        token = secrets.token_urlsafe(24)
        with self.lock:
            self._tokens[token] = self.clock() + self._token_seconds
        return Told(
            document={"access_token": token, "token_type": "Bearer", "expires_in": self._token_seconds},
            headers={"Cache-Control": "no-store"},
        )

    def _authorised(self, asked: Asked) -> bool:
        kind, _, token = asked.headers.get("authorization", "").partition(" ")
        with self.lock:
            return kind.lower() == "bearer" and self._tokens.get(token, 0.0) > self.clock()

    def _throttled(self) -> int:
        """Seconds to wait, or 0."""
        with self.lock:
            now = self.clock()
            if now >= self._closed_until:
                self._asked += 1
                if not self._throttle_every or self._asked % self._throttle_every:
                    return 0
                self._closed_until = now + self._retry_after
            return math.ceil(self._closed_until - now)

    def _page(self, asked: Asked) -> Told:
        try:
            limit = min(_LARGEST_PAGE, int(asked.query.get("limit", "50")))
            since = _moment(asked.query.get("updated_since"))
            before = _moment(asked.query.get("updated_before"))
            after = _place(asked.query.get("cursor"))
        except ValueError as error:
            return _error(400, "invalid_parameter", str(error))
        if limit < 1:
            return _error(400, "invalid_parameter", "limit is at least 1")
        with self.lock:
            if self._ordered is None:
                self._ordered = sorted(self._records.values(), key=_order)
                self._orders = list(map(_order, self._ordered))
            first = 0 if since is None else bisect_left(self._orders, (since, _LOWEST))
            if after is not None:
                first = max(first, bisect_right(self._orders, after))
            end = len(self._orders) if before is None else bisect_left(self._orders, (before, _LOWEST))
            page = self._ordered[first : min(end, first + limit)]
        more = _cursor(page[-1]) if page and first + limit < end else None
        return Told(document={"data": page, "meta": {"next_cursor": more}})

    def _positions(self, number: str) -> Told:
        for each in self._departments:
            if str(each.id) == number and each.positions:
                return Told(
                    document={
                        "data": [
                            {"code": f"P{grade}", "title": title, "grade": grade, "revision": 1}
                            for grade, title in enumerate(each.positions, start=1)
                        ]
                    }
                )
        return _error(404, "no_positions", f"department {number} has no positions")

    def _now(self) -> str:
        return written(dt.datetime.fromtimestamp(self.clock(), tz=dt.UTC))


def _moment(text: str | None) -> str | None:
    """A time in a query, as the records write theirs, so that text compares as time."""
    if text is None:
        return None
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset")
    return written(moment.astimezone(dt.UTC))


def _order(record: dict[str, Any]) -> tuple[str, int]:
    return record["updated_at"], record["id"] or 0


def _cursor(record: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(_order(record)).encode()).decode()


def _place(cursor: str | None) -> tuple[str, int] | None:
    if not cursor:
        return None
    try:
        moment, number = json.loads(base64.urlsafe_b64decode(cursor))
    except (ValueError, TypeError) as error:
        raise ValueError("the cursor is none of ours") from error
    return str(moment), int(number)


def _decoded(basic: str) -> str:
    try:
        return base64.b64decode(basic, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _error(status: int, code: str, message: str, *, challenge: str | None = None) -> Told:
    headers = {"WWW-Authenticate": challenge} if challenge else {}
    return Told(status=status, document={"error": {"code": code, "message": message}}, headers=headers)
