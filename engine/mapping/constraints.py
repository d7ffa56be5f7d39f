"""Does what one record says of an entity hold together? Constraints over the columns of a row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from engine.expression import EvaluationError, Expression
from engine.expression.json_text import read_json
from engine.expression.tree import walk
from engine.mapping.entity import Constraint, Entity
from engine.mapping.texts import array_elements
from engine.records.received import Fault
from engine.records.shapes import EntityShape

_VALUES: Final[Mapping[str, Callable[[str], Any]]] = {
    "boolean": lambda text: text == "t",
    "bigint": int,
    "numeric": Decimal,
    "date": dt.date.fromisoformat,
    "timestamptz": dt.datetime.fromisoformat,
    "jsonb": read_json,
}
"""What a column's text is in expressions, by its SQL type; of any other type the text itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One constraint, ready to run on the columns of a row."""

    name: str
    place: str
    """``file:line`` in the contract."""
    expression: Expression
    columns: tuple[int, ...]
    """Indices of those that it reads."""
    read: tuple[tuple[str, Callable[[str], Any]], ...]
    """For each of them its name, and how its text becomes a value."""

    def holds(self, *texts: str | None) -> bool:
        """Whether the texts of its columns do not make it false; raises ``EvaluationError``."""
        row = {
            name: None if text is None else value(text)
            for (name, value), text in zip(self.read, texts, strict=True)
        }
        return self.expression.search(row) is not False

    def fault(self, columns: Sequence[str | None]) -> Fault | None:
        """Why a row is refused; None where it holds."""
        try:
            if self.holds(*(columns[index] for index in self.columns)):
                return None
        except EvaluationError as error:
            message = f"constraint {self.name}: {error}"
            return Fault(code=error.code, message=message, rule=self.place)
        said = ", ".join(
            f"{name} {'null' if columns[index] is None else columns[index]}"
            for index, (name, _) in zip(self.columns, self.read, strict=True)
        )
        message = f"constraint {self.name} is false: {said}"
        return Fault(code="constraint-broken", message=message, rule=self.place)


def checks_of(entity: Entity, shape: EntityShape, place: Callable[[int], str]) -> tuple[Check, ...]:
    """The constraints of a contract; ``place`` gives ``file:line`` of the one at an index."""
    held: dict[str, tuple[int, str]] = {}
    index = 0
    for each in shape.fields:
        for name, sql in each.columns[:1] if each.refers_to else each.columns:
            held[name] = index, sql
            index += 1
    return tuple(_check(each, held, place(number)) for number, each in enumerate(entity.constraints))


def _check(constraint: Constraint, held: Mapping[str, tuple[int, str]], place: str) -> Check:
    fields = {node["value"] for node in walk(constraint.that.tree) if node["type"] == "field"}
    names = [name for name in held if name in fields]
    return Check(
        name=constraint.name,
        place=place,
        expression=constraint.that,
        columns=tuple(held[name][0] for name in names),
        read=tuple((name, _value(held[name][1])) for name in names),
    )


def _value(sql: str) -> Callable[[str], Any]:
    if sql.endswith("[]"):
        element = _VALUES.get(sql.removesuffix("[]"), str)
        return lambda text: [None if each is None else element(each) for each in array_elements(text)]
    return _VALUES.get(sql, str)
