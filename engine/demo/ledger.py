"""
The books that the demo's payroll bureau keeps: accounts, suppliers, what is booked, and what was paid.

Wages are booked once a month and company, every fourth invoice by itself. A booking's lines sum to zero.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from engine.demo.company import COMPANIES, Company, company_of
from engine.demo.invoices import Invoice

CHART = "EX24"
MONTHS = 10
_CENT = Decimal("0.01")

ACCOUNTS = (
    # number, name, class, heading above it
    ("1000", "Assets", "A", None),
    ("1200", "Bank", "A", "1000"),
    ("1570", "Input tax", "A", "1000"),
    ("1500", "Liabilities", "L", None),
    ("1600", "Payables", "L", "1500"),
    ("1740", "Wages payable", "L", "1500"),
    ("1741", "Wage tax payable", "L", "1500"),
    ("1742", "Social security payable", "L", "1500"),
    ("4000", "Expenses", "E", None),
    ("4100", "Wages and salaries", "E", "4000"),
    ("4130", "Social security of the employer", "E", "4000"),
    ("4900", "Goods and services", "E", "4000"),
)
"""Those without a heading are headings themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier:
    """Whom the company buys from."""

    number: str
    name: str
    country: str
    vat: str | None
    iban: str | None
    """Of the examples in the registry of ISO 13616; there is none in the United States."""


SUPPLIERS = (
    Supplier(
        number="S-101",
        name="Nordwind Energie",
        country="DE",
        vat="DE999999999",
        iban="DE89370400440532013000",
    ),
    Supplier(
        number="S-102",
        name="Fabrik Lisboa",
        country="PT",
        vat="PT999999990",
        iban="PT50000201231234567890154",
    ),
    Supplier(
        number="S-103",
        name="Thames Office Supply",
        country="GB",
        vat="GB999999973",
        iban="GB29NWBK60161331926819",
    ),
    Supplier(number="S-104", name="Clyde Couriers", country="GB", vat=None, iban="GB33BUKB20201555555555"),
    Supplier(number="S-105", name="Lakeshore Software", country="US", vat=None, iban=None),
    Supplier(number="S-106", name="Pioneer Catering", country="US", vat=None, iban=None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One line of a booking."""

    account: str
    amount: Decimal
    """Debit positive, credit negative."""
    department: int | None = None
    supplier: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What is booked at once."""

    index: int
    """From 1."""
    company: Company
    kind: str
    """``PAY`` or ``INV``."""
    day: dt.date
    text: str
    lines: tuple[Posting, ...]


def supplier_of(invoice: Invoice) -> Supplier:
    """Who wrote it."""
    return next(each for each in SUPPLIERS if each.name == invoice.supplier)


def payer_of(invoice: Invoice) -> Company:
    """Which company pays it."""
    return company_of(supplier_of(invoice).country)


def bookings(invoices: Sequence[Invoice], departments: int) -> list[Booking]:
    """Wages of ten months, and every fourth invoice."""
    made = list(_wages(Random("wages"), departments))  # noqa: S311 - made up, not secret
    for each in invoices[::4]:
        made.append(_bought(len(made) + 1, each))
    return made


def paid(invoices: Sequence[Invoice]) -> list[Invoice]:
    """Every third one was paid on the day that it was due, where anything was to be paid."""
    return [each for each in invoices[2::3] if each.net + each.tax > 0]


def _wages(random: Random, departments: int) -> Iterator[Booking]:
    index = 0
    for month in range(1, MONTHS + 1):
        day = dt.date(2024, month + 1, 1) - dt.timedelta(days=1)
        for company in COMPANIES:
            index += 1
            gross = [
                Posting(
                    account="4100",
                    amount=Decimal(random.randrange(4_000_000, 9_000_000)) / 100,
                    department=random.randrange(1, departments + 1),
                )
                for _ in range(3)
            ]
            total = sum((each.amount for each in gross), Decimal(0))
            tax, own, theirs = (
                (total * percent / 100).quantize(_CENT) for percent in (Decimal(18), Decimal(9), Decimal(11))
            )
            yield Booking(
                index=index,
                company=company,
                kind="PAY",
                day=day,
                text=f"Wages {day:%m/%Y}",
                lines=(
                    *gross,
                    Posting(account="4130", amount=theirs),
                    Posting(account="1741", amount=-tax),
                    Posting(account="1742", amount=-own - theirs),
                    Posting(account="1740", amount=-(total - tax - own)),
                ),
            )


def _bought(index: int, invoice: Invoice) -> Booking:
    supplier = supplier_of(invoice).number
    lines = [
        Posting(account="4900", amount=-each.net if each.returned else each.net, department=each.department)
        for each in invoice.lines
    ]
    lines += [Posting(account="1570", amount=invoice.tax)] if invoice.tax else []
    return Booking(
        index=index,
        company=payer_of(invoice),
        kind="INV",
        day=invoice.issued,
        text=invoice.number,
        lines=(*lines, Posting(account="1600", amount=-(invoice.net + invoice.tax), supplier=supplier)),
    )
