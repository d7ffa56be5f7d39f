"""A mapping that uses every type and every key of a rule, and random records for it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.expression import Exponent

FIELDS: dict[str, Any] = {
    "number": {"type": "string", "required": True},
    "title": "string",
    "story": "text",
    "mail": "email",
    "token": "uuid",
    "active": "boolean",
    "count": "integer",
    "few": {"type": "integer", "min": 0, "max": 9},
    "ratio": "decimal",
    "share": {"type": "decimal", "min": 0, "max": 1},
    "day": "date",
    "other_day": "date",
    "seen": "timestamp",
    "met": "timestamp",
    "state": {"type": "enum", "values": ["on", "off"]},
    "stage": {"type": "enum", "values": ["one", "two"]},
    "extra": "json",
    "tags": {"type": "list", "of": "string"},
    "price": "money",
    "rate": {"type": "money", "per": "work_year"},
    "fee": "money",
    "cents": "money",
    "toll": {"type": "money", "scale": 2, "min": 0},
    "even": {"type": "decimal", "scale": 2},
    "cost": {"type": "money", "in": "USD", "on": "booked", "via": "EUR", "scale": 2},
    "share_price": {"type": "money", "in": "EUR", "on": "seen"},
    "booked": "date",
    "weight": {"type": "quantity", "unit": "kg"},
    "height": {"type": "quantity", "unit": "m", "scale": 4},
    "heat": {"type": "quantity", "unit": "degC", "scale": 2},
    "parent": {"type": "ref", "entity": "thing"},
    "region": "string",
    "whole": "string",
    "never": "string",
    "fixed": "string",
    "usual": {"type": "integer"},
    "loose": "integer",
    "pair": "string",
    "clean": "string",
}
RULES: dict[str, Any] = {
    "number": "number",
    "title": "title",
    "story": {"value": "notes[0].text || title"},
    "mail": "lower(trim(mail))",
    "token": "token",
    "active": "active",
    "count": "count",
    "few": "few",
    "ratio": "ratio",
    "share": "share",
    "day": "day",
    "other_day": {"value": "days.other", "format": ["%d/%m/%Y", "date"]},
    "seen": "seen",
    "met": {"value": "met", "format": "%Y-%m-%d %H:%M", "zone": {"value": "zone"}},
    "state": "state",
    "stage": {"value": "stage", "map": {"1": "one", "2": "two", "x": None}, "otherwise": "null"},
    "extra": "{a: extra.a, b: extra.b}",
    "tags": "tags[*].name",
    "price": {"value": "price.amount", "currency": {"value": "price.currency"}},
    "rate": {
        "value": "pay.amount",
        "currency": {"value": "pay.currency"},
        "per": {"value": "pay.period", "map": {"hour": "work_hour", "year": "work_year"}},
    },
    "fee": {"value": "fee", "currency": "EUR"},
    "cents": {"value": "fee", "currency": {"value": "pay.currency"}, "minor": True},
    "toll": {"value": "fee", "currency": "EUR", "max": 12},
    "even": "ratio",
    "cost": {"value": "cost.amount", "currency": {"value": "cost.currency"}, "minor": True},
    "share_price": {"value": "fee", "currency": "EUR"},
    "booked": {"value": "cost.day", "format": "%Y-%m-%d"},
    "weight": {"value": "weight", "unit": "lb"},
    "height": {"value": "height.value", "unit": {"value": "height.unit", "map": {"in": "inch", "cm": "cm"}}},
    "heat": {"value": "heat", "unit": "text"},
    "parent": {"value": "parent", "ref": "c.s"},
    "region": {"value": "region", "of": "partition"},
    "whole": {"value": "total", "of": "body"},
    "fixed": {"constant": "a\tb"},
    "usual": {"value": "usual", "default": 7},
    "loose": {"value": "loose", "on_error": "omit"},
    "pair": {
        "value": "concat('-', [title, number])",
        "map": {"a-1": "ab"},
        "otherwise": {"constant": "else"},
    },
    "clean": "sort_by(notes, &at)[-1].text",
}
IDENTITY = [
    {"name": "number", "on": ["number"], "normalise": ["trim", "upper"]},
    {"name": "both", "on": ["title", "mail"], "normalise": ["lower"]},
    {"name": "day", "on": ["day"]},
]
USUAL: dict[str, list[Any]] = {
    "number": ["1", "a/b", "x~y"],
    "title": ["Dr", "a b", None],
    "notes": [[{"at": "1", "text": "first"}, {"at": "2", "text": "last\nline"}], []],
    "mail": [" A@B.com ", None],
    "token": ["0F8FAD5B-D9CB-469F-A165-70867728950E"],
    "active": [True, False, None],
    "count": [0, 5, 2**63 - 1, -3],
    "few": [0, 9],
    "ratio": [1, Decimal("1.10"), Decimal("0.0"), Exponent("1e3"), "2.5"],
    "share": [Decimal("0.5"), 1],
    "day": ["2024-02-29", None],
    "days": [{"other": "28/02/2024"}, {"other": "2024-02-28"}, None],
    "seen": ["2024-05-01T10:00:00Z", "2024-05-01T10:00:00.123+02:00"],
    "met": ["2024-05-01 10:00"],
    "zone": ["Europe/Berlin"],
    "state": ["on", "off"],
    "stage": ["1", 2, "x", "y"],
    "extra": [{"a": 1, "b": [Decimal("1.0")]}, {"a": 'é"\\/\x7f\u2028', "b": True}, {"a": 10**30}, None],
    "tags": [[{"name": "a,b"}, {"name": "NULL"}], []],
    "price": [{"amount": Decimal("61.50"), "currency": "USD"}, {"amount": 5, "currency": "EUR"}, None],
    "pay": [{"amount": "61.50", "currency": "USD", "period": "hour"}],
    "cost": [
        {"amount": 1999, "currency": "GBP", "day": "2024-03-06"},
        {"amount": 1999, "currency": "JPY", "day": "2024-03-05"},
        {"amount": 250, "currency": "USD", "day": None},
        None,
    ],
    "fee": [12, Decimal("0.99"), "3.10"],
    "weight": [150, Decimal("150.5")],
    "height": [{"value": 70, "unit": "in"}, {"value": Decimal("180.5"), "unit": "cm"}],
    "heat": ["98.6 degF", "37 degC"],
    "parent": ["17", 17, Decimal("17.0")],
    "usual": [None, 3],
    "loose": [1, "x"],
}
ODD: list[Any] = [
    *(None, True, False, 0, 1, -1, 2**63, 10**40, "", " ", "a\tb\\c\nd\re", "\\N", "\x00", "\ud800", "é"),
    *(
        "\u2028",
        Decimal("1.00"),
        Decimal("-0.0"),
        Decimal("0.000000001"),
        Exponent("1E400"),
        Exponent("1.50e-2"),
    ),
    *("1", "1.0", "true", "x" * 300, "2024-02-30", "2024-13-01T10:00:00Z", "2024-W01-1T10:00:00Z"),
    *("2024-05-01T24:00:00Z", [], {}, [None], [1, "a"], {"value": 1}, {"amount": True, "currency": 1}),
    *({"unit": "in"}, [[]], "USD", "in"),
]


def record(draw: random.Random, usual: Mapping[str, list[Any]], odd: float) -> Any:
    """A record of usual values, some of them replaced by odd ones, now and then something else whole."""
    if draw.random() < odd / 10:
        return draw.choice(ODD)
    made = {name: draw.choice(values) for name, values in usual.items()}
    for name, value in list(made.items()):
        if draw.random() < odd:
            made[name] = draw.choice(ODD)
        elif isinstance(value, dict) and draw.random() < odd:
            made[name] = {**value, draw.choice(list(value)): draw.choice(ODD)}
    return made
