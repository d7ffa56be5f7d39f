"""
What the CAP service holds when it starts: the same rows every time, every value as text.

Texts are kept as they are written into the files that CAP loads, so that a test can compare what
arrived with what was there, digit by digit.
"""

from __future__ import annotations

import csv
import datetime as dt
import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

Row = Mapping[str, str]
"""Column to text; empty is null."""

NAMESPACE = "trade"
BEGIN = dt.datetime(2023, 1, 1, tzinfo=dt.UTC)
LAST = dt.datetime(2025, 12, 31, tzinfo=dt.UTC)
BATCH = dt.datetime(2025, 6, 30, 22, 15, tzinfo=dt.UTC)
"""When a batch job touched a twentieth of all rows at once: more than a page shares this time."""
GIVEN = "Amélie Björn Carmen Dušan Eun Fatima Gül Håkon Irène João Kwame Łucja Màiri Nils Oya Þóra".split()
FAMILY = "Abadi Brzęk Çelik D'Angelo Eriksen Förster Grün Hôte Ibáñez Jović O'Hara Park Núñez Šimić".split()
COUNTRIES = {"AT": "EUR", "CH": "CHF", "CZ": "CZK", "FR": "EUR", "GB": "GBP", "PL": "PLN", "US": "USD"}
COMPANIES = (("1000", "AT"), ("2000", "US"), ("3000", "GB"), ("4000", "PL"))


