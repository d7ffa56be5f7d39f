"""Coverage as a terminal shows it."""

from __future__ import annotations

import pytest

from engine.cli.covered import bar, percent, tell_coverage
from engine.cli.terminal import Terminal
from engine.review.coverage import Coverage, EntityCoverage, FieldCoverage, Saying, StreamCoverage, Unread
from engine.review.suggest import Suggestion


@pytest.mark.parametrize(
    ("part", "of", "said"),
    [(0, 0, 0), (0, 5, 0), (5, 5, 100), (1, 10_000, 1), (9_999, 10_000, 99), (1, 2, 50)],
)
def test_some_is_never_nothing_and_not_all_is_never_all(part: int, of: int, said: int) -> None:
    assert percent(part, of) == said
    assert f"{said:>3} %" in bar(part, of)
    assert ("████████" in bar(part, of)) == (said == 100)


def _line(field: str, line: str, contract: str | None = None, asks: str = "") -> Suggestion:
    return Suggestion(
        mapping="c/things",
        file="mappings/c/things.yaml",
        field=field,
        line=line,
        contract=contract,
        contract_file="mappings/entities/thing.yaml",
        asks=asks,
    )


def _unread(path: str, suggestion: Suggestion | None) -> Unread:
    return Unread(path=path, filled=1, types=["text"], example="[red]x", masked=False, suggestion=suggestion)


def test_lines_stand_by_file_ready_to_be_pasted(capsys: pytest.CaptureFixture[str]) -> None:
    """First those of mappings, with what only a person knows behind them; then what contracts lack."""
    fields = [
        FieldCoverage(field="a", type="string", filled=None, constant=None, mappings=[]),
        FieldCoverage(
            field="b",
            type="string",
            filled=3,
            constant="same",
            mappings=[Saying(mapping="c/things", place="mappings/c/things.yaml:4", records=4, filled=3)],
        ),
    ]
    unread = [
        _unread("bonus", _line("bonus", "bonus: {value: bonus, currency: EUR}", asks="in which currency?")),
        _unread("shoeSize", _line("shoe_size", "shoe_size: shoeSize", "shoe_size: integer")),
        _unread("odd", None),
    ]
    stream = StreamCoverage(stream="c.things", records=2, of=5, paths=9, unread=unread)
    entity = EntityCoverage(entity="thing", rows=4, fields=fields)
    tell_coverage(Terminal(), Coverage(entities=[entity], streams=[stream], sampled=True))
    out = capsys.readouterr().out
    tables, lines = out.split("mappings/c/things.yaml  under fields\n")
    assert lines.splitlines() == [
        "  bonus: {value: bonus, currency: EUR}  # in which currency?",
        "  shoe_size: shoeSize",
        "",
        "mappings/entities/thing.yaml  under fields",
        "  shoe_size: integer",
    ]
    assert "2 records of 5, a sample, 9 paths, 3 that no rule reads" in tables
    assert "thing  4 rows, 1 field that no mapping says" in tables
    assert "no column yet" in tables
    assert "same" in tables
    assert "c/things 75 %" in tables
    assert "[red]x" in tables
