"""A value is explained by the bytes it came from, and running its rule again gives it."""

from __future__ import annotations

import datetime as dt
import json
import random
from typing import Any

import pytest

from engine.expression import Expression
from engine.expression.json_text import read_json
from engine.mapping.json_bytes import byte_range, pointer_text
from engine.mapping.located import Located
from engine.mapping.mapped import map_exactly
from engine.mapping.plan import Plan
from engine.mapping.reads import pointers_read
from engine.mapping.trace import Trace, explain
from engine.records.received import Decoded, Response, StreamName

BODY = b"""\xef\xbb\xbf{ "data" : [
  {"id": 1, "n\\u0061me": "A\\"d]a", "pay": {"amount": 61.50, "currency": "USD", "period": "hour"}},
  {"id": 2, "items": [{"code": "x", "v": [1, {"deep": null}]}, {"code": "y", "v": -1.5e3}]}
 ], "data2": {"a": 1, "a": 2}, "e/f~g": "" }"""


def decoded(body: bytes, records: list[Any], document: Any, **partition: Any) -> Decoded:
    response = Response(
        id=1,
        stream=StreamName(source="s", stream="t"),
        partition=partition,
        position=1,
        request={},
        status=200,
        headers={},
        fetched_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        body=body,
        sha256=bytes(32),
        wire_length=len(body),
        coding="identity",
    )
    size = len(records)
    return Decoded(
        response=response,
        document=document,
        records=records,
        places=list(range(size)),
        keys=[str(each["id"]) for each in records],
        versions=[0] * size,
        hashes=[0] * size,
        fates=[0] * size,
        faults={},
    )


@pytest.mark.parametrize(
    ("pointer", "text"),
    [
        (("data", 0, "name"), b'"A\\"d]a"'),
        (("data", 0, "pay", "amount"), b"61.50"),
        (("data", 1, "items", 1, "v"), b"-1.5e3"),
        (("data", 1, "items", 0, "v", 1), b'{"deep": null}'),
        (("data2", "a"), b"2"),
        (("e/f~g",), b'""'),
        (("data", 2), None),
        (("data", "0"), None),
        (("missing",), None),
    ],
)
def test_a_pointer_leads_to_the_bytes_of_its_value(pointer: Any, text: bytes | None) -> None:
    found = byte_range(BODY, pointer)
    assert (None if found is None else BODY[found[0] : found[1]]) == text


def test_every_pointer_of_random_documents_leads_to_its_value() -> None:
    draw = random.Random(5)

    def grow(depth: int) -> Any:
        kind = draw.randint(0, 5 if depth else 3)
        if kind == 4:
            return [grow(depth - 1) for _ in range(draw.randint(0, 3))]
        if kind == 5:
            return {draw.choice(['a"', "b\\", "c]", "ü", "{"]): grow(depth - 1) for _ in range(3)}
        return [None, True, draw.randint(-9, 9), draw.choice(['"', "]}", "\\", "ü,", ""])][kind]

    def walk(value: Any, pointer: tuple[Any, ...]) -> Any:
        yield pointer, value
        if isinstance(value, dict | list):
            for step, each in value.items() if isinstance(value, dict) else enumerate(value):
                yield from walk(each, (*pointer, step))

    for _ in range(200):
        document = grow(4)
        indent, ascii_only = draw.choice([None, 1]), draw.random() < 0.5
        body = json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode()
        for pointer, value in walk(document, ()):
            start, end = byte_range(body, pointer) or (0, 0)
            assert json.loads(body[start:end]) == value, (body, pointer)


@pytest.mark.parametrize(
    ("expression", "reads"),
    [
        ("a.b", ["/a/b"]),
        ("a.b || c", ["/a/b"]),
        ("missing || c", ["/c"]),
        ("lower(c)", ["/c"]),
        ("concat(' ', [c, a.b])", ["/c", "/a/b"]),
        ("l[1].v", ["/l/1/v"]),
        ("l[-1].v", ["/l/1/v"]),
        ("l[].v", ["/l/0/v", "/l/1/v"]),
        ("l[?k == 'y'].v | [0]", ["/l/0/k", "/l/1/k", "/l/1/v"]),
        ("if(c == 'x', l[0].v, a.b)", ["/c", "/l/0/v", "/a/b"]),
        ("{x: c}", ["/c"]),
        ("'constant'", []),
        ("@", [""]),
        ("missing.path", []),
    ],
)
def test_the_pointers_of_what_an_expression_touches_are_told(expression: str, reads: list[str]) -> None:
    document = {"a": {"b": "B"}, "c": "x", "l": [{"k": "x", "v": 1}, {"k": "y", "v": 2}]}
    found = sorted(map(pointer_text, pointers_read(Expression.parse(expression), document)))
    assert set(found) >= set(reads)
    assert set(found) - set(reads) <= {"/l"}


