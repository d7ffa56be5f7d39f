"""
Which rate held on which day? Dated rates between currencies: the lines of ``units/fx/*.csv``.

``date,base,quote,rate,source``: on that day one of ``base`` was ``rate`` of ``quote``, says ``source``.
Lines that begin with ``#`` are for people.
A rate serves both ways, the way back as an exact fraction. Two rates are chained only where a contract
names the currency between them (``via``), and only if both are of one day.
"""

from __future__ import annotations

import bisect
import csv
import datetime as dt
import functools
import hashlib
import io
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Final

from engine.errors import Problem
from engine.mapping.affine import Affine
from engine.mapping.currencies import CURRENCIES, CURRENT
from engine.spec.say import near

HEADER: Final = ("date", "base", "quote", "rate", "source")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_RATE = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,20})?")

Files = tuple[tuple[str, str], ...]
"""(name, text) of the files of one folder."""
Pair = frozenset[str]
Way = tuple[tuple[str, str], ...]
"""From a currency to a currency, step by step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One line: on ``day`` one of ``base`` was ``rate`` of ``quote``."""

    day: dt.date
    base: str
    quote: str
    rate: Decimal
    source: str

    @property
    def pair(self) -> Pair:
        """Both currencies, whichever way it is read."""
        return frozenset((self.base, self.quote))


@dataclass(frozen=True, slots=True)
class Route:
    """How an amount goes from one currency to another: one rate, or two of one day."""

    legs: tuple[tuple[Rate, bool], ...]
    """Rates, and whether each is read backwards."""
    line: Affine = field(init=False, compare=False)
    """The factor, exact."""

    def __post_init__(self) -> None:
        factor = Fraction(1)
        for rate, backwards in self.legs:
            factor = factor / Fraction(rate.rate) if backwards else factor * Fraction(rate.rate)
        object.__setattr__(self, "line", Affine(factor))

    def says(self, times: str) -> str:
        """Each rate with its currencies, day and source, for people."""
        said = []
        for rate, backwards in self.legs:
            way = (rate.quote, rate.base) if backwards else (rate.base, rate.quote)
            sign = "÷" if backwards else times
            said.append(f"{sign} {rate.rate} ({' to '.join(way)}, {rate.day}, {rate.source})")
        return " ".join(said)


