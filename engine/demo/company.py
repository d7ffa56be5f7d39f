"""
The company that the demo's people work for: four legal entities, six offices, contracts and absences.

All of it follows from the people, so that every system tells of the same ones. LEIs have the form and the
check digits of ISO 17442, and belong to nobody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from engine.demo.workers import Department, Worker

PAPERLESS = dt.date(2022, 7, 1)
"""Contracts since then are in the HR system; older ones are on paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A legal entity."""

    id: int
    code: str
    name: str
    legal_name: str
    country: str
    currency: str
    lei: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A place of work."""

    id: int
    code: str
    city: str
    street: str
    postal_code: str
    country: str
    zone: str
    latitude: str
    longitude: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Days away from work, asked for and decided about."""

    person: Worker
    kind: str
    state: str
    first: dt.date
    last: dt.date
    days: int
    asked: dt.datetime
    decided: dt.datetime | None


def _lei(body: str) -> str:
    """18 characters and their two check digits (ISO 7064, modulo 97-10)."""
    digits = "".join(str(int(each, 36)) for each in f"{body}00")
    return f"{body}{98 - int(digits) % 97:02d}"


COMPANIES = tuple(
    Company(
        id=number,
        code=f"EX-{country}",
        name=f"Example {name}",
        legal_name=f"Example {name}{form}",
        country=country,
        currency=currency,
        lei=_lei(f"9999000EXAMPLE00{country}"),
    )
    for number, (country, name, form, currency) in enumerate(
        (
            ("DE", "Deutschland", " GmbH", "EUR"),
            ("PT", "Portugal", ", Lda.", "EUR"),
            ("GB", "Britain", " Ltd", "GBP"),
            ("US", "America", ", Inc.", "USD"),
        ),
        start=1,
    )
)
"""The first one holds the others."""

OFFICES = tuple(
    Office(
        id=number,
        code=city[:3].upper(),
        city=city,
        street=street,
        postal_code=postal_code,
        country=country,
        zone=zone,
        latitude=latitude,
        longitude=longitude,
    )
    for number, (city, street, postal_code, country, zone, latitude, longitude) in enumerate(
        (
            ("Berlin", "Musterstr. 1", "10115", "DE", "Europe/Berlin", "52.5200", "13.4050"),
            ("Lisbon", "Rua do Exemplo 2", "1100-001", "PT", "Europe/Lisbon", "38.7223", "-9.1393"),
            ("London", "3 Sample Street", "EC1A 1AA", "GB", "Europe/London", "51.5074", "-0.1278"),
            ("Glasgow", "4 Sample Road", "G1 1AA", "GB", "Europe/London", "55.8642", "-4.2518"),
            ("Chicago", "5 Example Avenue", "60601", "US", "America/Chicago", "41.8781", "-87.6298"),
            ("Seattle", "6 Example Way", "98101", "US", "America/Los_Angeles", "47.6062", "-122.3321"),
        ),
        start=1,
    )
)


def company_of(country: str) -> Company:
    """The one of a country."""
    return next(each for each in COMPANIES if each.country == country)


def office_of(person: Worker) -> Office:
    """Where a person works."""
    return next(each for each in OFFICES if each.city == person.city)


def department_code(each: Department) -> str:
    """The short name of a department: ``FIN`` for Finance, in every system."""
    return "".join(each.name.split())[:4].upper()


def under_contract(people: Sequence[Worker]) -> list[Worker]:
    """Those whose contract is in the HR system."""
    return [person for person in people if person.hired >= PAPERLESS]


def absences(people: Sequence[Worker]) -> Iterator[Absence]:
    """One of every sixteenth person, all in 2024."""
    for person in people[4::16]:
        random = Random(f"absence {person.index}")  # noqa: S311 - made up, not secret
        first = dt.date(2024, 2, 1) + dt.timedelta(days=random.randrange(240))
        days = random.randrange(1, 15)
        state = random.choice(("approved", "approved", "approved", "requested", "declined"))
        asked = dt.datetime.combine(first, dt.time(9, 30), dt.UTC) - dt.timedelta(
            days=random.randrange(3, 30)
        )
        yield Absence(
            person=person,
            kind=random.choice(("holiday", "holiday", "illness", "parents", "other")),
            state=state,
            first=first,
            last=first + dt.timedelta(days=days - 1),
            days=days,
            asked=asked,
            decided=None if state == "requested" else asked + dt.timedelta(hours=random.randrange(1, 60)),
        )
