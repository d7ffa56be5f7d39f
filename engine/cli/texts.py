"""How do numbers, times, values and tables look to a person?"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from engine.records.shapes import EntityShape, FieldShape

LONGEST = 120
"""Bytes of one value that an excerpt shows."""

HIDDEN = "•••"
"""Stands for personal data."""

SOURCES = ("cyan", "magenta", "yellow", "green", "blue", "red")
"""One colour a source, in the order of their names."""


def number(value: int) -> str:
    """12,345; nothing is a dot, so that what is something stands out."""
    return f"{value:,}" if value else "[dim]·[/dim]"


def alarming(value: int, colour: str = "red") -> str:
    """A count that should be nothing."""
    return f"[{colour}]{value:,}[/{colour}]" if value else "[dim]·[/dim]"


def plural(count: int, one: str, many: str | None = None) -> str:
    """``1 letter``, ``2 letters``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def size(octets: int) -> str:
    """Bytes, in the unit that reads well."""
    value = float(octets)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 10 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def span(seconds: float | None) -> str:
    """A length of time in one unit, or two."""
    if seconds is None:
        return "[dim]never[/dim]"
    if seconds < 60:
        return f"{max(seconds, 0):.0f} s"
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours < 48 else f"{hours // 24} days"


def moment(value: dt.datetime | str | None) -> str:
    """A time in UTC, to the second; text that is no time stands as it is."""
    if value is None:
        return "[dim]-[/dim]"
    if isinstance(value, str):
        try:
            read = dt.datetime.fromisoformat(value)
        except ValueError:
            return escape(value)
        return escape(value) if read.tzinfo is None else moment(read)
    return f"{value.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}Z"


def minute(value: dt.datetime | str | None) -> str:
    """A time in UTC, to the minute: for tables with more than one."""
    said = moment(value)
    return f"{said[:16]}Z" if said.endswith("Z") and said[4:5] == "-" else said


def value_text(value: Any) -> str:
    """A value of a canonical row in one line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return moment(value)
    if isinstance(value, list | tuple):
        return ", ".join(value_text(each) for each in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def field_text(field: FieldShape, values: Mapping[str, Any], *, reveal: bool) -> str:
    """The value of a field: money with its currency, personal data only if it is to be revealed."""
    parts = [values.get(name) for name, _ in field.columns]
    if parts[0] is None:
        return ""
    if field.pii and not reveal:
        return HIDDEN
    if field.type == "money" and isinstance(parts[0], Decimal):
        parts[0] = f"{parts[0]:,.2f}" if parts[0] == round(parts[0], 2) else f"{parts[0]:,}"
    return " ".join(value_text(each) for each in parts if each is not None)


def revealed(shape: EntityShape, values: Mapping[str, Any] | None, *, reveal: bool) -> dict[str, Any] | None:
    """A row for programs; personal data is hidden unless it is to be revealed."""
    if values is None:
        return None
    hidden = set() if reveal else {name for each in shape.fields if each.pii for name, _ in each.columns}
    return {
        name: HIDDEN if name in hidden and value is not None else plain(value)
        for name, value in values.items()
    }


def plain(value: Any) -> Any:
    """A value as JSON can say it."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, UUID | dt.date | dt.time):
        return str(value)
    return [plain(each) for each in value] if isinstance(value, list) else value


def inline(text: str, longest: int = LONGEST) -> str:
    """Text of a source in one line, as markup: nothing in it moves the cursor, what is long is cut."""
    line = "".join(each if each.isprintable() else " " for each in text)
    return escape(line if len(line) <= longest else f"{line[: longest - 1]}…")


def colours(sources: Any) -> dict[str, str]:
    """A colour for each source."""
    return {name: SOURCES[index % len(SOURCES)] for index, name in enumerate(sorted(set(sources)))}


def table(*columns: str) -> Table:
    """
    A table without lines. A column whose name begins with ``>`` is aligned to the right, and it is kept
    whole where the terminal is too narrow, as is one with ``=``; others are folded.
    """
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for each in columns:
        right = each.startswith(">")
        made.add_column(
            each.lstrip(">="),
            justify="right" if right else "left",
            no_wrap=right or each.startswith("="),
            overflow="fold",
        )
    return made


def safe(text: str) -> str:
    """Text that is no markup."""
    return escape(text)


def excerpts(body: bytes, spans: Sequence[tuple[int, int]], *, around: int = 30) -> list[tuple[int, Text]]:
    """The bytes of values, marked, with what stands around them; those close together in one line."""
    groups: list[list[tuple[int, int]]] = []
    for span in sorted(set(spans)):
        if groups and span[0] - groups[-1][-1][1] <= around:
            groups[-1].append(span)
        else:
            groups.append([span])
    return [(group[0][0], _excerpt(body, group, around)) for group in groups]


def _excerpt(body: bytes, spans: Sequence[tuple[int, int]], around: int) -> Text:
    first, last = max(0, spans[0][0] - around), min(len(body), spans[-1][1] + around)
    text = Text("…" if first else "", style="dim", no_wrap=True, overflow="ellipsis")
    at = first
    for start, end in spans:
        text.append(_line(body[at:start]))
        shown = body[start:end] if end - start <= LONGEST else body[start : start + LONGEST]
        text.append(
            _line(shown) + ("" if len(shown) == end - start else "…"), style="not dim black on yellow"
        )
        at = end
    text.append(_line(body[at:last]) + ("…" if last < len(body) else ""))
    return text


def _line(piece: bytes) -> str:
    """As text; control characters would move the cursor."""
    return "".join(each if each.isprintable() else " " for each in piece.decode("utf-8", "replace"))
