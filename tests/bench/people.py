"""Nested HR records of about 1.1 KB, the same for everyone who measures."""

from __future__ import annotations

import json
import random
from typing import Any

GIVEN = "Ana Björn Chloé David Eva Farid Greta Hiro Inês John".split()
FAMILY = "Müller Smith García Tanaka Rossi Dubois Novak Kim Silva Jones".split()
CITIES = [
    ("Berlin", "DE", "10115"),
    ("Paris", "FR", "75001"),
    ("Austin", "US", "73301"),
    ("Osaka", "JP", "530-0001"),
]
TITLES = "Engineer Analyst Manager Director Consultant".split()
DEPARTMENTS = [("d1", "Research"), ("d2", "Sales"), ("d3", "Finance"), ("d4", "Operations")]
TAGS = "remote fulltime vip union trainee".split()
EVENTS = "hired promoted moved review".split()


def person(number: int, edition: int = 0) -> dict[str, Any]:
    """Person ``number`` (from 0) as the source tells it in an edition."""
    draw = random.Random(number)
    given, family = draw.choice(GIVEN), draw.choice(FAMILY)
    city, country, postal = draw.choice(CITIES)
    department, department_name = draw.choice(DEPARTMENTS)
    emails = [
        {"type": "work", "value": f"u{number}@corp.example", "primary": True},
        {"type": "home", "value": f"u{number}@mail.example", "primary": False},
    ]
    phones = [
        {"type": "mobile", "value": f"+49 170 {number % 10**7:07d}"},
        {"type": "work", "value": f"+49 30 {number % 10**6:06d}"},
    ]
    return {
        "id": f"w-{number:08d}",
        "externalId": f"X{number * 7919 % 100000007}",
        "active": number % 17 != 0,
        "name": {
            "givenName": given,
            "familyName": family,
            "formatted": f"{given} {family}" if number % 4 else None,
        },
        "emails": emails[::-1] if number % 10 == 3 else emails,
        "phones": phones if number % 5 else [],
        "address": {
            "street": f"Main St. {number % 200}",
            "city": city,
            "country": country,
            "postalCode": postal,
        },
        "employment": {
            "title": draw.choice(TITLES) + (" II" if edition else ""),
            "department": {"id": department, "name": department_name},
            "manager": {"id": f"w-{number // 10:08d}"} if number % 8 else None,
            "startDate": f"20{10 + number % 14:02d}-{1 + number % 12:02d}-{1 + number % 28:02d}",
            "salary": {
                "amount": round(30000 + draw.random() * 90000, 2) + edition,
                "currency": draw.choice(["EUR", "USD", "JPY"]),
            },
            "fte": draw.choice(["1", "0.8", "0.5"]),
        },
        "physical": {
            "weight": {"value": round(100 + draw.random() * 120, 1), "unit": draw.choice(["lb", "kg"])},
            "height": {"value": round(55 + draw.random() * 20, 1), "unit": "in"},
        },
        "geo": {"lat": round(draw.random() * 180 - 90, 6), "lon": round(draw.random() * 360 - 180, 6)},
        "tags": draw.sample(TAGS, 2),
        "history": [
            {"date": f"20{18 + k}-0{1 + draw.randrange(9)}-15", "event": draw.choice(EVENTS), "score": k}
            for k in range(3)
        ],
        "meta": {
            "created": "2020-01-02T03:04:05Z",
            "lastModified": f"2026-0{1 + number % 9}-1{number % 10}T08:{number % 60:02d}:0{edition}Z",
            "version": number % 9 + edition,
            "etag": f'W/"{number * 31 % 99991:08x}"',
        },
    }


def page(first: int, size: int, total: int, changed: int = 0) -> bytes:
    """A page of ``size`` records from ``first``; every ``changed``-th person is in its next edition."""
    people = [
        person(number, int(bool(changed) and number % changed == 3))
        for number in range(first, min(first + size, total))
    ]
    return json.dumps({"total": total, "items": people}, ensure_ascii=False, separators=(",", ":")).encode()
