"""PostgreSQL keeps times of day and durations as we write them, and gives them back so."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from engine.expression.spans import Span, read_span
from engine.store.database import Database

pytestmark = pytest.mark.database

EDGES = [
    Span(),
    Span(months=1, days=-1, micros=1),
    Span(months=-13),
    Span(micros=-1),
    Span(months=2**31 - 1, days=2**31 - 1, micros=2**63 - 2),
    Span(months=1 - 2**31, days=1 - 2**31, micros=2 - 2**63),
]


def spans() -> list[Span]:
    draw = random.Random(17)
    drawn = []
    for most, micros in ((40, 10**6), (10**4, 10**11), (2**31 - 1, 2**63 - 2)) * 700:
        months, days = draw.randint(-most, most), draw.randint(-most, most)
        drawn.append(Span(months=months, days=days, micros=draw.randint(-micros, micros)))
    return EDGES + drawn


def test_a_duration_comes_back_as_the_text_that_was_written(database: Database) -> None:
    """Months, days and microseconds, each by itself; never as a number of days that a month has not."""
    written = [str(span) for span in spans()]
    with database.connect() as connection:
        rows = connection.execute(
            "SELECT x::interval, x::interval::text, ARRAY[x::interval]"
            " FROM unnest(%s::text[]) WITH ORDINALITY u(x, n) ORDER BY n",
            [written],
        ).fetchall()
    assert [row[0] for row in rows] == written
    assert [row[1] for row in rows] == written
    assert [row[2] for row in rows] == [[each] for each in written]


def test_a_duration_reads_as_what_was_written() -> None:
    for span in spans():
        assert read_span(str(span)) == span


def test_durations_are_ordered_as_postgresql_orders_them(database: Database) -> None:
    drawn = [each for each in spans() if abs(each.length) < 2**62][:400]
    with database.connect() as connection:
        rows = connection.execute(
            "SELECT n FROM unnest(%s::text[]) WITH ORDINALITY u(x, n) ORDER BY x::interval, n",
            [[str(each) for each in drawn]],
        ).fetchall()
    ours = sorted(range(len(drawn)), key=lambda index: (drawn[index].length, index))
    assert [row[0] - 1 for row in rows] == ours


def test_a_time_of_day_comes_back_to_the_microsecond(database: Database) -> None:
    draw = random.Random(18)
    start = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    times = [(start + dt.timedelta(microseconds=draw.randrange(86_400 * 10**6))).time() for _ in range(500)]
    times += [dt.time.min, dt.time.max, dt.time(9, 30)]
    with database.connect() as connection:
        rows = connection.execute(
            "SELECT x::time FROM unnest(%s::text[]) WITH ORDINALITY u(x, n) ORDER BY n",
            [[each.isoformat() for each in times]],
        ).fetchall()
    assert [row[0] for row in rows] == times
