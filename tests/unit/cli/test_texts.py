"""Numbers, times and bytes as a person reads them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from engine.cli import texts
from engine.records.shapes import EntityShape, FieldShape

SALARY = FieldShape(
    name="salary", bit=0, columns=(("salary", "numeric"), ("salary_currency", "text")), type="money"
)
EMAIL = FieldShape(name="work_email", bit=1, columns=(("work_email", "text"),), type="email", pii=True)
BODY = b'{"id":1,"pay":{"amount":"73.29","currency":"USD"},"note":"' + b"x" * 200 + b'","last":"\x1b[31mred"}'


def _span(piece: bytes) -> tuple[int, int]:
    start = BODY.index(piece)
    return start, start + len(piece)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (59.6, "60 s"), (61, "1 min"), (3_700, "1 h 01 min"), (200_000, "2 days")],
)
def test_a_length_of_time_takes_one_unit_or_two(seconds: float, said: str) -> None:
    assert texts.span(seconds) == said


@pytest.mark.parametrize(
    ("octets", "said"),
    [(0, "0 B"), (999, "999 B"), (1_500, "1.5 kB"), (77_000, "77 kB"), (5 * 10**9, "5.0 GB")],
)
def test_bytes_take_the_unit_that_reads_well(octets: int, said: str) -> None:
    assert texts.size(octets) == said


def test_times_are_shown_in_utc() -> None:
    east = dt.timezone(dt.timedelta(hours=2))
    assert texts.moment(dt.datetime(2024, 5, 6, 1, 2, 3, tzinfo=east)) == "2024-05-05 23:02:03Z"
    assert texts.moment("2024-05-06T01:02:03.000000Z") == "2024-05-06 01:02:03Z"
    assert texts.moment("2024-05-06") == "2024-05-06"
    assert texts.moment("00042") == "00042"


def test_money_has_its_currency_and_no_digit_is_dropped() -> None:
    assert texts.field_text(SALARY, {"salary": Decimal(152443), "salary_currency": "USD"}, reveal=False) == (
        "152,443.00 USD"
    )
    shown = texts.field_text(SALARY, {"salary": Decimal("0.1234"), "salary_currency": "USD"}, reveal=False)
    assert shown == "0.1234 USD"


def test_personal_data_is_hidden_unless_it_is_to_be_revealed() -> None:
    """For people and for programs; what is null stays null."""
    shape = EntityShape(
        name="worker", fields=(SALARY, EMAIL), identity=(), preferences=(), groups=(), feeds=(), history=False
    )
    row = {"salary": Decimal(1), "salary_currency": "EUR", "work_email": "ada@example.com"}
    assert texts.field_text(EMAIL, row, reveal=False) == texts.HIDDEN
    assert texts.field_text(EMAIL, row, reveal=True) == "ada@example.com"
    hidden = texts.revealed(shape, row, reveal=False)
    assert hidden == {**row, "work_email": texts.HIDDEN}
    assert texts.revealed(shape, {**row, "work_email": None}, reveal=False) == {**row, "work_email": None}


def test_bytes_that_stand_close_together_share_an_excerpt() -> None:
    amount, currency, late = _span(b'"73.29"'), _span(b'"USD"'), _span(b'"\x1b[31mred"')
    near, far = texts.excerpts(BODY, [late, currency, amount])
    assert near[0] == amount[0]
    marked = [near[1].plain[each.start : each.end] for each in near[1].spans if "yellow" in str(each.style)]
    assert marked == ['"73.29"', '"USD"']
    assert far[0] == late[0]


def test_an_excerpt_moves_no_cursor_and_is_short() -> None:
    """Control characters are blanks; a long value is cut."""
    ((_, late),) = texts.excerpts(BODY, [_span(b'"\x1b[31mred"')])
    assert "\x1b" not in late.plain
    assert '" [31mred"' in late.plain
    ((_, note),) = texts.excerpts(BODY, [_span(b'"' + b"x" * 200 + b'"')])
    assert len(note.plain) < texts.LONGEST + 100
