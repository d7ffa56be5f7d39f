"""Is a wrong expression refused when it is read, at the right place, in our words?"""

from __future__ import annotations

import pickle
from decimal import Decimal

import pytest

from engine.expression import Expression, ExpressionError

WRONG = [
    ("", 0, "expression-syntax", "is empty"),
    ("a.", 2, "expression-syntax", "ends too early"),
    ("a ==", 4, "expression-syntax", "ends too early"),
    ("a[?b == `1`", 11, "expression-syntax", "ends too early"),
    ("a = b", 2, "expression-syntax", "write '=='"),
    ("a == 5", 5, "expression-syntax", "numbers stand in backticks"),
    ("'open", 0, "expression-syntax", "not closed"),
    ("a b", 2, "expression-syntax", "'b' cannot stand here"),
    ("a.b $ c", 4, "expression-syntax", "means nothing here"),
    ("a - b", 2, "expression-syntax", "subtract(a, b)"),
    ("{a: b c: d}", 6, "expression-syntax", "',' is expected"),
    ("join(a b)", 7, "expression-syntax", "',' is expected"),
    ("&a", 0, "expression-syntax", "'&' may stand only"),
    ("lower(&a)", 0, "expression-syntax", "'&' cannot stand"),
    ('x || "lower"(a)', 5, "expression-syntax", "without quotes"),
    ("x || lowr(a)", 5, "expression-unknown-function", "did you mean 'lower'?"),
    ("x || lower()", 5, "expression-arity", "takes 1 argument, not 0"),
    ("round(a, b, c)", 0, "expression-arity", "takes 1 to 2 arguments, not 3"),
    ("merge()", 0, "expression-arity", "1 or more arguments"),
    ("x || regex_extract(a, '(')", 5, "expression-syntax", "no RE2 pattern"),
    ("parse_time(a, '%Q')", 0, "expression-syntax", "no directive '%Q'"),
    ("shift(a, '1 day')", 0, "expression-syntax", "no duration"),
    ("parse_time(a, 'rfc3339', 'Mars/Base')", 0, "expression-syntax", "not a zone"),
    ("a" * 5000, 0, "expression-limit", "5000 characters"),
    ("!" * 1000 + "a", 0, "expression-limit", "nest"),
    ("(" * 2000 + "a" + ")" * 2000, 0, "expression-limit", "nests too deeply"),
    ("||".join(["a"] * 900), 0, "expression-limit", "1799 parts"),
    (" | ".join(["[@, @]"] * 20), 0, "expression-limit", "repeat"),
]


@pytest.mark.parametrize(("text", "offset", "code", "said"), WRONG, ids=[each[0][:30] for each in WRONG])
def test_the_place_the_code_and_the_words_are_right(text: str, offset: int, code: str, said: str) -> None:
    """A person finds what to change from the message alone."""
    with pytest.raises(ExpressionError) as caught:
        Expression.parse(text)
    assert (caught.value.offset, caught.value.code) == (offset, code)
    assert said in str(caught.value)


def test_numbers_in_expressions_are_exact() -> None:
    """No float, however the number is written."""
    literal = Expression.parse('`{"a": [0.1, 1.10, 1e3, 12345678901234567890]}`').search(None)
    assert [str(each) for each in literal["a"]] == ["0.1", "1.10", "1E+3", "12345678901234567890"]
    assert all(isinstance(each, int | Decimal) for each in literal["a"])


def test_expressions_that_mean_the_same_are_equal() -> None:
    """Spaces and quotes do not matter; digits of a literal, and the kind of it, do."""
    one = Expression.parse('a."b" == `1.0`')
    assert one == Expression.parse("a . b==`1.0`")
    assert len({one, Expression.parse("a.b == `1.0`")}) == 1
    assert one != Expression.parse("a.b == `1.00`")
    assert one != Expression.parse("a.b == '1.0'")
    assert Expression.parse("`1`") != Expression.parse("`true`")


def test_the_meaning_holds_the_versions_of_the_functions_used() -> None:
    """And of no others: a function that is not called cannot change a fingerprint."""
    meaning = Expression.parse("lower(trim(a))").meaning()
    assert meaning["functions"] == {"lower": 1, "trim": 1}


def test_an_expression_survives_pickling() -> None:
    """Processes that compute receive expressions as text."""
    expression = Expression.parse("a[?b > `1`].c")
    assert pickle.loads(pickle.dumps(expression)) == expression  # noqa: S301 # made on the line itself
