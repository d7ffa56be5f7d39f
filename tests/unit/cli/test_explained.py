"""The origin of a value, as a terminal shows it."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from engine.cli.explained import surroundings

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
