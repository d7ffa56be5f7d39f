"""What did a mapping make of each record of a response? The rows that a sync would load, read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.expression import EvaluationError
from engine.expression.values import truth
from engine.mapping.program import Program
from engine.mapping.texts import columns_of
from engine.records.mapped import PASSES
from engine.records.received import Decoded, Fate, Fault

Kind = Literal["made", "filtered", "deleted", "refused", "nothing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What one record, or one element of it, says about an entity."""

    key: str
    """Its contribution key."""
    values: Mapping[str, str | None]
    """PostgreSQL's text, by the columns of a stage row; a reference stands as the key that it refers to.

    Of a patch only what it says: what is not here stays as it was.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one record under one mapping."""

    index: int
    """Of the record in its response."""
    key: str | None
    made: tuple[Made, ...] = ()
    refused: tuple[tuple[str | None, tuple[Fault, ...]], ...] = ()
    """``(key, faults)`` of the record, or of its elements that do not fit."""
    kind: Kind


def outcomes(program: Program, decoded: Decoded) -> list[Outcome]:
    """One outcome a record, in their order, by the function that a sync maps with."""
    mapped = program.map(decoded)
    columns = [name for name, _ in program.plan.shape.stage_columns]
    made: dict[int, list[Made]] = {}
    fates: dict[int, set[int]] = {}
    for patch in mapped.patches:
        fates.setdefault(patch.place, set()).add(patch.fate)
        if patch.fate == Fate.SAYS and patch.says.get(PASSES) != "f":
            values = {name: text for name, text in patch.says.items() if name != PASSES}
            made.setdefault(patch.place, []).append(Made(key=patch.key, values=values))
    rows_of = (
        () if mapped.patches else zip(mapped.keys, mapped.places, mapped.fates, mapped.lines, strict=True)
    )
    for key, place, fate, line in rows_of:
        fates.setdefault(place, set()).add(int(fate))
        if fate == Fate.SAYS:
            row = dict(zip(columns, columns_of(line), strict=True))
            said = {name: text for name, text in row.items() if not name.startswith("_")}
            made.setdefault(place, []).append(Made(key=key, values=said))
    refused: dict[int, list[tuple[str | None, tuple[Fault, ...]]]] = {}
    for each in mapped.rejections:
        refused.setdefault(each.place, []).append((each.key, each.faults))
    found = []
    for index, place in enumerate(decoded.places):
        faults, rows = tuple(refused.get(place, ())), tuple(made.get(place, ()))
        kind: Kind
        if faults:
            kind = "refused"
        elif rows:
            kind = "made"
        else:
            kind = _without_rows(program, decoded, index, fates.get(place, set()))
        found.append(Outcome(index=index, key=decoded.keys[index], made=rows, refused=faults, kind=kind))
    return found


def _without_rows(program: Program, decoded: Decoded, index: int, fates: set[int]) -> Kind:
    """Why a record that is not refused says nothing."""
    if int(Fate.DELETED) in {*fates, decoded.fates[index]}:
        return "deleted"
    if int(Fate.FILTERED) in {*fates, decoded.fates[index]}:
        return "filtered"
    when = program.plan.when
    try:
        passes = when is None or truth(when.search(decoded.records[index]))
    except EvaluationError:
        passes = True
    return "nothing" if passes else "filtered"