def salary_plan(bench: Any) -> Plan:
    rule = {
        "value": "pay.amount",
        "currency": {"value": "pay.currency"},
        "per": {"value": "pay.period", "map": {"hour": "work_hour"}},
    }
    made = bench.plan({"salary": {"type": "money", "per": "work_year"}}, {"fields": {"salary": rule}})
    assert isinstance(made, Plan)
    return made


def test_a_salary_is_explained_to_its_bytes_and_its_factor(bench: Any) -> None:
    document = _document()
    made = explain(salary_plan(bench), Located(decoded(BODY, document["data"], document), 0), "salary")
    assert made.columns == ("127920.00", "USD")
    assert made.fault is None
    assert [(each.key, each.pointer, each.text) for each in made.origins] == [
        ("value", "/data/0/pay/amount", "61.50"),
        ("per", "/data/0/pay/period", '"hour"'),
        ("currency", "/data/0/pay/currency", '"USD"'),
    ]
    first = made.origins[0]
    assert BODY[first.start : first.end] == b"61.50"
    assert [(step.key, step.says) for step in made.steps] == [
        ("per", "× 2080 (work_hour to work_year)"),  # noqa: RUF001 - the sign is meant
        ("currency", "USD"),
        ("type", ""),
    ]


def test_a_table_and_a_blank_text_are_steps_of_their_own(bench: Any) -> None:
    rule = {"value": "c", "blank": ["-"], "lookup": {"table": "countries", "from": "alpha3", "to": "alpha2"}}
    made = bench.plan({"c": "country"}, {"fields": {"c": {**rule, "default": "FR"}}})
    records: list[Any] = [{"id": 1, "c": "DEU"}, {"id": 2, "c": "-"}, {"id": 3, "c": "XXX"}]
    found = decoded(json.dumps(records).encode(), records, records)
    said = [explain(made, Located(found, index), "c") for index in range(3)]
    assert [[(step.key, step.says, step.result) for step in each.steps] for each in said] == [
        [("lookup", "countries: alpha3 to alpha2", "'DE'"), ("type", "", "DE")],
        [("blank", "'-'", "null"), ("default", "", "FR")],
        [],
    ]
    assert [each.columns for each in said] == [("DE",), ("FR",), (None,)]
    assert said[2].fault is not None
    assert said[2].fault.message == "'XXX' is not in column alpha3 of table countries"
    assert said[0].origins[0].pointer == "/0/c"


def _document() -> Any:
    text = BODY.decode("utf-8-sig").replace('"a": 1, "a": 2', '"a": 2')
    return read_json(text)


def test_an_element_is_explained_inside_its_record(bench: Any) -> None:
    made = bench.plan(
        {"v": "decimal", "owner": "string"},
        {"each": "items", "key": "code", "fields": {"v": "v", "owner": {"value": "id", "of": "record"}}},
    )
    document = _document()
    whole = decoded(BODY, document["data"], document)
    found = explain(made, Located(whole, 1), "v", key="2/y")
    assert [(each.pointer, each.text) for each in found.origins] == [("/data/1/items/1/v", "-1.5e3")]
    assert found.columns == ("-1500",)
    owner = explain(made, Located(whole, 1), "owner", key="2/y")
    assert [(each.pointer, each.text) for each in owner.origins] == [("/data/1/id", "2")]
    with pytest.raises(LookupError):
        explain(made, Located(whole, 1), "v", key="2/z")


