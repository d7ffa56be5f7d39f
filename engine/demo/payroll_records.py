"""How the demo's payroll bureau writes invoices, bookings, payments and whom they are about as JSON."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from engine.demo.company import Company
from engine.demo.invoices import Invoice, Line
from engine.demo.ledger import CHART, Booking, Posting, Supplier, payer_of, supplier_of
from engine.demo.unfit import INVOICES, UNBALANCED

COUNTRIES = {"DE": "DEU", "GB": "GBR", "PT": "PRT", "US": "USA"}
NO_DAY = "00/00/0000"


def day(of: dt.date | None) -> str:
    """A day as the bureau writes it; none is one, too."""
    return of.strftime("%d/%m/%Y") if of else NO_DAY


def moment(of: dt.datetime) -> str:
    """A time in UTC as the bureau writes it."""
    return of.strftime("%d/%m/%Y %H:%M:%S +0000")


def _evening(of: dt.date) -> str:
    return moment(dt.datetime.combine(of, dt.time(18), dt.UTC))


def payer_record(each: Company) -> dict[str, Any]:
    """A company that pays wages: the bureau has numbers of its own, and knows the LEI."""
    return {
        "payer": _payer(each),
        "company": each.legal_name.upper(),
        "lei": each.lei,
        "country": COUNTRIES[each.country],
        "currency": each.currency,
        "changed": _evening(dt.date(2024, 1, 2)),
    }


def _payer(each: Company) -> str:
    return f"{each.id:02d}"


def supplier_record(each: Supplier) -> dict[str, Any]:
    """Whom invoices come from."""
    return {
        "no": each.number,
        "name": each.name,
        "country": COUNTRIES[each.country],
        "vat": each.vat or "",
        "iban": each.iban or "",
        "blocked": "N",
        "changed": _evening(dt.date(2024, 1, 2)),
    }


def account_record(number: str, name: str, kind: str, above: str | None) -> dict[str, Any]:
    """An account of the chart, or a heading in it."""
    return {
        "chart": CHART,
        "account": number,
        "label": name,
        "class": kind,
        "heading": "Y" if above is None else "N",
        "above": above or "",
        "changed": _evening(dt.date(2024, 1, 2)),
    }


def invoice_record(each: Invoice) -> dict[str, Any]:
    """An invoice with its lines, and the defect that its index brings."""
    record: dict[str, Any] = {
        "id": _invoice(each),
        "number": each.number,
        "supplier": each.supplier,
        "supplier_no": supplier_of(each).number,
        "payer": _payer(payer_of(each)),
        "currency": each.currency,
        "issued": day(each.issued),
        "due": day(each.issued + dt.timedelta(days=each.days)),
        "net": str(each.net),
        "tax": str(each.tax),
        "lines": [_line(line) for line in each.lines],
        "booked": _evening(each.issued),
    }
    defect = INVOICES.get(each.index)
    return record | dict(defect.fields) if defect else record


def _invoice(each: Invoice) -> str:
    return f"B{each.index:05d}"


def _line(line: Line) -> dict[str, Any]:
    return {
        "no": line.number,
        "text": line.text,
        "quantity": str(line.quantity),
        "price": str(line.price),
        "amount": str(line.net),
        "side": "H" if line.returned else "S",
        "tax_percent": line.tax_percent,
        "cost_centre": _cost_centre(line.department),
    }


def _cost_centre(department: int | None) -> str:
    return f"{4000 + department:06d}" if department else ""


def booking_record(each: Booking) -> dict[str, Any]:
    """A booking with its lines: an amount has a side and no sign."""
    return {
        "id": f"J{each.index:05d}",
        "number": f"2024-{each.index:06d}",
        "payer": _payer(each.company),
        "kind": each.kind,
        "chart": CHART,
        "day": day(each.day),
        "period": f"{each.day:%Y-%m}",
        "currency": each.company.currency,
        "text": each.text,
        "lines": [
            _posting(number * 10, line, mistyped=number == 1 and each.index in UNBALANCED)
            for number, line in enumerate(each.lines, start=1)
        ],
        "entered": _evening(each.day),
    }


def _posting(number: int, line: Posting, *, mistyped: bool) -> dict[str, Any]:
    amount = abs(line.amount) + (Decimal(9) if mistyped else 0)
    return {
        "no": number,
        "account": line.account,
        "side": "S" if line.amount >= 0 else "H",
        "amount": str(amount),
        "cost_centre": _cost_centre(line.department),
        "supplier_no": line.supplier or "",
    }


def payment_record(each: Invoice) -> dict[str, Any]:
    """What was paid on the day that an invoice was due."""
    due, supplier = each.issued + dt.timedelta(days=each.days), supplier_of(each)
    return {
        "id": f"Z{each.index:05d}",
        "invoice": _invoice(each),
        "supplier_no": supplier.number,
        "payer": _payer(payer_of(each)),
        "chart": CHART,
        "account": "1200",
        "day": day(due),
        "value_day": day(due + dt.timedelta(days=1)),
        "amount": str(each.net + each.tax),
        "currency": each.currency,
        "reference": each.number,
        "iban": supplier.iban or "",
        "booked": _evening(due),
    }
