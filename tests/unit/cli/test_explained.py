"""The origin of a value, as a terminal shows it."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from engine.cli.belonging import ended_json, link_json, print_ended, print_link
from engine.cli.explained import surroundings
from engine.cli.terminal import Terminal
from engine.flow.belonging import Ended, Linked, why_ended
from engine.mapping.trace import Origin
from engine.records.received import StreamName
from engine.store.endings import Ending, How

BODY = b'{"id":"E-00002","name":"Meyer","pay":{"amount":61.50,"currency":"USD"},"note":"' + b"y" * 100 + b'"}'


@pytest.mark.parametrize("width", [100, 80, 60, 40])
def test_bytes_that_have_no_room_say_so(width: int) -> None:
    """A line of bytes ends with an ellipsis wherever it ends before its body does."""
    amount, end = BODY.index(b"61.50"), len(BODY)
    out = io.StringIO()
    Console(file=out, width=width).print(surroundings(BODY, [(amount, amount + 5), (end - 2, end)]))
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert [line.split()[1] for line in lines] == [str(amount), str(end - 2)]
    assert lines[0].endswith("…")
    assert all(len(line) <= width for line in lines)
    assert lines[1].endswith('y"}' if width > 40 else "…")


ITEMS, GONE = StreamName(source="shop", stream="items"), StreamName(source="shop", stream="gone")
AT = Origin(key="link", pointer="/items/0/id", start=9, end=11, text="17")


def _printed(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("listed", "response 7 of shop.gone, which is not stored any more, lists it as deleted"),
        ("absent", "run 7 read all of shop.items and did not find it"),
        ("marked", "response 7 says that it is deleted"),
        ("left out", "its record leaves it out since response 7"),
        ("filtered", "it passes `when` no more since response 7"),
    ],
)
def test_what_ended_a_record_is_said_in_words(
    how: How, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """By whom, and where a list names it; which may be personal."""
    ending = Ending(stream=ITEMS, key="17", how=how, number=7, record=None)
    each = Ended(ending=ending, list=GONE if how == "listed" else None, response=None, origin=AT)
    assert why_ended(each) == said
    assert (ended_json(each)["run"], ended_json(each)["response"]) == (
        (7, None) if how == "absent" else (None, 7)
    )
    terminal = Terminal(as_json=False)
    print_ended(terminal, each, {}, hide=True)
    hidden = _printed(capsys)
    assert "ended  shop.items 17" in hidden
    assert "/items/0/id  bytes 9 to 11" in hidden
    assert " 17  /items" not in hidden
    print_ended(terminal, each, {}, hide=False)
    assert " 17  /items" in _printed(capsys)


@pytest.mark.parametrize(
    ("meets", "said"), [("here", ""), ("apart", "which is another one"), ("nobody", "which has not come")]
)
def test_a_link_says_whom_it_leads_to(meets: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    each = Linked(
        stream=ITEMS, key="17", to=GONE, to_key="a", meets=meets, response=7, rule="m.yaml:4", origins=[AT],
        agrees=True, why="",
    )  # fmt: skip
    print_link(Terminal(as_json=False), each, {})
    first, *rest = _printed(capsys).splitlines()
    assert first.startswith("✓ link  shop.items 17 is shop.gone a")
    assert said in first
    assert [line.split()[0] for line in rest] == ["response", "rule", "link"]
    assert link_json(each)["origins"] == [{"pointer": "/items/0/id", "start": 9, "end": 11, "text": "17"}]
