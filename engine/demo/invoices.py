"""
The invoices that the demo's payroll bureau books: 320 of them, with their lines, from a seed.

A line is what was bought, so many times a price, for one cost centre, with a tax of its own; sums are
exact. All dates lie in the past, and every amount is in the currency of its invoice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from random import Random

COUNT = 320
_CENT = Decimal("0.01")
_SUPPLIERS = (
    ("Nordwind Energie", "EUR", (19, 7)),
    ("Fabrik Lisboa", "EUR", (23, 6)),
    ("Thames Office Supply", "GBP", (20, 0)),
    ("Clyde Couriers", "GBP", (20, 5)),
    ("Lakeshore Software", "USD", (0,)),
    ("Pioneer Catering", "USD", (0, 8)),
)
_GOODS = (
    ("Electricity", 11_000, 95_000),
    ("Paper, A4, 500 sheets", 320, 690),
    ("Licence, one seat and month", 900, 8_900),
    ("Parcel", 380, 2_450),
    ("Lunch", 850, 1_900),
    ("Chair", 8_900, 42_000),
    ("Cleaning, one hour", 2_200, 4_100),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that was bought, or given back."""

    number: int
    """From 1, in tens: lines are inserted between."""
    text: str
    quantity: Decimal
    price: Decimal
    """Of one, without tax."""
    returned: bool
    """Whether it is given back: the bureau writes the amount without a sign."""
    tax_percent: int
    department: int
    """Whose cost centre pays."""

    @property
    def net(self) -> Decimal:
        """Without tax and without a sign, to the cent."""
        return (self.quantity * self.price).quantize(_CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """What a supplier wants to be paid."""

    index: int
    """From 1."""
    number: str
    supplier: str
    currency: str
    issued: dt.date
    days: int
    """Until it is due."""
    lines: tuple[Line, ...]

    @property
    def net(self) -> Decimal:
        """The sum of its lines, what is given back taken off."""
        return sum((-each.net if each.returned else each.net for each in self.lines), Decimal("0.00"))

    @property
    def tax(self) -> Decimal:
        """The tax of its lines, each rounded to the cent."""
        return sum(
            (
                ((-each.net if each.returned else each.net) * each.tax_percent / 100).quantize(
                    _CENT, ROUND_HALF_UP
                )
                for each in self.lines
            ),
            Decimal("0.00"),
        )


def invoices(departments: int, count: int = COUNT, *, seed: int = 4) -> tuple[Invoice, ...]:
    """The first ``count`` invoices of this seed, for so many departments."""
    return tuple(_invoices(Random(seed), departments, count))  # noqa: S311 - made up, not secret


def _invoices(random: Random, departments: int, count: int) -> Iterator[Invoice]:
    for index in range(1, count + 1):
        supplier, currency, rates = random.choice(_SUPPLIERS)
        issued = dt.date(2024, 1, 2) + dt.timedelta(days=index * 300 // COUNT)
        yield Invoice(
            index=index,
            number=f"INV-{issued:%Y}-{index:04d}",
            supplier=supplier,
            currency=currency,
            issued=issued,
            days=random.choice((14, 30, 60)),
            lines=tuple(_lines(random, departments, rates)),
        )


def _lines(random: Random, departments: int, rates: tuple[int, ...]) -> Iterator[Line]:
    count = random.randrange(1, 6)
    for number in range(1, count + 1):
        text, low, high = random.choice(_GOODS)
        yield Line(
            number=number * 10,
            text=text,
            quantity=Decimal(random.choice((1, 2, 3, 5, 12, 40))),
            price=Decimal(random.randrange(low, high)) / 100,
            returned=number > 1 and random.random() < 0.1,
            tax_percent=random.choice(rates),
            department=random.randrange(1, departments + 1),
        )
