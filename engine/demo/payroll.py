"""
The demo's payroll system: Basic authentication, pages with a total, and the manners of a bureau.

    GET /api/workers     ?offset &limit
    GET /api/invoices    ?page &per_page; so are /api/bookings and /api/payments
    GET /api/payers, /api/vendors, /api/accounts    all at once

Days are ``DD/MM/YYYY`` and no day is ``00/00/0000``; amounts and weights are decimal text, weights in
pounds; pay is by hour, month or year in three currencies; countries have three letters, the day begins at
``0800`` and the week has ``PT40H``. Who is deleted is simply no longer listed.
An invoice holds its lines, and a booking; what is given back, or credit, has a positive amount and an ``H``.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import time
from collections.abc import Callable, Sequence
from typing import Any

from engine.demo.company import COMPANIES
from engine.demo.invoices import invoices
from engine.demo.ledger import ACCOUNTS, SUPPLIERS, bookings, paid
from engine.demo.listener import Asked, System, Told
from engine.demo.payroll_records import (
    COUNTRIES,
    account_record,
    booking_record,
    day,
    invoice_record,
    moment,
    payer_record,
    payment_record,
    supplier_record,
)
from engine.demo.unfit import PAYROLL
from engine.demo.workers import Worker, departments

USERNAME = "syncline"
PASSWORD = "demo-payroll-secret"  # noqa: S105 - everyone may know it: the system holds made-up people
_LARGEST_PAGE = 250
_BEGINS = ("0730", "0800", "0900")
_WEEKS = ("PT35H", "PT37H30M", "PT38H30M", "PT40H")


class PayrollSystem(System):
    """Lists its workers in the order in which they were hired into it, which is that of their ids."""

    title = "payroll"

    def __init__(
        self, people: Sequence[Worker], *, port: int = 0, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(port=port, clock=clock)
        self._records = {person.number: _record(person) for person in people}
        booked = invoices(len(departments()))
        self._lists: dict[str, tuple[str, list[dict[str, Any]]]] = {
            "/api/invoices": ("invoices", list(map(invoice_record, booked))),
            "/api/bookings": ("bookings", list(map(booking_record, bookings(booked, len(departments()))))),
            "/api/payments": ("payments", list(map(payment_record, paid(booked)))),
        }
        self._whole: dict[str, list[dict[str, Any]]] = {
            "/api/payers": list(map(payer_record, COMPANIES)),
            "/api/vendors": list(map(supplier_record, SUPPLIERS)),
            "/api/accounts": [account_record(*each) for each in ACCOUNTS],
        }

    # What tests and the demo do behind the client's back

    def record(self, number: str) -> dict[str, Any]:
        """A copy of what the system says about an employee number (``E-00001``)."""
        with self.lock:
            return dict(self._records[number])

    def update(self, number: str, **fields: Any) -> dict[str, Any]:
        """Replace top-level fields of a worker's record and date the change now; the new record."""
        with self.lock:
            self._records[number] = self._records[number] | {"changed": self._now()} | fields
            return dict(self._records[number])

    def insert(self, number: str, **fields: Any) -> dict[str, Any]:
        """A new worker who has only these fields, an id and a time of change; the new record."""
        with self.lock:
            newest = max(int(record["worker_id"][1:]) for record in self._records.values())
            blank = {"worker_id": f"P{newest + 1:06d}", "number": number.lower()}
            self._records[number] = blank | {"changed": self._now()} | fields
            return dict(self._records[number])

    def delete(self, number: str) -> None:
        """Delete a worker: the list says nothing of them any more."""
        with self.lock:
            del self._records[number]

    def documents(self, path: str) -> list[dict[str, Any]]:
        """All that is listed page by page at a path."""
        return self._lists[path][1]

    # What it answers

    def respond(self, asked: Asked) -> Told:
        """The answer to one request."""
        if not _authorised(asked):
            return Told(
                status=401,
                document={"message": "who are you?"},
                headers={"WWW-Authenticate": 'Basic realm="payroll"'},
            )
        if asked.path not in {"/api/workers", *self._lists, *self._whole}:
            return Told(status=404, document={"message": f"no {asked.path} here"})
        if asked.method != "GET":
            return Told(status=405, document={"message": "read only"}, headers={"Allow": "GET"})
        if asked.path in self._whole:
            return Told(document={"items": self._whole[asked.path]})
        return self._workers(asked) if asked.path == "/api/workers" else self._pages(asked)

    def _workers(self, asked: Asked) -> Told:
        try:
            offset = int(asked.query.get("offset", "0"))
            limit = min(_LARGEST_PAGE, int(asked.query.get("limit", "50")))
        except ValueError:
            return Told(status=400, document={"message": "offset and limit are numbers"})
        if offset < 0 or limit < 1:
            return Told(status=400, document={"message": "offset or limit out of range"})
        with self.lock:
            records = list(self._records.values())
        return Told(
            document={
                "items": records[offset : offset + limit],
                "total": len(records),
                "offset": offset,
                "limit": limit,
            }
        )

    def _pages(self, asked: Asked) -> Told:
        try:
            page = int(asked.query.get("page", "1"))
            size = min(_LARGEST_PAGE, int(asked.query.get("per_page", "50")))
        except ValueError:
            return Told(status=400, document={"message": "page and per_page are numbers"})
        if page < 1 or size < 1:
            return Told(status=400, document={"message": "page or per_page out of range"})
        name, every = self._lists[asked.path]
        return Told(document={name: every[(page - 1) * size : page * size], "pages": -(-len(every) // size)})

    def _now(self) -> str:
        return moment(dt.datetime.fromtimestamp(self.clock(), tz=dt.UTC))


def _record(person: Worker) -> dict[str, Any]:
    record: dict[str, Any] = {
        "worker_id": f"P{person.index:06d}",
        "number": f" {person.number.lower()}" if person.index % 3 else person.number,
        "forename": person.given_name,
        "surname": person.family_name.upper(),
        "start": day(person.hired),
        "end": day(person.left),
        "weight_lb": str(person.pounds),
        "pay": {"amount": str(person.pay), "currency": person.currency, "period": person.period},
        "bonus": {"amount": str(person.bonus or ""), "currency": person.currency},
        "cost_centre": {
            "code": f"{4000 + person.department:06d}",
            "name": f"Cost centre {person.department}",
        },
        "allowances": [
            {"code": code, "amount": str(amount), "currency": person.currency}
            for code, amount in person.allowances
        ],
        "country": COUNTRIES[person.country],
        "hours": {"begins": _BEGINS[person.index % 3], "week": _WEEKS[person.index % 4]},
        "changed": moment(person.changed.replace(microsecond=0) + dt.timedelta(days=1)),
    }
    defect = PAYROLL.get(person.index)
    return record | dict(defect.fields) if defect else record


def _authorised(asked: Asked) -> bool:
    kind, _, credentials = asked.headers.get("authorization", "").partition(" ")
    try:
        given = base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    return kind.lower() == "basic" and given == f"{USERNAME}:{PASSWORD}"
