"""What a conversion has to give, computed apart from the engine: fractions, and sizes copied by hand."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

F = Fraction
SIZES: dict[str, dict[str, tuple[Fraction, Fraction]]] = {
    "length": {
        "m": (F(1), F(0)),
        "km": (F(1000), F(0)),
        "micrometer": (F(1, 10**6), F(0)),
        "inch": (F(254, 10**4), F(0)),
        "ft": (F(3048, 10**4), F(0)),
        "yard": (F(9144, 10**4), F(0)),
        "mile": (F(1609344, 1000), F(0)),
        "nautical_mile": (F(1852), F(0)),
    },
    "mass": {
        "kg": (F(1), F(0)),
        "g": (F(1, 1000), F(0)),
        "metric_ton": (F(1000), F(0)),
        "lb": (F(45359237, 10**8), F(0)),
        "ounce": (F(45359237, 16 * 10**8), F(0)),
        "stone": (14 * F(45359237, 10**8), F(0)),
    },
    "temperature": {
        "K": (F(1), F(0)),
        "degC": (F(1), F(27315, 100)),
        "degF": (F(5, 9), F(45967, 100) * F(5, 9)),
        "degR": (F(5, 9), F(0)),
    },
    "difference": {"delta_degC": (F(1), F(0)), "delta_degF": (F(5, 9), F(0)), "K": (F(1), F(0))},
    "speed": {
        "m/s": (F(1), F(0)),
        "km/hour": (F(1000, 3600), F(0)),
        "mile/hour": (F(1609344, 3600 * 1000), F(0)),
        "knot": (F(1852, 3600), F(0)),
    },
    "volume": {
        "liter": (F(1, 1000), F(0)),
        "m**3": (F(1), F(0)),
        "ft**3": (F(3048, 10**4) ** 3, F(0)),
        "gallon": (231 * F(254, 10**4) ** 3, F(0)),
    },
    "pressure": {
        "Pa": (F(1), F(0)),
        "bar": (F(10**5), F(0)),
        "psi": (F(45359237, 10**8) * F(980665, 10**5) / F(254, 10**4) ** 2, F(0)),
    },
}
"""Units by what they measure: (size, where their zero stands), in the unit of SI."""

HOURS = {"work_hour": F(1), "work_week": F(40), "work_year": F(2080), "work_month": F(2080, 12)}
DIGITS = {"EUR": 2, "USD": 2, "GBP": 2, "JPY": 0, "KRW": 0, "BHD": 3, "KWD": 3, "CLF": 4}
FIRST = dt.date(2024, 1, 1)


def rates(draw: random.Random) -> dict[tuple[int, str, str], Fraction]:
    """By day after the first, base and quote: gaps of several days, and some both ways."""
    found: dict[tuple[int, str, str], Fraction] = {}
    for day in range(120):
        for code in DIGITS:
            if code != "EUR" and draw.random() < 0.4:
                found[day, "EUR", code] = F(draw.randint(1, 10**8), 10 ** draw.randint(1, 8))
            if code != "EUR" and draw.random() < 0.1:
                found[day, code, "EUR"] = F(draw.randint(1, 10**6), 10 ** draw.randint(1, 6))
            if code not in {"EUR", "USD"} and draw.random() < 0.1:
                found[day, "USD", code] = F(draw.randint(1, 10**6), 10**4)
    return found


def rate_of(
    known: dict[tuple[int, str, str], Fraction], pair: tuple[str, str], day: int, within: int
) -> Fraction | None:
    """The factor from one currency to the other; chained through the euro."""

    def leg(at: int, source: str, target: str) -> Fraction | None:
        if (at, source, target) in known:
            return known[at, source, target]
        return 1 / known[at, target, source] if (at, target, source) in known else None

    source, target = pair
    for at in range(day, day - within - 1, -1):
        direct = leg(at, source, target)
        if direct is not None:
            return direct
        if "EUR" not in pair:
            first, second = leg(at, source, "EUR"), leg(at, "EUR", target)
            if first is not None and second is not None:
                return first * second
    return None


def rounded(value: Fraction, scale: int | None) -> Fraction:
    """To places, or where the decimal does not end to 34 digits: the even neighbour of a half."""
    if scale is None:
        rest = value.denominator
        for prime in (2, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return value
        scale = 0
        while abs(value) * F(10) ** scale < 10**33:
            scale += 1
        while abs(value) * F(10) ** scale >= 10**34:
            scale -= 1
    shifted = value * F(10) ** scale
    below = shifted.numerator // shifted.denominator
    rest_of = shifted - below
    up = rest_of > F(1, 2) or (rest_of == F(1, 2) and below % 2 == 1)
    return F(below + up) / F(10) ** scale


def number(draw: random.Random) -> tuple[Any, Fraction]:
    """A number as a source sends it, and its value."""
    digits, places = draw.randint(1, 10 ** draw.randint(1, 25)), draw.randint(0, 12)
    sign = draw.choice((1, 1, 1, -1))
    if draw.random() < 0.3:
        whole = sign * digits
        return draw.choice((whole, str(whole))), F(whole)
    value = Decimal(sign * digits).scaleb(-places)
    text = f"{value:f}"
    return draw.choice((Decimal(text), text)), F(Decimal(text))


@dataclass(frozen=True)
class Trial:
    """One field, its rule, and records of both with what they have to become (None: no rate)."""

    field: dict[str, Any]
    rule: dict[str, Any]
    records: list[dict[str, Any]]
    wanted: list[Fraction | None]


def measure(draw: random.Random, count: int) -> Trial:
    """Records of one unit in another."""
    family = draw.choice(sorted(SIZES))
    source, target = draw.choice(sorted(SIZES[family])), draw.choice(sorted(SIZES[family]))
    scale = draw.choice((None, 0, 2, 6))
    (size, zero), (whole, start) = SIZES[family][source], SIZES[family][target]
    given = [number(draw) for _ in range(count)]
    return Trial(
        field={"type": "quantity", "unit": target, **({} if scale is None else {"scale": scale})},
        rule={"value": "v", "unit": source},
        records=[{"v": sent} for sent, _ in given],
        wanted=[rounded((value * size + zero - start) / whole, scale) for _, value in given],
    )


def amount(draw: random.Random, count: int, known: dict[tuple[int, str, str], Fraction]) -> Trial:
    """Records of money: per a time, in minor units, by the rate of a day, or several of these."""
    scale = draw.choice((None, 2, 4))
    field: dict[str, Any] = {"type": "money", **({} if scale is None else {"scale": scale})}
    rule: dict[str, Any] = {"value": "v", "currency": {"value": "c"}}
    factor, minor, target = F(1), draw.random() < 0.5, draw.choice((None, "USD", "EUR"))
    within = draw.choice((0, 3, 7))
    if draw.random() < 0.6:
        rule["per"], field["per"] = draw.choice(sorted(HOURS)), draw.choice(sorted(HOURS))
        factor = HOURS[field["per"]] / HOURS[rule["per"]]
    if minor:
        rule["minor"] = True
    if target is not None:
        field |= {"in": target, "on": "day", "within": f"{within}d"}
        field |= {"via": "EUR"} if target != "EUR" else {}
    records, wanted = [], list[Fraction | None]()
    for _ in range(count):
        (sent, value), code, day = number(draw), draw.choice(sorted(DIGITS)), draw.randint(8, 119)
        records.append({"v": sent, "c": code, "day": (FIRST + dt.timedelta(days=day)).isoformat()})
        made = value * factor / (10 ** DIGITS[code] if minor else 1)
        found = F(1) if target in {None, code} else rate_of(known, (code, str(target)), day, within)
        wanted.append(None if found is None else rounded(made * found, scale))
    return Trial(field=field, rule=rule, records=records, wanted=wanted)
