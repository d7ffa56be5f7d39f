"""Dated rates: files that are checked line by line, and ways from one currency to another."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from fractions import Fraction

import pytest

from engine.mapping.rates import HEADER, Rates

HEAD = ",".join(HEADER) + "\n"
DAY = dt.date(2024, 3, 4)


def hex_of(sign: str) -> str:
    return f"{ord(sign):#x}"


def rates(*folders: str) -> Rates:
    return Rates([((f"{number}.csv", HEAD + text),) for number, text in enumerate(folders)])


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("2024-03-04,EUR,USD,1.08", 1, "wrong-rate"),
        ("2024-03-04,EUR,USD,1.08,ECB,x", 1, "wrong-rate"),
        ('2024-03-04,EUR,USD,1.08,"ECB', 1, "wrong-rate"),
        ("04/03/2024,EUR,USD,1.08,ECB", 1, "wrong-rate"),
        ("20240304,EUR,USD,1.08,ECB", 1, "wrong-rate"),
        ("2024-02-30,EUR,USD,1.08,ECB", 1, "wrong-rate"),
        ("2024-03-04,EUR,UDS,1.08,ECB", 16, "unknown-currency"),
        ("2024-03-04,eur,USD,1.08,ECB", 12, "unknown-currency"),
        ("2024-03-04,EUR,USD,-1.08,ECB", 20, "wrong-rate"),
        ("2024-03-04,EUR,USD,0,ECB", 20, "wrong-rate"),
        ("2024-03-04,EUR,USD,0.000,ECB", 20, "wrong-rate"),
        ('2024-03-04,EUR,USD,"1,08",ECB', 21, "wrong-rate"),
        ("2024-03-04,EUR,USD,1e3,ECB", 20, "wrong-rate"),
        ("2024-03-04,EUR,USD,NaN,ECB", 20, "wrong-rate"),
        ("2024-03-04,EUR,USD,\u0661,ECB", 20, "wrong-rate"),
        ("2024-03-04,EUR,EUR,1,ECB", 1, "wrong-rate"),
        ("2024-03-04,EUR,USD,1.08, ", 1, "wrong-rate"),
        ("2024-03-04,EUR,USD,1.08,\ufffd", 1, "wrong-rate"),
    ],
)
def test_a_line_that_is_no_rate_is_a_problem_with_its_place(line: str, column: int, code: str) -> None:
    made = rates(f"2024-03-03,EUR,USD,1.07,ECB\n\n{line}\n")
    (problem,) = made.problems
    assert (problem.file, problem.line, problem.column, problem.code) == ("0.csv", 4, column, code)
    assert made.route("EUR", "USD", DAY, within=7, via=None) is not None, "the other lines hold"


def test_a_rate_stands_once_in_a_folder() -> None:
    """Two files of one folder, or one; the way back is another rate."""
    one, other = "2024-03-04,EUR,USD,1.08,a\n", "2024-03-04,USD,EUR,0.92,b\n2024-03-04,EUR,USD,1.09,c\n"
    made = Rates([(("a.csv", HEAD + one), ("b.csv", HEAD + other))])
    (problem,) = made.problems
    assert (problem.file, problem.line, problem.code) == ("b.csv", 3, "duplicate-rate")
    assert "a.csv:2" in problem.message


@pytest.mark.parametrize(
    "text", ["", "base,quote\n", "Date,Base,Quote,Rate,Source\n2024-03-04,EUR,USD,1,a\n"]
)
def test_a_file_begins_with_the_names_of_its_columns(text: str) -> None:
    (problem,) = Rates([(("a.csv", text),)]).problems
    assert (problem.line, problem.code) == (1, "wrong-rate")


def test_lines_for_people_are_passed_over() -> None:
    made = Rates([(("a.csv", f"# from the bank\n\n{HEAD}# spring\n2024-03-04,EUR,USD,0,ECB\n"),)])
    (problem,) = made.problems
    assert (problem.line, problem.code) == (5, "wrong-rate")


def test_a_byte_order_mark_and_the_ends_of_lines_of_other_systems_do_no_harm() -> None:
    text = "\ufeff" + (HEAD + "2024-03-04,EUR,USD,1.08,ECB\n").replace("\n", "\r\n")
    made = Rates([(("a.csv", text),)])
    assert made.problems == ()
    assert made.leads("USD", "EUR", None)


@pytest.mark.parametrize("sign", list("\u2028\u2029\x85\x0b\x0c\x1c\x1d\x1e"), ids=hex_of)
def test_only_the_ends_of_lines_end_a_line(sign: str) -> None:
    """What Unicode, but no CSV, takes for the end of a line stands in a cell as anything else."""
    made = rates(f"2024-03-03,EUR,USD,1.08,the{sign}bank\r2024-03-04,EUR,USD,0,ECB\r\n")
    (problem,) = made.problems
    assert (problem.line, problem.column) == (3, 20)
    found = made.route("EUR", "USD", DAY, within=1, via=None)
    assert found is not None
    assert found.says("x") == f"x 1.08 (EUR to USD, 2024-03-03, the{sign}bank)"


def test_the_projects_rate_of_a_day_stands_for_the_catalogues_whichever_way_it_is_written() -> None:
    made = rates(
        "2024-03-04,EUR,USD,1.08,catalogue\n2024-03-05,EUR,USD,1.09,catalogue\n",
        "2024-03-04,USD,EUR,0.5,project\n",
    )
    assert made.problems == ()
    found = made.route("EUR", "USD", DAY, within=0, via=None)
    assert found is not None
    assert found.line.factor == 2
    assert found.says("x") == "÷ 0.5 (EUR to USD, 2024-03-04, project)"
    later = made.route("EUR", "USD", dt.date(2024, 3, 5), within=0, via=None)
    assert later is not None
    assert later.line.factor == Fraction("1.09")


def test_a_chain_needs_both_rates_of_one_day_and_an_older_rate_of_the_two_goes_after_it() -> None:
    made = rates(
        "2024-03-02,GBP,USD,1.2,a\n2024-03-03,EUR,GBP,0.8,a\n2024-03-04,EUR,USD,1.1,a\n"
        "2024-03-01,EUR,USD,1.0,a\n2024-03-01,EUR,GBP,0.5,a\n"
    )
    found = made.route("GBP", "USD", DAY, within=7, via="EUR")
    assert found is not None
    assert found.line.factor == Fraction("1.2"), "the 3rd and the 4th have half a chain each"
    first = made.route("GBP", "USD", dt.date(2024, 3, 1), within=7, via="EUR")
    assert first is not None
    assert first.line.factor == 2
    assert made.route("GBP", "USD", dt.date(2024, 3, 1), within=7, via=None) is None


def test_the_last_day_with_a_way_is_the_one_that_walking_back_day_by_day_finds() -> None:
    dice = random.Random(3)
    days = [dt.date(2024, 1, 1) + dt.timedelta(days=n) for n in range(60)]
    lines = {
        (day, base, quote): f"{day},{base},{quote},{dice.randint(1, 99)},a\n"
        for day in days
        for base, quote in itertools.permutations(("EUR", "USD", "GBP"), 2)
        if dice.random() < 0.06
    }
    made = rates("".join(lines.values()))
    assert made.problems == ()

    def there(day: dt.date, *pair: str) -> bool:
        return any((day, *each) in lines for each in itertools.permutations(pair))

    found = set()
    for day, within, via in itertools.product(days, (0, 3, 30), (None, "EUR")):
        way = None
        for back in range(within + 1):
            at = day - dt.timedelta(days=back)
            if there(at, "GBP", "USD"):
                way = at, 1
            elif via and there(at, "GBP", "EUR") and there(at, "EUR", "USD"):
                way = at, 2
            if way:
                break
        route = made.route("GBP", "USD", day, within=within, via=via)
        assert (route and (route.legs[0][0].day, len(route.legs))) == way
        found.add(way and way[1])
    assert found == {None, 1, 2}


def test_the_first_days_of_the_calendar_have_no_days_before() -> None:
    assert rates("2024-03-04,EUR,USD,1,a\n").route("EUR", "USD", dt.date(1, 1, 2), within=7, via=None) is None


def test_what_a_rate_means_is_its_day_currencies_and_number() -> None:
    """Not its source, its place among the lines, or zeros at its end; not pairs that cannot be used."""
    text = "2024-03-04,EUR,USD,1.08,a\n2024-03-05,EUR,USD,1.09,a\n"
    meant = rates(text).meaning("USD", {"EUR"}, None)
    same = "2024-03-05,EUR,USD,1.090,b\n2024-03-04,EUR,USD,1.08,b\n2024-03-04,EUR,GBP,0.8,b\n"
    assert rates(same).meaning("USD", {"EUR"}, None) == meant
    assert rates(same).meaning("USD", None, None) == meant
    assert rates(same).meaning("USD", {"EUR", "GBP"}, "EUR") != meant
    assert rates(text.replace("1.09", "1.10")).meaning("USD", {"EUR"}, None) != meant
    assert rates(text + "2024-03-06,EUR,USD,1.09,a\n").meaning("USD", {"EUR"}, None) != meant
