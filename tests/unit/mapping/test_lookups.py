"""A table is read exactly or not at all, and says where it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.mapping.countries import COUNTRIES
from engine.mapping.currencies import CURRENCIES
from engine.mapping.lookups import LookupProblem, Table, Tables

SHIPPED = Path(__file__).parents[3] / "units" / "lookups"


def shipped(name: str) -> Table:
    return Table.read(name, (SHIPPED / f"{name}.csv").read_text("utf-8"))


def test_cells_are_taken_as_they_stand() -> None:
    table = Table.read("t.csv", '\ufeffa,b\r\n x ,"1,5"\r\n\r\n"q""","two\nlines"\r\n')
    assert table.problems == ()
    assert table.pairs("a", "b") == {" x ": "1,5", 'q"': "two\nlines"}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "the first line names the columns"),
        ("a,a\n1,2\n", 1, "2 columns are called 'a'"),
        ("a,\n1,2\n", 1, "a column has no name"),
        ("a,b\n1,2\n3\n", 3, "1 cells, where the first line names 2"),
        ('a,b\n"1\n2",x\n3\n', 4, "1 cells, where the first line names 2"),
        ('a,b\n1,"x"y\n', 2, "not CSV"),
        ('a,b\n1,"x\n', 2, "not CSV"),
        ("a,b\n1,\ufffd\n", 2, "not UTF-8"),
    ],
)
def test_what_is_no_table_is_said_at_its_line(text: str, line: int, says: str) -> None:
    (problem,) = Table.read("t.csv", text).problems
    assert (problem.file, problem.line, problem.code) == ("t.csv", line, "wrong-table")
    assert says in problem.message


def test_a_value_that_stands_twice_is_refused_also_where_both_rows_say_the_same() -> None:
    table = Table.read("t.csv", "a,b\n1,x\n,y\n,z\n1,x\n")
    with pytest.raises(LookupProblem, match=r"'1' twice in column 'a': in lines 2 and 5"):
        table.pairs("a", "b")


def test_a_later_table_of_a_name_stands_for_the_earlier_one() -> None:
    tables = Tables([("t", "catalogue/t.csv", "a,b\n1,x\n"), ("t", "t.csv", "a,b\n1,y\n")])
    assert list(tables) == ["t"]
    assert tables.table("t").pairs("a", "b") == {"1": "y"}


def test_the_catalogue_knows_every_country_and_no_currency_that_the_types_do_not_know() -> None:
    countries, currencies = shipped("countries"), shipped("currencies")
    assert countries.problems == currencies.problems == ()
    names = countries.pairs("alpha2", "name")
    assert set(names) == COUNTRIES
    assert len(COUNTRIES) == 249  # as ISO counts them
    for source in ("alpha3", "numeric", "name"):
        assert sorted(countries.pairs(source, "alpha2").values()) == sorted(COUNTRIES)
    codes = currencies.pairs("code", "name").keys()
    assert codes <= CURRENCIES
    assert {"EUR", "USD", "GBP", "JPY", "BGN", "XCG", "XAU"} <= codes
    assert sorted(currencies.pairs("numeric", "code").values()) == sorted(codes)
