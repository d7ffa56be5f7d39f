"""Whatever a source sends, a record becomes one storable row or one rejection with codes that are known."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

from engine.expression import Exponent
from engine.mapping.apply import Row, apply
from engine.mapping.plan import Plan
from engine.mapping.readings import Sources
from engine.mapping.steps import FAULTS
from engine.mapping.texts import copy_line

FIELDS: dict[str, Any] = {
    "a": "string",
    "b": "text",
    "c": "email",
    "d": "uuid",
    "e": "boolean",
    "f": {"type": "integer", "min": 0},
    "g": "decimal",
    "h": "date",
    "i": "timestamp",
    "j": {"type": "enum", "values": ["x", "true", "1"]},
    "k": "json",
    "l": {"type": "list", "of": "decimal"},
    "m": {"type": "ref", "entity": "thing"},
    "n": {"type": "money", "per": "work_year"},
    "o": {"type": "quantity", "unit": "m", "scale": 3},
    "p": {"type": "quantity", "unit": "degC"},
    "q": "date",
    "r": "timestamp",
    "s": "timestamp",
}
RULES: dict[str, Any] = {
    **{name: f"v.{name}" for name in "abcdefghijkl"},
    "m": {"value": "v.m", "ref": "c.s"},
    "n": {"value": "v.n", "currency": {"value": "v.u"}, "per": {"value": "v.w"}},
    "o": {"value": "v.o", "unit": "text"},
    "p": {"value": "v.p", "unit": {"value": "v.u"}},
    "q": {"value": "v.q", "format": ["%d/%m/%Y", "epoch_ms"]},
    "r": {"value": "v.r", "format": "%Y-%m-%d %H:%M", "zone": {"value": "v.u"}},
    "s": {"value": "v.s", "format": "epoch"},
}
ODD: list[Any] = [
    *(None, True, False, 0, -1, 10**18, 10**900, Decimal("1.5"), Decimal("1e-999"), Decimal("-0.0")),
    *(Exponent("1e999"), Exponent("-1e-900"), "", "x", "\x00", "\ud800", "a\udfffb", "9" * 3000, "1e99999"),
    *("12000-01-01", "12000-01-01T00:00:00Z", "2024-02-30", "2024-13-45T99:99:99Z"),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "5 ft 11 in", "1e5 ft", " 5kg", "5 m"),
    *("é" * 3000, [], [1], [None], ["\x00"], {}, {"a": 1}, {"\x00": 1}, [[["x"]]], "EUR", "work_hour", "cm"),
    *("00/00/0000", "31/12/9999", "2024-03-31 02:30", "Europe/Berlin", "../../etc/passwd", "\u0664", "NaN"),
]


def test_every_odd_value_in_every_type_is_a_row_or_faults_and_nothing_else(bench: Any) -> None:
    plan = bench.plan(FIELDS, {"fields": RULES})
    assert isinstance(plan, Plan), plan
    draw = random.Random(11)
    rows = refused = 0
    for turn in range(2000):
        share = (0.9, 0.1)[turn % 2]
        names = [*FIELDS, "u", "w"]
        record = {"v": {name: draw.choice(ODD) if draw.random() < share else None for name in names}}
        made = apply(plan, Sources(element=record, record=record))
        if isinstance(made, Row):
            rows += 1
            line = copy_line(made.columns)
            assert "\x00" not in line
            assert line.encode().count(b"\t") == len(made.columns) - 1
            continue
        refused += 1
        for fault in made:
            assert fault.code in FAULTS
            assert "\x00" not in fault.message
            fault.message.encode()
            assert len(fault.message) < 300
    assert rows > 150
    assert refused > 1000


def test_the_values_of_the_table_of_hostile_values_have_their_codes(bench: Any) -> None:
    """One bad field refuses its record; each reason has its own code."""
    expected = {
        ("string", '"\\u0000"'): "text-nul",
        ("string", '"\\ud800"'): "text-surrogate",
        ("json", '"\\ud800"'): "text-surrogate",
        ("decimal", '"1e999999"'): "number-out-of-range",
        ("integer", "123456789012345678901234567890"): "number-out-of-range",
        ("date", '"12000-01-01"'): "time-out-of-range",
        ("timestamp", '"12000-01-01T00:00:00Z"'): "time-out-of-range",
    }
    for (kind, value), code in expected.items():
        assert bench.one(kind, "v", f'{{"v": {value}}}').codes == (code,)
    assert bench.one("decimal", "v", '{"v": 1.10}').row.columns == ("1.10",)
    whole = "123456789012345678901234567890"
    assert bench.one("decimal", "v", f'{{"v": {whole}}}').row.columns == (whole,)
