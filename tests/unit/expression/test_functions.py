"""Does each function do what its line in the reference says?"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from engine.expression import FUNCTIONS, EvaluationError, Exponent, Expression, fuse

RECORD: dict[str, Any] = {
    "name": "  Ada ",
    "amount": Decimal("61.50"),
    "huge": 10**40,
    "rate": Exponent("1.5e3"),
    "list": [1, Decimal("1.0"), True, "1", None],
    "missing": None,
    "rows": [[1, "x"], [2, "y"]],
    "flag": False,
}

VALUES: list[tuple[str, Any]] = [
    ("lower('ÄB')", "äb"),
    ("upper('straße')", "STRASSE"),
    ("trim(name)", "Ada"),
    ("replace('a.b.c', '.', '')", "abc"),
    ("split('a,b,,c', ',')", ["a", "b", "", "c"]),
    ("substring('abcdef', `1`, `3`)", "bc"),
    ("substring('abcdef', `-2`)", "ef"),
    ("substring('abc', `1`, `null`)", "bc"),
    ("pad('17', `5`, '0')", "00017"),
    ("concat(' ', [missing, '', 'a', amount, `true`])", "a 61.50 true"),
    ("concat(' ', [missing, ''])", None),
    ("regex_extract('Berlin 10115', '[0-9]{5}')", "10115"),
    ("regex_extract('EUR 12', '([A-Z]+) [0-9]+')", "EUR"),
    ("regex_extract('abc', '[0-9]')", None),
    ("if(flag, 'a', 'b')", "b"),
    ("if(missing, 'a', 'b')", None),
    ("if(`0`, 'a', divide(`1`, `0`))", "a"),
    ("null_if('N/A', ['N/A', ''])", None),
    ("null_if('x', ['N/A', ''])", "x"),
    ("add(`0.1`, `0.2`)", Decimal("0.3")),
    ("subtract(amount, `1`)", Decimal("60.50")),
    ("multiply(amount, `2080`)", Decimal("127920.00")),
    ("multiply(huge, `1`)", Decimal("1." + 33 * "0" + "E+40")),
    ("divide(`1`, `3`)", Decimal("0.3333333333333333333333333333333333")),
    ("divide(`2`, `3`)", Decimal("0.6666666666666666666666666666666667")),
    ("round(`2.675`, `2`)", Decimal("2.68")),
    ("round(`2.665`, `2`)", Decimal("2.66")),
    ("round(`1250`, `-2`)", 1200),
    ("round(`2.5`)", 2),
    ("sum([`0.1`, `0.2`, `3`])", Decimal("3.3")),
    ("avg([`1`, `2`])", Decimal("1.5")),
    ("avg(`[]`)", None),
    ("ceil(`-1.5`)", -1),
    ("floor(rate)", 1500),
    ("to_number('12.30')", Decimal("12.30")),
    ("to_number('007')", 7),
    ("to_number('one')", None),
    ("to_string(rate)", "1.5e3"),
    ("to_string({a: amount})", '{"a":61.50}'),
    ("parse_number('1.234.567,89', ',')", Decimal("1234567.89")),
    ("parse_number('1 234,5', ',')", Decimal("1234.5")),
    ("parse_number('100.00-', '.')", Decimal("-100.00")),
    ("parse_number(amount, '.')", Decimal("61.50")),
    ("parse_time('31/12/2024 23:30', '%d/%m/%Y %H:%M', 'Europe/Berlin')", "2024-12-31T22:30:00Z"),
    ("parse_time('31/12/2024 23:30', '%d/%m/%Y %H:%M')", "2024-12-31T23:30:00"),
    ("parse_time('5 Mar 24', '%e %b %y')", "2024-03-05"),
    ("parse_time(`1700000000`, 'epoch')", "2023-11-14T22:13:20Z"),
    ("parse_time('/Date(1700000000123)/', 'dotnet')", "2023-11-14T22:13:20.123000Z"),
    ("parse_time('2024-05-01T10:00:00.123456789+02:00', 'rfc3339')", "2024-05-01T08:00:00.123456Z"),
    ("parse_time('2024-05-01T10:00:00+0200', 'rfc3339')", "2024-05-01T08:00:00Z"),
    (
        "format_time('2024-05-01T08:30:00Z', '%d.%m.%Y %I:%M %p %:z', 'Europe/Berlin')",
        "01.05.2024 10:30 AM +02:00",
    ),
    ("format_time('2024-05-01T08:30:00.5Z', '%H%M%S.%3f%z')", "083000.500+0000"),
    ("format_time('2024-05-01', '%A %j %B')", "Wednesday 122 May"),
    ("format_time('2024-05-01T08:30:00Z', 'epoch_ms')", 1714552200000),
    ("date_parts('2024-02-29').[year, month, day, weekday]", [2024, 2, 29, 4]),
    ("shift('2024-02-28', '2d')", "2024-03-01"),
    ("shift('2024-03-01T00:30:00Z', '-1h')", "2024-02-29T23:30:00Z"),
    ("entries({a: `1`})", [{"key": "a", "value": 1}]),
    ("table(['n', 't'], rows)", [{"n": 1, "t": "x"}, {"n": 2, "t": "y"}]),
    ("unique(list)", [1, True, "1", None]),
    ("parse_json('{\"a\": 1.10}').a", Decimal("1.10")),
    ("base64('Grüße')", "R3LDvMOfZQ=="),
    ("base64_decode('R3LDvMOfZQ')", "Grüße"),
    ("url_encode('a b/ü~')", "a%20b%2F%C3%BC~"),
    ("hash({b: amount, a: 'é'})", "ccfd9d752df7f5866c9d11a1290c312b23b110ef0ae244a910b99fc3e4687958"),
    ("sort_by([{n: `2`}, {n: `1.5`}], &n)[-1].n", 2),
    ("max_by(rows, &[0])[1]", "y"),
]

FAILURES = [
    "lower(amount)",
    "trim(rows)",
    "replace('a', '', 'b')",
    "split('a', '')",
    "substring('a', `1.5`)",
    "pad('a', `5`, '00')",
    "pad('a', `99999999`, '0')",
    "concat(' ', rows)",
    "add('1', `2`)",
    "add(`1`, missing)",
    "divide(`1`, `0`)",
    "round(`1`, `1000`)",
    "multiply(`1e900`, `1e900`) | multiply(@, @) | multiply(@, @)",
    "parse_number('1,23,4', '.')",
    "parse_number('abc', '.')",
    "parse_number('1', ';')",
    "parse_time('2024-02-30', 'date')",
    "parse_time('2024-03-31 02:30', '%Y-%m-%d %H:%M', 'Europe/Berlin')",
    "parse_time('12:30', '%H:%M')",
    "parse_time('12024-05-01', 'date')",
    "parse_time('2024-10-27 02:30', '%Y-%m-%d %H:%M', 'Europe/Berlin')",
    "parse_time(to_string(`1`), join('', ['par', 'ts']))",
    "format_time('2024-05-01T08:30:00Z', join('', ['iso_', 'duration']))",
    "parse_time(`99999999999999999999`, 'epoch')",
    "format_time('2024-05-01', 'epoch')",
    "format_time('yesterday', 'date')",
    "shift('2024-05-01', '1h')",
    "shift('9999-12-31', '1d')",
    "table(['a'], rows)",
    "unique('a')",
    'parse_json(\'{"a": 1, "a": 2}\')',
    "parse_json('NaN')",
    "base64_decode('***')",
    "base64_decode('/w==')",
    "`1` < 'a'",
    "merge({a: `1`}, `1`)",
    "contains('abc', `1`)",
    "sort_by(rows, &@)",
    "sum(['a'])",
]


@pytest.mark.parametrize(("text", "wanted"), VALUES, ids=[text for text, _ in VALUES])
def test_the_value_is_right_in_both_forms(text: str, wanted: Any) -> None:
    """By closures and by generated code, with the same kind and the same digits."""
    expression = Expression.parse(text)
    for found in (expression.search(RECORD), fuse([expression]).values(RECORD)[0]):
        assert (found, str(found), type(found)) == (wanted, str(wanted), type(wanted))


@pytest.mark.parametrize("text", FAILURES)
def test_what_does_not_fit_is_an_expression_error(text: str) -> None:
    """Never another exception, in neither form."""
    expression = Expression.parse(text)
    with pytest.raises(EvaluationError):
        expression.search(RECORD)
    with pytest.raises(EvaluationError):
        fuse([expression]).values(RECORD)


OURS = (
    *("lower", "upper", "trim", "replace", "split", "substring", "pad", "concat", "regex_extract"),
    *("if", "null_if", "add", "subtract", "multiply", "divide", "round", "parse_number"),
    *("parse_time", "format_time", "date_parts", "shift", "entries", "table", "unique"),
    *("parse_json", "base64", "base64_decode", "url_encode", "hash"),
)


@pytest.mark.parametrize("name", OURS)
def test_null_in_the_first_argument_gives_null(name: str) -> None:
    """Whatever the others are."""
    texts = {"regex_extract": "'a'", "parse_time": "'date'", "format_time": "'date'", "shift": "'1d'"}
    others = [texts.get(name, "`1`")] * (FUNCTIONS[name].shape.least - 1)
    assert Expression.parse(f"{name}({', '.join(['missing', *others])})").search(RECORD) is None


def test_every_function_is_described() -> None:
    """Name, signature, summary and version are there for the reference and the fingerprint."""
    for name, each in FUNCTIONS.items():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
        assert each.signature.startswith(f"{name}(")
        assert each.summary.endswith(".")
        assert each.version >= 1
