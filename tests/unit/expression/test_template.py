"""What does a string with `${…}` become?"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.expression import EvaluationError, Exponent, ExpressionError, Template

SCOPE: dict[str, Any] = {
    "config": {"host": "eu", "page": 3, "rate": Decimal("1.50"), "big": Exponent("1e3"), "on": True},
    "ids": ["a", "b"],
    "body": None,
}

RENDERED: list[tuple[str, Any]] = [
    ("plain", "plain"),
    ("", ""),
    ("${config.host}", "eu"),
    ("${config.page}", 3),
    ("${ids}", ["a", "b"]),
    ("${body}", None),
    ("x${config.page}y${config.rate}z${config.big}${config.on}", "x3y1.50z1e3true"),
    ("$${config.host}", "${config.host}"),
    ("$$${config.host}", "$${config.host}"),
    ("$ {x} $x }{", "$ {x} $x }{"),
    ("a ${ {k: config.host}.k } b", "a eu b"),
    ("a ${config.host == '}' && 'x' || '{'} b", "a { b"),
    ('a ${`"}"`}', "a }"),
    ("${'it\\'s }'} x", "it's } x"),
]


@pytest.mark.parametrize(("text", "wanted"), RENDERED)
def test_a_template_renders(text: str, wanted: Any) -> None:
    """One that is nothing but an expression keeps its type; others become text, numbers as written."""
    assert Template.parse(text).render(SCOPE) == wanted


@pytest.mark.parametrize("text", ["a${body}", "a${ids}", "a${config}", "a${lower(`1`)}"])
def test_what_is_no_text_cannot_be_spliced(text: str) -> None:
    """Null, a list, an object, and an expression that fails."""
    with pytest.raises(EvaluationError):
        Template.parse(text).render(SCOPE)


@pytest.mark.parametrize(
    ("text", "offset", "code"),
    [
        ("abc ${config.host", 4, "expression-syntax"),
        ("abc ${}", 6, "expression-syntax"),
        ("abc ${a b}", 8, "expression-syntax"),
        ("abc ${x || lowr(a)}", 11, "expression-unknown-function"),
    ],
)
def test_errors_count_from_the_start_of_the_whole_text(text: str, offset: int, code: str) -> None:
    """So that the column in the file is right."""
    with pytest.raises(ExpressionError) as caught:
        Template.parse(text)
    assert (caught.value.offset, caught.value.code) == (offset, code)


def test_spliced_values_are_encoded_and_literal_text_is_not() -> None:
    """A path part keeps the slashes of its template, not those of a value."""
    template = Template.parse("/x/${id}/y")
    assert template.render_with({"id": "a/b"}, lambda text: text.replace("/", "%2F")) == "/x/a%2Fb/y"


def test_templates_are_equal_by_meaning() -> None:
    """Spaces inside an expression do not matter; literal text does."""
    assert Template.parse("a ${ x.y }") == Template.parse("a ${x . y}")
    assert Template.parse("a ${x}").meaning() != Template.parse("a  ${x}").meaning()
    assert Template.parse("${x}").whole
    assert not Template.parse("${x} ").whole
