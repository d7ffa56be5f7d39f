"""Does a row hold with the values that a person holds it to? Its contract, asked of PostgreSQL's texts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.expression import EvaluationError
from engine.expression.json_text import read_json
from engine.mapping.constraints import Check
from engine.mapping.lines import Texts
from engine.mapping.misfit import Misfit
from engine.mapping.numbers import number_of
from engine.mapping.texts import array_elements
from engine.mapping.types import Field
from engine.mapping.types.boolean import Boolean
from engine.mapping.types.json import Json
from engine.mapping.types.list import List, element_of
from engine.mapping.types.money import Money
from engine.mapping.types.ref import Ref
from engine.mapping.types.timestamp import Timestamp
from engine.records.shapes import EntityShape

HIDDEN = "…"
"""Stands for a value that is nobody's business."""


def restated(kind: Field, texts: Sequence[str | None]) -> tuple[str | None, ...]:
    """
    A value as a mapping writes it, from PostgreSQL's text, a column each; lengths of time in ISO 8601.

    Raises ``Misfit`` where the contract refuses it.
    """
    first = texts[0]
    if first is None or isinstance(kind, Ref):
        return tuple(texts)
    read: Any
    if isinstance(kind, Money):
        code = texts[1] or ""
        if kind.in_ is not None and code != kind.in_:
            raise Misfit("unknown-currency", f"the contract keeps amounts in {kind.in_}")
        read = kind.read((number_of(first), code))
    elif isinstance(kind, List):
        element = element_of(kind)
        said = [None if each is None else _value(element, each) for each in array_elements(first)]
        read = kind.read(said)
    else:
        read = kind.read(_value(kind, first))
    if kind.bounded:
        kind.bound(read)
    return kind.write(read)


def _value(kind: Field, text: str) -> object:
    """What a type reads, of PostgreSQL's text of a single value."""
    if isinstance(kind, Boolean):
        return text.startswith("t")
    if isinstance(kind, Timestamp):
        return dt.datetime.fromisoformat(text)
    return read_json(text) if isinstance(kind, Json) else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """What the contract of an entity asks of its rows, where people hold values of them."""

    types: Mapping[str, Field]
    shape: EntityShape
    checks: tuple[Check, ...]

    def misfits(self, field: str, texts: Sequence[str | None]) -> str | None:
        """Why the contract refuses a value that is pinned; None where it takes it."""
        kind = self.types[field]
        if texts[0] is None:
            return f"'{field}' is pinned to nothing, and is required" if kind.required else None
        try:
            restated(kind, texts)
        except Misfit as misfit:
            return f"what '{field}' is pinned to does not fit its contract: {misfit.code}"
        return None

    def faults(self, row: Texts, pinned: Collection[str]) -> Mapping[str, str]:
        """The constraints that read a pinned field and are false of the row: by name, in words."""
        owner = {column: field for field in self.shape.fields for column, _ in field.columns}
        found = {}
        for check in self.checks:
            names = [name for name, _ in check.that.read]
            if not any(owner[name].name in pinned for name in names):
                continue
            texts = self._texts(row)
            try:
                if check.holds(*(texts[name] for name in names)):
                    continue
            except EvaluationError as error:
                found[check.name] = f"constraint {check.name}: {error}"
                continue
            said = ", ".join(
                f"{name} {HIDDEN if owner[name].pii else 'null' if texts[name] is None else texts[name]}"
                for name in names
            )
            found[check.name] = f"constraint {check.name} is false: {said}"
        return found

    def _texts(self, row: Texts) -> Texts:
        """The row as a mapping would write it; what fits no contract stays as it is."""
        found: dict[str, str | None] = {}
        for field in self.shape.fields:
            names = [column for column, _ in field.columns]
            texts: Sequence[str | None] = [row[name] for name in names]
            try:
                texts = restated(self.types[field.name], texts)
            except Misfit:
                texts = list(texts)
            found |= dict(zip(names, texts, strict=True))
        return found