def test_an_element_of_an_element_is_explained_with_the_one_around_it(bench: Any) -> None:
    key = [{"value": "code", "of": "parent"}, "n"]
    rules = {
        "v": {"value": "v", "of": "parent"},
        "to": {"value": ["n", {"value": "id", "of": "record"}], "ref": "c.s"},
    }
    made = bench.plan(
        {"v": "decimal", "to": {"type": "ref", "entity": "thing"}},
        {"each": ["items", "parts"], "key": key, "fields": rules},
    )
    body = b'[{"id": 1, "items": [{"code": "x", "v": 5}, {"code": "y", "v": 7, "parts": [{"n": 3}]}]}]'
    document = read_json(body.decode())
    whole = decoded(body, document, document)
    found = explain(made, Located(whole, 0), "v", key="1/y/3")
    assert [(each.pointer, each.text) for each in found.origins] == [("/0/items/1/v", "7")]
    to = explain(made, Located(whole, 0), "to", key="1/y/3")
    assert to.columns == ("3/1",)
    assert to.expression == "[n, id]"
    assert [(each.key, each.pointer) for each in to.origins] == [
        ("value", "/0/items/1/parts/0/n"),
        ("value", "/0/id"),
    ]


def test_a_fault_a_default_a_constant_and_a_partition_are_explained_too(bench: Any) -> None:
    fields = {"n": "integer", "d": "integer", "c": "string", "p": "string", "u": "string"}
    rules = {
        "n": "name",
        "d": {"value": "missing", "default": 3},
        "c": {"constant": "ACME"},
        "p": {"value": "region", "of": "partition"},
    }
    made = bench.plan(fields, {"fields": rules})
    document = _document()
    whole = decoded(BODY, document["data"], document, region="eu")

    def one(field: str) -> Trace:
        return explain(made, Located(whole, 0), field)

    fault = one("n").fault
    assert fault is not None
    assert (fault.code, fault.rule) == ("not-a-number", "rules.yaml:4")
    assert (one("d").columns, [step.key for step in one("d").steps]) == (("3",), ["default"])
    assert (one("c").columns, one("c").expression) == (("ACME",), "'ACME'")
    assert [(each.pointer, each.start, each.text) for each in one("p").origins] == [("/region", None, "'eu'")]
    assert (one("u").columns, one("u").expression) == ((None,), "")


def test_what_explain_gives_is_what_was_mapped(bench: Any) -> None:
    """The trace is the same steps: no value may differ from the row's."""
    made_plan = salary_plan(bench)
    document = _document()
    whole = decoded(BODY, document["data"], document)
    line = map_exactly(made_plan, whole).lines[0].split("\t")
    assert tuple(line[-2:]) == explain(made_plan, Located(whole, 0), "salary").columns


def test_a_converted_amount_is_explained_with_its_rate_its_day_and_who_published_it(bench: Any) -> None:
    """The amount as it came, its currency and the bytes of the day are there too."""
    made_plan = bench.plan(
        {"cost": {"type": "money", "in": "USD", "on": "day", "via": "EUR", "scale": 2}, "day": "date"},
        {
            "fields": {
                "cost": {"value": "cost", "currency": {"value": "currency"}, "minor": True},
                "day": "day",
            }
        },
    )
    body = b'[{"id": 1, "cost": 1999, "currency": "GBP", "day": "2024-03-04"}]'
    document = read_json(body.decode())
    made = explain(made_plan, Located(decoded(body, document, document), 0), "cost")
    assert made.columns == ("25.37", "USD")
    assert [(each.key, each.pointer, each.text) for each in made.origins] == [
        ("value", "/0/cost", "1999"),
        ("currency", "/0/currency", '"GBP"'),
        ("on", "/0/day", '"2024-03-04"'),
    ]
    assert [(step.key, step.says, step.result) for step in made.steps] == [
        ("currency", "GBP", "1999 GBP"),
        ("minor", "× 0.01 (minor units of GBP)", "19.99 GBP"),  # noqa: RUF001 - the sign is meant
        (
            "in",
            "÷ 0.8550 (GBP to EUR, 2024-03-04, Central bank) × 1.0850 (EUR to USD, 2024-03-04, Central bank)",  # noqa: RUF001 - the sign is meant
            "25.36742690058479532163742690058480 USD",
        ),
        ("type", "", "25.37 USD"),
    ]
