"""
The people whom the demo systems know: 2,000 workers, their departments and positions, from a seed.

Nobody here exists. The same seed makes the same people, whatever the system, and all dates lie well in
the past, so that no window of an incremental read depends on when the demo runs.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random

SEED = 2
COUNT = 2_000


def _words(text: str, separator: str = " ") -> tuple[str, ...]:
    return tuple(text.split(separator))


_FIRST = _words(
    "Ada Amara Anders Beatriz Chidi Chloé Daniel Elif Emeka Farid Fatima Giulia Grace Hana Hans Ines "
    "Ivan Jürgen Keiko Kofi Lena Liam Mateo Mei Nadia Noor Olga Omar Priya Quentin Ravi Rosa Samir "
    "Sofía Tariq Uma Viktor Wanjiru Yusuf Zoë"
)
_LAST = _words(
    "Adeyemi Andersen Bianchi Castillo Dubois Eriksson Fischer García Haddad Ivanova Jensen Kaya Kim "
    "Lindqvist Mbeki Müller Nakamura Novák O'Brien Okafor Patel Quispe Rossi Santos Silva Singh Tanaka "
    "Ueda Vasquez Weber Xu Yildiz Zhang"
)
_PLACES = (
    ("Berlin", "DE", "Europe/Berlin", "EUR"),
    ("Lisbon", "PT", "Europe/Lisbon", "EUR"),
    ("London", "GB", "Europe/London", "GBP"),
    ("Glasgow", "GB", "Europe/London", "GBP"),
    ("Chicago", "US", "America/Chicago", "USD"),
    ("Seattle", "US", "America/Los_Angeles", "USD"),
)
_LANGUAGES = ("en", "de", "es", "fr", "pt", "tr", "hi", "ja", "ar", "zh")
_DEPARTMENTS = _words(
    "Board|Finance|Accounting|Treasury|Tax|People|Recruiting|Payroll Office|Engineering|Platform|Data|"
    "Quality|Operations|Warehouse|Fleet|Purchasing|Sales|Field Sales|Partners|Marketing|Legal|Support|"
    "Research|Facilities",
    "|",
)
_BONUSES = tuple(map(Decimal, ("0", "0", "1250.50", "2500.00", "4800.75")))
_NOTES = (None, None, None, "Prefers e-mail.\nDesk 4\\12", "Keys\tborrowed", '"Night" shift\r\nuntil May')
_TITLES = ("Assistant", "Specialist", "Lead", "Director")


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A part of the company; all but the board have a parent."""

    id: int
    name: str
    parent_id: int | None
    positions: tuple[str, ...]
    """Titles; some departments have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One made-up person, before any system writes them in its own manner."""

    index: int
    """From 1."""
    number: str
    """The employee number that joins the systems: ``E-00001``."""
    uid: uuid.UUID
    given_name: str
    family_name: str
    status: str
    """``active``, ``on_leave`` or ``left``."""
    born: dt.date
    hired: dt.date
    left: dt.date | None
    inches: int
    pounds: Decimal
    department: int
    manager: int | None
    """Index of the manager; may be larger than one's own: parents come late."""
    percent: int
    """Of full time."""
    remote: bool
    dependants: int
    languages: tuple[str, ...]
    city: str
    country: str
    zone: str
    currency: str
    period: str
    """What ``pay`` is paid by: ``hour``, ``month`` or ``year``."""
    pay: Decimal
    bonus: Decimal
    """0 for none."""
    allowances: tuple[tuple[str, Decimal], ...]
    """``(code, amount)``, a code once."""
    note: str | None
    """With line breaks, tabs and backslashes, as people type."""
    badge_day: dt.date
    badge_time: str
    """``HH:MM`` in ``zone``; never in the hour that daylight saving repeats or skips."""
    changed: dt.datetime
    """UTC, with microseconds."""

    @property
    def email(self) -> str:
        """Unique by the number in it; written as HR typed it, upper and lower case mixed."""
        name = "".join(c for c in f"{self.given_name[0]}{self.family_name}" if c.isascii() and c.isalpha())
        return f"{name}{self.index}@Example.com"

    @property
    def title(self) -> str:
        """What the directory calls their job; one in twenty manages."""
        return _TITLES[2 if self.index % 20 == 1 else self.index % 2]


