"""Where a character of a scalar stands in its file, whatever the quotes and folds around it."""

from __future__ import annotations

import re
from collections.abc import Iterator

Place = tuple[int, int] | None
"""Line and column, from 1; None where the text cannot be followed."""

_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\n[ \t]*|.)", re.DOTALL)


def place_in(text: str, start: int, end: int, style: str, value: str, offset: int) -> Place:
    """The place of character ``offset`` of ``value``, written in ``text[start:end]`` in this style."""
    walk = _block(text, start, end) if style in {"|", ">"} else _flow(text, start, end, style)
    steps = list(walk)
    if len(steps) < len(value) and offset >= len(steps):
        return None
    index = steps[offset] if offset < len(steps) else (steps[-1] + 1 if steps else start)
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def _flow(text: str, start: int, end: int, quote: str) -> Iterator[int]:
    """The index of each character of a plain or quoted scalar, line folds counted as they read."""
    index = start + 1 if quote else start
    stop = end - 1 if quote else end
    while index < stop:
        char = text[index]
        if fold := re.compile(r"[ \t]*\n\s*").match(text, index, stop):
            yield from [index] * max(1, fold[0].count("\n") - 1)
            index = fold.end()
        elif quote == "'" and char == "'":
            yield index
            index += 2
        elif quote == '"' and char == "\\" and (escape := _ESCAPE.match(text, index, stop)):
            if "\n" not in escape[0]:
                yield index
            index = escape.end()
        else:
            yield index
            index += 1


def _block(text: str, start: int, end: int) -> Iterator[int]:
    """The index of each character of a literal or folded block."""
    first = text.find("\n", start, end)
    lines = text[first + 1 : end].split("\n") if first >= 0 else []
    indent = next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), 0)
    index = first + 1
    for line in lines:
        yield from range(index + min(indent, len(line)), index + len(line) + 1)
        index += len(line) + 1
