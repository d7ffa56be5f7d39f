"""What does an expression over an entity's fields give for one row? Texts of columns, typed again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from engine.expression import Expression
from engine.expression.json_text import read_json
from engine.expression.tree import walk
from engine.mapping.texts import array_elements
from engine.records.shapes import EntityShape

Reader = Callable[[str], Any]
"""What a column's text is in expressions."""

_VALUES: Final[Mapping[str, Reader]] = {
    "boolean": lambda text: text == "t",
    "bigint": int,
    "numeric": Decimal,
    "date": dt.date.fromisoformat,
    "timestamptz": dt.datetime.fromisoformat,
    "jsonb": read_json,
}
"""Readers by SQL type; of any other type it is the text itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """An expression over a row, ready to run on its columns."""

    expression: Expression
    columns: tuple[int, ...]
    """Indices of those that it reads."""
    read: tuple[tuple[str, Reader], ...]
    """For each of them its name, and how its text becomes a value."""

    def search(self, *texts: str | None) -> Any:
        """What the texts of its columns give; raises ``EvaluationError``."""
        row = {
            name: None if text is None else value(text)
            for (name, value), text in zip(self.read, texts, strict=True)
        }
        return self.expression.search(row)

    def texts(self, columns: Sequence[str | None]) -> list[str | None]:
        """The texts that it reads of a whole row."""
        return [columns[index] for index in self.columns]


def conditions(shape: EntityShape) -> Callable[[Expression, Mapping[str, Reader]], Condition]:
    """What makes expressions over an entity ready; readers by column may be given for some."""
    held: dict[str, tuple[int, str]] = {}
    index = 0
    for each in shape.fields:
        for name, sql in each.columns[:1] if each.refers_to else each.columns:
            held[name] = index, sql
            index += 1

    def make(expression: Expression, readers: Mapping[str, Reader]) -> Condition:
        fields = {node["value"] for node in walk(expression.tree) if node["type"] == "field"}
        names = [name for name in held if name in fields]
        return Condition(
            expression=expression,
            columns=tuple(held[name][0] for name in names),
            read=tuple((name, readers.get(name) or _reader(held[name][1])) for name in names),
        )

    return make


def column_readers(shape: EntityShape) -> Mapping[str, Reader]:
    """How the texts of an entity's columns become values; references are nothing that can be compared."""
    return {
        name: _reader(sql) for field in shape.fields if not field.refers_to for name, sql in field.columns
    }


def _reader(sql: str) -> Reader:
    if sql.endswith("[]"):
        element = _VALUES.get(sql.removesuffix("[]"), str)
        return lambda text: [None if each is None else element(each) for each in array_elements(text)]
    return _VALUES.get(sql, str)