class Rates:
    """All rates; those of a later folder stand for an earlier one's of the same day and currencies."""

    def __init__(self, folders: Sequence[Files] = ()) -> None:
        """``folders``: the catalogue's files, then the project's. Nothing is read before it is needed."""
        self._folders = folders
        self._known: dict[Way, Sequence[dt.date]] = {}

    @functools.cached_property
    def _read(self) -> tuple[Mapping[Pair, Mapping[dt.date, Mapping[str, Rate]]], tuple[Problem, ...]]:
        known: dict[Pair, dict[dt.date, dict[str, Rate]]] = {}
        problems: list[Problem] = []
        for files in self._folders:
            own: dict[Pair, dict[dt.date, dict[str, Rate]]] = {}
            places: dict[tuple[dt.date, str, str], str] = {}
            for file, text in files:
                for number, found in _lines(file, text):
                    if isinstance(found, Problem):
                        problems.append(found)
                        continue
                    one = (found.day, found.base, found.quote)
                    if one in places:
                        said = f"the rate of this day, base and quote stands in {places[one]} already"
                        problems.append(Problem(file, number, 1, "duplicate-rate", said))
                        continue
                    places[one] = f"{file}:{number}"
                    own.setdefault(found.pair, {}).setdefault(found.day, {})[found.base] = found
            for pair, days in own.items():
                known.setdefault(pair, {}).update(days)
        return known, tuple(problems)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong in the files."""
        return self._read[1]

    def route(self, source: str, target: str, day: dt.date, *, within: int, via: str | None) -> Route | None:
        """
        The way from one currency to another by the rates of ``day``, or of the last day that has one.

        At most ``within`` days before ``day``. On each day a rate of the two currencies goes before a
        chain, and a rate as it is written before its inverse.
        """
        last: tuple[dt.date, Way] | None = None
        for way in _ways(source, target, via):
            days = self._days(way)
            before = bisect.bisect_right(days, day)
            if before and (last is None or days[before - 1] > last[0]):
                last = days[before - 1], way
        if last is None or (day - last[0]).days > within:
            return None
        return Route(tuple(self._leg(*step, last[0]) for step in last[1]))

    def _days(self, way: Way) -> Sequence[dt.date]:
        """Days on which every step of a way has a rate, in order."""
        if way not in self._known:
            steps = [self._read[0].get(frozenset(step), {}) for step in way]
            self._known[way] = sorted(day for day in steps[0] if all(day in each for each in steps))
        return self._known[way]

    def _leg(self, source: str, target: str, day: dt.date) -> tuple[Rate, bool]:
        there = self._read[0][frozenset((source, target))][day]
        return (there[source], False) if source in there else (there[target], True)

    def leads(self, source: str, target: str, via: str | None) -> bool:
        """Whether there is a way from one currency to another on any day at all."""
        known = self._read[0]
        return any(all(frozenset(step) in known for step in way) for way in _ways(source, target, via))

    def meaning(self, target: str, sources: Collection[str] | None, via: str | None) -> str:
        """
        What a fingerprint takes: every rate that amounts in ``sources`` (None: in any) may be read by.

        Days, currencies and rates; not their sources, which no result depends on.
        """
        hashed = hashlib.sha256()
        for pair, days in sorted(self._read[0].items(), key=lambda each: sorted(each[0])):
            if _used(pair, target, sources, via):
                for rate in sorted((rate for each in days.values() for rate in each.values()), key=_order):
                    line = f"{rate.day} {rate.base} {rate.quote} {rate.rate.normalize():f}\n"
                    hashed.update(line.encode())
        return hashed.hexdigest()


def _order(rate: Rate) -> tuple[dt.date, str]:
    return rate.day, rate.base


def _ways(source: str, target: str, via: str | None) -> Iterator[Way]:
    yield ((source, target),)
    if via is not None and via not in {source, target}:
        yield (source, via), (via, target)


def _used(pair: Pair, target: str, sources: Collection[str] | None, via: str | None) -> bool:
    ends = {target} if via is None else {target, via}
    other = pair - ends
    return bool(pair & ends) and (not other or sources is None or other <= set(sources))


def _lines(file: str, text: str) -> Iterator[tuple[int, Rate | Problem]]:
    """Every line of a file below its head, as its rate or what is wrong with it."""
    lines = enumerate(io.StringIO(text.removeprefix("\ufeff"), newline=""), start=1)  # as the csv module asks
    bare = ((number, line.rstrip("\r\n")) for number, line in lines)
    told = ((number, line) for number, line in bare if line.strip() and not line.startswith("#"))
    first, head = next(told, (1, ""))
    if tuple(head.split(",")) != HEADER:
        said = f"the first line has to be {','.join(HEADER)}"
        yield first, Problem(file, first, 1, "wrong-rate", said)
        return
    for number, line in told:

        def report(cells: Sequence[str], code: str, message: str, n: int = number, at: str = line) -> Problem:
            before = sum(len(each) + 1 for each in cells[:-1])
            return Problem(file, n, at.find(cells[-1], before) + 1 if cells else 1, code, message)

        yield number, _rate(line, report)


def _rate(line: str, report: Callable[[Sequence[str], str, str], Problem]) -> Rate | Problem:
    """One line; ``report`` takes the cells up to the one to blame, none for the whole line."""
    try:
        cells = next(csv.reader([line], strict=True))
    except csv.Error as error:
        return report((), "wrong-rate", f"this line is not CSV: {error}")
    if len(cells) != len(HEADER) or "\ufffd" in line:
        said = "not UTF-8" if "\ufffd" in line else f"{len(cells)} cells, where {len(HEADER)} are expected"
        return report((), "wrong-rate", said)
    date, base, quote, number, source = cells
    for at, code in ((2, base), (3, quote)):
        if code not in CURRENCIES:
            said = f"{code!r} is not a currency of ISO 4217{near(code, CURRENT)}"
            return report(cells[:at], "unknown-currency", said)
    day = _day(date)
    if day is None:
        return report(cells[:1], "wrong-rate", f"{date!r} is not a day: write YYYY-MM-DD")
    if not _RATE.fullmatch(number) or not Decimal(number):
        said = f"{number!r} is not a rate: a number above 0, as 1.0842"
        return report(cells[:4], "wrong-rate", said)
    if base == quote:
        return report((), "wrong-rate", f"a rate from {base} to itself")
    if not source.strip():
        return report((), "wrong-rate", "the last cell says who published the rate, and is empty")
    return Rate(day=day, base=base, quote=quote, rate=Decimal(number), source=source.strip())


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


@functools.lru_cache(maxsize=2)
def rates_of(folders: tuple[Files, ...]) -> Rates:
    """Give the rates of these files; read once."""
    return Rates(folders)


def no_rates() -> Rates:
    """Give none, where mappings are compiled without a project."""
    return rates_of(())
