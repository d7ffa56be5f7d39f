"""Which paths an expression reads, and whether a document says anything there."""

from __future__ import annotations

from typing import Any

import pytest

from engine.expression import Expression
from engine.expression.paths import NamePath, paths, present


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a", {("a",)}),
        ("a.b", {("a", "b")}),
        ("@.a", {("a",)}),
        ("a | b", {("a", "b")}),
        ("@", {()}),
        ("to_string(@)", {()}),
        ("`5`", set()),
        ("'x'", set()),
        ("a || b.c", {("a",), ("b", "c")}),
        ("(a || b).c", {("a",), ("b",)}),
        ("a && !b", {("a",), ("b",)}),
        ("a == b", {("a",), ("b",)}),
        ("concat(' ', [a.x, b])", {("a", "x"), ("b",)}),
        ("a.{x: b, y: c}", {("a", "b"), ("a", "c")}),
        ("a[0].b", {("a",)}),
        ("a[-1]", {("a",)}),
        ("a[1:2]", {("a",)}),
        ("a.b[].c", {("a", "b")}),
        ("a[*].b", {("a",)}),
        ("a.*.b", {("a",)}),
        ("a[?b == 'x'].c | [0]", {("a",)}),
        ("sort_by(a, &b)[0].c", {("a",)}),
        ("map(&b, a.c)", {("a", "c")}),
        ("if(t == 'x', a, b)", {("t",), ("a",), ("b",)}),
    ],
)
def test_an_expression_reads_these_paths(text: str, found: set[NamePath]) -> None:
    assert paths(Expression.parse(text)) == found


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"a": {"b": 1}}, True),
        ({"a": {"b": None}}, True),
        ({"a": None}, True),
        ({"a": "text"}, True),
        ({"a": []}, True),
        ({"a": {}}, False),
        ({"a": {"c": 1}}, False),
        ({}, False),
    ],
)
def test_a_path_is_absent_where_an_object_lacks_the_next_name(*, document: Any, said: bool) -> None:
    assert present(("a", "b"), document) is said
