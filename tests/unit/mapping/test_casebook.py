"""Cases beside a mapping: what passes, and what is said where it does not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.mapping.case import TestFile
from engine.mapping.casebook import run_cases, same_value
from engine.mapping.texts import array_elements, array_text
from engine.spec.load import load

FIELDS = {
    "name": {"type": "string", "required": True},
    "pay": "money",
    "tags": {"type": "list", "of": "string"},
    "extra": "json",
    "at": "timestamp",
}
RULES = {
    "name": "name",
    "pay": {"value": "pay", "currency": "EUR"},
    "tags": "tags",
    "extra": "extra",
    "at": "at",
}


def differences(bench: Any, cases: str, **mapping: Any) -> list[tuple[str, ...]]:
    document = load(TestFile, "t.yaml", cases)
    assert document.problems == ()
    plan = bench.plan(FIELDS, {"fields": RULES, **mapping})
    return [result.differences for result in run_cases(plan, document)]


def test_values_are_compared_as_what_they_are(bench: Any) -> None:
    cases = """
- name: all
  record:
    {name: 7, pay: "1.50", tags: [a, "b c", null], extra: {b: 1.0, a: x}, at: "2024-01-01T02:00:00+02:00"}
  expect:
    name: "7"
    pay: 1.5
    pay_currency: EUR
    tags: [a, b c, null]
    extra: {a: x, b: 1}
    at: "2024-01-01T00:00:00Z"
"""
    assert differences(bench, cases) == [()]


def test_every_difference_is_named(bench: Any) -> None:
    cases = """
- name: two wrong
  record: {name: Ada, pay: 2}
  expect: {name: Bob, pay: 2.1, tags: null, surname: x}
"""
    assert differences(bench, cases) == [
        (
            'name: expected "Bob", got Ada',
            "pay: expected 2.1, got 2",
            "surname: the entity has no such column",
        )
    ]


def test_an_expected_refusal_names_every_fault(bench: Any) -> None:
    cases = """
- {name: right, record: {pay: x}, reject: [{field: name, code: required}, {field: pay}]}
- {name: wrong code, record: {}, reject: [{field: name, code: map-miss}]}
- {name: not all, record: {pay: x}, reject: [{field: name}]}
- {name: not at all, record: {name: a}, reject: [{field: name}]}
- {name: unexpected, record: {}, expect: {name: a}}
"""
    found = differences(bench, cases)
    assert found[0] == ()
    assert found[1][0] == "expected name to be refused as map-miss"
    assert found[2] == ("also refused: pay: 'x' is not exactly one number [not-a-number]",)
    assert found[3] == ("expected to be refused, but it says 1 thing(s)",)
    assert found[4] == ("refused: name: name is required, and null here [required]",)


def test_filtered_records_and_elements(bench: Any) -> None:
    cases = """
- {name: filtered, record: {draft: true}, filtered: true}
- {name: not filtered, record: {items: []}, filtered: true}
- {name: elements, record: {items: [{k: 1, name: a}, {k: 2, name: b}]}, expect: [{name: a}, {name: b}]}
- {name: too few, record: {items: [{k: 1, name: a}]}, expect: []}
- {name: second, record: {items: [{k: 1, name: a}, {k: 2, name: b}]}, expect: [{name: a}, {name: c}]}
- {name: drafts are not expected, record: {draft: true}, expect: []}
"""
    found = differences(bench, cases, when="!draft", each="items", key="k")
    assert [len(each) for each in found] == [0, 1, 0, 1, 1, 1]
    assert found[4] == ('element 1: name: expected "c", got b',)


def test_a_partition_and_a_body_can_be_given(bench: Any) -> None:
    rules = {"name": {"value": "region", "of": "partition"}, "tags": {"value": "all", "of": "body"}}
    cases = """
- name: given
  given: {partition: {region: eu}, body: {all: [x]}}
  record: {}
  expect: {name: eu, tags: [x]}
"""
    assert differences(bench, cases, fields=rules) == [()]


@pytest.mark.parametrize(
    "values", [[], [None], ["a", None, "NULL", "null"], ['"', "\\", "a,b", "{}", " ", "", "\n\t", "ü"]]
)
def test_an_array_literal_is_read_back_as_it_was_written(values: list[str | None]) -> None:
    assert array_elements(array_text(values)) == values


def test_different_kinds_of_value_are_never_the_same() -> None:
    assert not same_value("boolean", "t", "yes")
    assert not same_value("numeric", "1", "one")
    assert not same_value("text[]", "{a}", "a")
    assert not same_value("text", None, "")
    assert not same_value("timestamptz", "2024-01-01T00:00:00.000000+00:00", "2024-01-01T00:00:00")
    assert same_value("numeric", "1.50", Decimal("1.5"))
