"""Does what the rows of another entity say together hold? Constraints of a row over its lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.errors import Problem
from engine.expression import EvaluationError, Expression
from engine.mapping.check_conditions import LINES, condition_faults
from engine.mapping.conditions import Reader, column_readers
from engine.mapping.entity import Constraint, Entity
from engine.mapping.types.ref import Ref
from engine.records.shapes import EntityShape
from engine.spec.document import Document
from engine.spec.say import near

Texts = Mapping[str, str | None]
"""A row: column → PostgreSQL's text."""

BROKEN: Final = "lines-broken"
FAULTS: Final = {BROKEN: "What must hold over the lines of a row does not; the row and its lines stand."}
"""What a constraint over lines finds, by its code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesCheck:
    """One constraint over lines, ready to run on rows."""

    name: str
    lines: str
    """The entity of the lines."""
    by: str
    """Its column that refers to the row."""
    that: Expression
    own: Mapping[str, Reader]
    """How the texts of the row's columns become values,"""
    of_lines: Mapping[str, Reader]
    """and those of its lines'."""

    def fault(self, row: Texts, lines: Sequence[Texts]) -> str | None:
        """What is wrong with a row and the lines that refer to it; None where it holds."""
        read = _typed(self.own, row) | {LINES: [_typed(self.of_lines, each) for each in lines]}
        try:
            broken = self.that.search(read) is False
        except EvaluationError as error:
            return f"constraint {self.name}: {error}"
        count = f"{len(lines):,} {'line' if len(lines) == 1 else 'lines'}"
        return f"constraint {self.name} is false over {count}" if broken else None


def _typed(readers: Mapping[str, Reader], row: Texts) -> dict[str, object]:
    return {name: None if row[name] is None else read(row[name] or "") for name, read in readers.items()}


def lines_checks(
    entity: Entity, shape: EntityShape, shapes: Mapping[str, EntityShape]
) -> tuple[LinesCheck, ...]:
    """The constraints of a contract over lines; none over an entity that nothing feeds."""
    return tuple(
        LinesCheck(
            name=str(each.name),
            lines=str(each.over.lines),
            by=str(each.over.by),
            that=each.that,
            own=column_readers(shape),
            of_lines=column_readers(shapes[each.over.lines]),
        )
        for each in entity.constraints
        if each.over is not None and each.that is not None and each.over.lines in shapes
    )


def texts_of(shape: EntityShape, columns: Sequence[str | None]) -> Texts:
    """A row as a mapping makes it, by column."""
    names = [
        name for each in shape.fields for name, _ in (each.columns[:1] if each.refers_to else each.columns)
    ]
    return dict(zip(names, columns, strict=True))


def check_lines(document: Document[Entity], entities: Mapping[str, Document[Entity]]) -> Iterable[Problem]:
    """Hold the constraints of a contract over lines against the contract of the lines."""
    contract = document.draft
    for each in contract.constraints if contract is not None else ():
        if contract is not None and each.over is not None and each.that is not None:
            yield from _problems(document, contract, each, entities)


def _problems(
    document: Document[Entity],
    contract: Entity,
    constraint: Constraint,
    entities: Mapping[str, Document[Entity]],
) -> Iterable[Problem]:
    over, that = constraint.over, constraint.that
    if over is None or that is None:
        return
    at = (*constraint.at, "over")
    if over.lines not in entities:
        said = f"there is no entity {str(over.lines)!r}{near(over.lines, entities)}"
        yield document.problem((*at, "lines"), "entity-missing", said)
        return
    lines = entities[over.lines].draft
    if lines is None:
        return
    kind = lines.types.get(over.by)
    if not isinstance(kind, Ref) or kind.entity != contract.entity:
        refs = [n for n, t in lines.types.items() if isinstance(t, Ref) and t.entity == contract.entity]
        said = f"{str(over.by)!r} is no reference of {str(over.lines)!r} to {str(contract.entity)!r}"
        said += near(over.by, refs)
        yield document.problem((*at, "by"), "unknown-field", said)
        return
    unread = document.names("fields") - contract.types.keys()
    faults = condition_faults(that, contract.types, unread, code="wrong-constraint", lines=lines.types)
    for code, message, word in faults:
        offset = max(that.text.find(word), 0)
        yield document.problem((*constraint.at, "that"), code, message, offset)
