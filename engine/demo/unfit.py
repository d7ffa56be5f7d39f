"""
Records that cannot become canonical, each for a reason of its own.

A system writes most of its workers well; those whose index stands here get these fields instead. The
causes are what real systems send: nothing here is invalid JSON or a broken answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """Fields that replace the good ones, and what is wrong with them."""

    cause: str
    fields: Mapping[str, Any]


HR: Mapping[int, Defect] = {
    52: Defect(cause="a day that no calendar has", fields={"hired_on": "2021-02-30"}),
    187: Defect(cause="a status that nobody told us of", fields={"status": "Sabbatical"}),
    263: Defect(
        cause="an amount in words",
        fields={"pay": {"amount": "by agreement", "currency": "EUR", "period": "month"}},
    ),
    348: Defect(cause="a height that is no length", fields={"height": "rather tall"}),
    519: Defect(cause="an address that is no address", fields={"email": "see reception"}),
    702: Defect(cause="more than full time", fields={"fte_percent": 180}),
    866: Defect(cause="an identifier cut short", fields={"uid": "5f0c1d2e-77aa"}),
    1090: Defect(cause="a day that no calendar has", fields={"hired_on": "0000-13-01"}),
    1214: Defect(cause="a number written out", fields={"dependants": "two"}),
    1377: Defect(cause="no key", fields={"id": None}),
    1688: Defect(cause="a boolean that is neither", fields={"remote": "sometimes"}),
}

PAYROLL: Mapping[int, Defect] = {
    75: Defect(
        cause="a malformed amount",
        fields={"pay": {"amount": "4.2oo,00", "currency": "EUR", "period": "month"}},
    ),
    244: Defect(
        cause="an unknown currency",
        fields={"pay": {"amount": "3900.00", "currency": "ZZZ", "period": "month"}},
    ),
    417: Defect(cause="a day that no calendar has", fields={"start": "31/02/2019"}),
    603: Defect(
        cause="an unknown period",
        fields={"pay": {"amount": "812.40", "currency": "USD", "period": "fortnight"}},
    ),
    790: Defect(cause="nothing that tells the person apart", fields={"number": ""}),
    981: Defect(cause="a weight without its point", fields={"weight_lb": "1725"}),
    1333: Defect(
        cause="two things wrong at once",
        fields={"start": "2019-02-01", "pay": {"amount": "n/a", "currency": "GBP", "period": "year"}},
    ),
    1820: Defect(cause="a malformed amount", fields={"bonus": {"amount": "12.5O", "currency": "USD"}}),
}

DIRECTORY: Mapping[int, Defect] = {
    140: Defect(
        cause="an address that is no address", fields={"emails": [{"value": "reception, 2nd floor"}]}
    ),
    1205: Defect(cause="a list where a text belongs", fields={"title": ["Lead", "Director"]}),
}

INVOICES: Mapping[int, Defect] = {
    41: Defect(cause="no number", fields={"number": ""}),
    133: Defect(cause="a day that no calendar has", fields={"issued": "31/09/2024"}),
    207: Defect(cause="an amount in words", fields={"tax": "see attached"}),
}

GARBLED_BADGES = frozenset({31, 640, 1501})
"""Workers whose last badge time HR garbles: a field that a mapping may leave out."""

UNBALANCED = frozenset({57})
"""Bookings of which somebody mistyped an amount: their lines do not sum to zero."""