def tables(
    *,
    partners: int = 6_000,
    employees: int = 10_000,
    orders: int = 8_000,
    cost_centers: int = 400,
    materials: int = 2_000,
    invoices: int = 1_500,
) -> dict[str, list[Row]]:
    """All rows by the name of their entity."""
    made = {
        "CompanyCodes": list(_companies()),
        "CostCenters": list(_cost_centers(cost_centers)),
        "BusinessPartners": list(_partners(partners)),
        "Employees": list(_employees(employees, cost_centers)),
        "Materials": list(_materials(materials, partners)),
    }
    order_rows: list[Row] = []
    items: list[Row] = []
    for order, lines in _orders(orders, partners, cost_centers, materials):
        order_rows.append(order)
        items += lines
    made |= {"PurchaseOrders": order_rows, "PurchaseOrderItems": items}
    invoice_rows: list[Row] = []
    invoiced: list[Row] = []
    for invoice, lines in _invoices(order_rows[:: max(1, orders // invoices)][:invoices], materials):
        invoice_rows.append(invoice)
        invoiced += lines
    return made | {"SupplierInvoices": invoice_rows, "SupplierInvoiceItems": invoiced}


def write(rows: Mapping[str, Sequence[Row]], folder: Path) -> None:
    """One file an entity, as CAP loads them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, each in rows.items():
        with (folder / f"{NAMESPACE}-{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(each[0]), delimiter=";")
            writer.writeheader()
            writer.writerows(each)


def _companies() -> Iterator[Row]:
    for code, country in COMPANIES:
        yield {
            "code": code,
            "name": f"Trade {country}",
            "country": country,
            "currency": COUNTRIES[country],
        } | (_managed(BEGIN, BEGIN))


def _cost_centers(count: int) -> Iterator[Row]:
    rng = random.Random("cost centers")
    for number in range(count):
        yield {
            "controllingArea": ("A000", "B000")[number % 2],
            "costCenter": _cost_center(number // 2),  # the same number in both areas
            "validTo": "9999-12-31",
            "validFrom": "2020-01-01",
            "name": f"Cost center {number}",
            "responsible": f"E{rng.randrange(10_000):06d}",
            "companyCode_code": COMPANIES[number % len(COMPANIES)][0],
            "parent": _cost_center(number // 20) if number >= 20 else "",
        } | _touched(rng)


def _partners(count: int) -> Iterator[Row]:
    rng = random.Random("partners")
    for number in range(count):
        country = rng.choice(list(COUNTRIES))
        person = rng.random() < 0.2
        name = (
            f"{rng.choice(GIVEN)} {rng.choice(FAMILY)}"
            if person
            else f"{rng.choice(FAMILY)} & {rng.choice(FAMILY)} {rng.choice(('AG', 'Ltd', 'SA'))}"
        )
        yield {
            "ID": _partner(number),
            "name": name,
            "category": "1" if person else "2",
            "role": rng.choice(("SUPPLIER", "CUSTOMER")),
            "taxNumber": f"{country}{rng.randrange(10**9):09d}",
            "email": f"office{number}@partner.example" if rng.random() < 0.9 else "",
            "country": country,
            "creditLimit": _decimal(rng, 10**15, 2),
            "currency": COUNTRIES[country],
            "isBlocked": str(rng.random() < 0.03).lower(),
            "isDeleted": str(rng.random() < 0.01).lower(),
        } | _touched(rng)


def _employees(count: int, cost_centers: int) -> Iterator[Row]:
    rng = random.Random("employees")
    for number in range(count):
        hired = dt.date(2004, 3, 1) + dt.timedelta(days=rng.randrange(7_000))
        left = hired + dt.timedelta(days=rng.randrange(40, 800)) if rng.random() < 0.15 else None
        yield {
            "ID": _employee(number),
            "userId": f"user{number:05d}",
            "firstName": rng.choice(GIVEN),
            "lastName": rng.choice(FAMILY),
            "email": f"user{number:05d}@trade.example",
            "hireDate": hired.isoformat(),
            "terminationDate": left.isoformat() if left else "",
            "status": "T" if left else "A",
            "fte": rng.choice(("1.00", "0.75", "0.60")),
            "salary": _decimal(rng, 20_000_000, 2),
            "currency": rng.choice(("EUR", "PLN", "USD")),
            "lastLogin": f"{_moment(rng):%Y-%m-%dT%H:%M:%SZ}",
            "shiftStart": rng.choice(("05:30:00", "13:30:00", "21:30:00")),
            "costCenter": _cost_center(rng.randrange(max(1, cost_centers // 2))),
            "manager_ID": _employee(rng.randrange(count)) if number else "",  # often one who comes later
        } | _touched(rng)


def _materials(count: int, partners: int) -> Iterator[Row]:
    rng = random.Random("materials")
    for number in range(count):
        kind = rng.choice(("ROH", "HAWA", "NLAG", "DIEN"))
        weighs = kind != "DIEN"
        yield {
            "ID": _material(number),
            "name": f"{rng.choice(FAMILY)} part {number}",
            "type": kind,
            "baseUnit": rng.choice(("EA", "KG", "M")) if weighs else "H",
            "gtin": f"{4_000_000_000_000 + number}" if weighs else "",
            "price": _decimal(rng, 90_000, 2),
            "currency": rng.choice(("EUR", "USD")),
            "netWeight": _decimal(rng, 5_000_000, 3) if weighs else "",
            "weightUnit": rng.choice(("KG", "G")) if weighs else "",
            "supplier_ID": _partner(rng.randrange(partners)),
            "isDeleted": str(rng.random() < 0.02).lower(),
        } | _touched(rng)


def _invoices(orders: Sequence[Row], materials: int) -> Iterator[tuple[Row, list[Row]]]:
    """One for each of these orders; every eighth is a credit note, and a part of the lines is given back."""
    rng = random.Random("invoices")
    for number, order in enumerate(orders):
        key = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        lines: list[Row] = []
        net = Decimal(0)
        for position in range(1, rng.randrange(2, 5)):
            quantity, price = Decimal(rng.randrange(1, 60)), Decimal(rng.randrange(1, 90_000)) / 100
            back = position > 1 and rng.random() < 0.1
            net += -quantity * price if back else quantity * price
            lines.append(
                {
                    "invoice_ID": key,
                    "pos": str(position * 10),
                    "material": _material(rng.randrange(materials)),
                    "text": f"{rng.choice(FAMILY)} part",
                    "quantity": f"{quantity}.000",
                    "unit": "EA",
                    "price": f"{price:.2f}",
                    "debitCredit": "H" if back else "S",
                    "amount": f"{quantity * price:.2f}",
                    "taxPercent": "20.0",
                }
            )
        tax = (net / 5).quantize(Decimal("0.01"))
        issued = dt.date.fromisoformat(order["orderDate"]) + dt.timedelta(days=rng.randrange(60))
        invoice = {
            "ID": key,
            "number": f"51{number:08d}",
            "documentType": "RG" if number % 8 == 7 else "RE",
            "supplier_ID": order["supplier_ID"],
            "companyCode_code": order["companyCode_code"],
            "purchaseOrder_ID": order["ID"],
            "invoiceDate": issued.isoformat(),
            "dueDate": (issued + dt.timedelta(days=30)).isoformat(),
            "status": rng.choice(("PARKED", "POSTED", "PAID", "CANCELLED")),
            "currency": order["currency"],
            "net": f"{net:.2f}",
            "tax": f"{tax:.2f}",
            "gross": f"{net + tax:.2f}",
        }
        yield invoice | _touched(rng), lines


def _orders(count: int, partners: int, cost_centers: int, materials: int) -> Iterator[tuple[Row, list[Row]]]:
    rng = random.Random("orders")
    for number in range(count):
        key = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        lines: list[Row] = [
            {
                "order_ID": key,
                "pos": str(position * 10),
                "material": _material(rng.randrange(materials)),
                "text": f"{rng.choice(FAMILY)} part, size {rng.randrange(40)}",
                "quantity": _decimal(rng, 500_000, 3),
                "unit": rng.choice(("EA", "KG", "M")),
                "price": _decimal(rng, 90_000, 2),
                "costCenter": _cost_center(rng.randrange(max(1, cost_centers // 2))),
            }
            for position in range(1, rng.randrange(2, 6))
        ]
        total = sum(Decimal(each["quantity"]) * Decimal(each["price"]) for each in lines)
        order = {
            "ID": key,
            "number": f"45{number:08d}",
            "supplier_ID": _partner(rng.randrange(partners)),
            "companyCode_code": rng.choice(COMPANIES)[0],
            "orderDate": f"{_moment(rng):%Y-%m-%d}",
            "status": rng.choice(("DRAFT", "RELEASED", "RECEIVED", "CLOSED", "CANCELLED")),
            "currency": rng.choice(("EUR", "USD")),
            "total": f"{total:.2f}",
        }
        yield order | _touched(rng), lines


def _partner(number: int) -> str:
    return f"{2_000_000 + number:010d}"


def _employee(number: int) -> str:
    return f"E{number:06d}"


def _material(number: int) -> str:
    return f"M-{number:06d}"


def _cost_center(number: int) -> str:
    return f"{70_000 + number:010d}"


def _decimal(rng: random.Random, below: int, places: int) -> str:
    """A number of ``places`` decimal places, ending zeros and all."""
    digits = f"{rng.randrange(1, below):0{places + 1}d}"
    return f"{digits[:-places]}.{digits[-places:]}"


def _moment(rng: random.Random) -> dt.datetime:
    return BEGIN + rng.random() * (LAST - BEGIN)


def _touched(rng: random.Random) -> dict[str, str]:
    created = _moment(rng)
    if rng.random() < 0.05:
        return _managed(min(created, BATCH), BATCH)
    return _managed(created, created + rng.random() * (LAST - created))


def _managed(created: dt.datetime, modified: dt.datetime) -> dict[str, str]:
    at = {"createdAt": created, "modifiedAt": modified}
    times = {name: f"{each:%Y-%m-%dT%H:%M:%S}.{each.microsecond // 1000:03d}Z" for name, each in at.items()}
    return times | {"createdBy": "seed", "modifiedBy": "seed"}