def departments() -> tuple[Department, ...]:
    """The 24 departments, ids from 1."""
    return tuple(
        Department(
            id=number,
            name=name,
            parent_id=None if number == 1 else max(1, number // 3),
            positions=() if number % 7 == 0 else tuple(f"{name} {title}" for title in _TITLES),
        )
        for number, name in enumerate(_DEPARTMENTS, start=1)
    )


def workers(count: int = COUNT, *, seed: int = SEED) -> tuple[Worker, ...]:
    """The first ``count`` people of this seed."""
    return tuple(_people(Random(seed), count))  # noqa: S311 - people are made up, not secrets


def _people(random: Random, count: int) -> Iterator[Worker]:
    for index in range(1, count + 1):
        city, country, zone, currency = random.choice(_PLACES)
        hired = dt.date(2009, 1, 1) + dt.timedelta(days=random.randrange(5_400))
        status = random.choices(("active", "on_leave", "left"), (90, 5, 5))[0]
        period = random.choice(("hour", "month", "year"))
        changed = dt.datetime(2024, 1, 1, tzinfo=dt.UTC) + dt.timedelta(
            microseconds=random.randrange(300 * 24 * 3600 * 1_000_000)
        )
        yield Worker(
            index=index,
            number=f"E-{index:05d}",
            uid=uuid.UUID(int=random.getrandbits(128), version=4),
            given_name=random.choice(_FIRST),
            family_name=random.choice(_LAST),
            status=status,
            born=dt.date(1960, 1, 1) + dt.timedelta(days=random.randrange(15_000)),
            hired=hired,
            left=hired + dt.timedelta(days=random.randrange(30, 300)) if status == "left" else None,
            inches=random.randrange(58, 80),
            pounds=Decimal(random.randrange(1_000, 2_600)) / 10,
            department=random.randrange(1, len(_DEPARTMENTS) + 1),
            manager=_manager(random, index, count),
            percent=random.choice((100, 100, 100, 80, 60, 50)),
            remote=random.random() < 0.3,
            dependants=random.randrange(5),
            languages=tuple(random.sample(_LANGUAGES, random.randrange(1, 4))),
            city=city,
            country=country,
            zone=zone,
            currency=currency,
            period=period,
            pay=_pay(random, period),
            bonus=random.choice(_BONUSES),
            allowances=_allowances(random),
            note=random.choice(_NOTES),
            badge_day=dt.date(2024, 10, 1) + dt.timedelta(days=random.randrange(28)),
            badge_time=f"{6 + random.randrange(4):02d}:{random.randrange(60):02d}",
            changed=changed,
        )


def _manager(random: Random, index: int, count: int) -> int | None:
    """The first is nobody's report; one in twenty manages, and may be further down the list."""
    if index == 1:
        return None
    manager = 1 + 20 * random.randrange(max(1, count // 20))
    return manager if manager != index else 1


def _pay(random: Random, period: str) -> Decimal:
    if period == "hour":
        return Decimal(random.randrange(1_400, 9_600)) / 100
    year = Decimal(random.randrange(28_000, 190_000))
    return year if period == "year" else (year / 12).quantize(Decimal("0.01"))


def _allowances(random: Random) -> tuple[tuple[str, Decimal], ...]:
    codes = random.sample(("CAR", "MEAL", "PHONE", "TRAVEL"), random.choice((0, 0, 0, 1, 2)))
    return tuple((code, Decimal(random.randrange(2_000, 60_000)) / 100) for code in codes)
