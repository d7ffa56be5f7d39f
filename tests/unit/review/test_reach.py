"""Which paths of a record does an expression read, and which does it only look at?"""

from __future__ import annotations

import pytest

from engine.expression import Expression
from engine.review.reach import Reach
from engine.review.ready import path_text


def reached(text: str) -> tuple[set[str], set[str]]:
    reach = Reach()
    reach.read(Expression.parse(text))
    return {path_text(each) for each in reach.whole}, {path_text(each) for each in reach.looked_at}


@pytest.mark.parametrize(
    ("text", "whole", "looked_at"),
    [
        ("name", "name", ""),
        ("pay.amount", "pay.amount", ""),
        ('"odd name".x', '"odd name".x', ""),
        ("@", "@", ""),
        ("'text'", "", ""),
        ("items[*].price", "items[*].price", ""),
        ("items[0].price", "items[*].price", ""),
        ("items[-1]", "items[*]", ""),
        ("items[1:3].price", "items[*].price", ""),
        ("sum(items[*].price)", "items[*].price", ""),
        ("items[?kind == 'a'].price", "items[*].price items[*].kind", ""),
        ("items[?gone].price | [0]", "items[*].price", "items[*].gone"),
        ("items[*].price | [0].amount", "items[*].price.amount", ""),
        ("items[*].tags[]", "items[*].tags items[*].tags[*]", ""),
        ("a[].b[].c", "a[*].b.c a[*].b[*].c a[*][*].b.c a[*][*].b[*].c", ""),
        ("byId.*.total", "byId.*.total", ""),
        ("length(items)", "", "items"),
        ("keys(byId)", "", "byId"),
        ("entries(byId)[*].value.total", "byId.*.total", ""),
        ("values(byId)[0].total", "byId.*.total", ""),
        ("phone && phone.number", "phone.number", "phone"),
        ("mobile || phone", "mobile phone", ""),
        ("!gone", "", "gone"),
        ("if(gone, a, b)", "a b", "gone"),
        ("a == b", "a b", ""),
        ("lower(trim(mail))", "mail", ""),
        ("concat(' ', [first, last])", "first last", ""),
        ("{sku: item.sku, n: item.count}", "item.sku item.count", ""),
        ("max_by(items, &at).price", "items[*].at items[*].price", ""),
        ("sort_by(items, &at)[0].price", "items[*].at items[*].price", ""),
        ("map(&price, items)", "items[*].price", ""),
        ("not_null(a.b, c).d", "a.b.d c.d", ""),
        ("null_if(state, ['x', other]).name", "state.name other", ""),
        ("to_array(tags)[0].name", "tags[*].name tags.name", ""),
    ],
)  # fmt: skip
def test_an_expression_reads(text: str, whole: str, looked_at: str) -> None:
    """Lists are folded, what a condition asks is read, and no more of an object than is taken."""
    found = reached(text)
    quoted = {each for each in found[0] if each.startswith('"')}
    assert found[0] - quoted == set(whole.split()) - {'"odd', 'name".x'}
    assert quoted == ({whole} if quoted else set())
    assert found[1] == set(looked_at.split())


def covers(text: str, path: str) -> bool:
    reach, wanted = Reach(), Reach()
    reach.read(Expression.parse(text))
    wanted.read(Expression.parse(path))
    (steps,) = wanted.whole
    return reach.covers(steps)


@pytest.mark.parametrize(
    ("text", "path", "read"),
    [
        ("address", "address.city", True),
        ("address.city", "address", False),
        ("address.city", "address.zip", False),
        ("items", "items[*].price", True),
        ("length(items)", "items[*].price", False),
        ("length(items)", "items", True),
        ("byId.*.total", "byId.main.total", True),
        ("byId.main.total", "byId.*.total", False),
    ],
)
def test_what_is_read_is_read_with_all_below_it(text: str, path: str, *, read: bool) -> None:
    assert covers(text, path) is read


def test_an_opened_list_is_not_read_by_being_opened() -> None:
    """The rules over its elements say which of them is."""
    reach = Reach()
    elements = reach.open(Expression.parse("order.lines"))
    reach.read(Expression.parse("price"), elements)
    assert reach.covers(("order", "lines", elements[0].steps[2], "price"))
    assert not reach.covers(("order", "lines", elements[0].steps[2], "note"))


def test_keys_that_are_named_are_known() -> None:
    reach = Reach()
    for text in ("totals.EUR", "totals.USD.net", "other.GBP"):
        reach.read(Expression.parse(text))
    assert reach.named(("totals",)) == {"EUR", "USD"}
