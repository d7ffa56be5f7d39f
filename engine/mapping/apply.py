"""What does one record say, exactly? Every rule is run by itself, and every fault is named."""

from __future__ import annotations

from dataclasses import dataclass

from engine.expression import EvaluationError
from engine.mapping.misfit import Misfit
from engine.mapping.plan import Plan
from engine.mapping.readings import Sources
from engine.mapping.steps import CompiledRule
from engine.records.received import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one record, or one element of it, says about an entity."""

    columns: tuple[str | None, ...]
    """The entity's columns, as PostgreSQL's text, in the order of the shape's fields."""
    said: int
    """Bit mask of the fields that are not null."""
    identity: tuple[str | None, ...]
    """What it says of identity, by ``EntityShape.kinds``; without its own key, which links may lead to."""
    omitted: int
    """Fields dropped by ``on_error: omit``."""


def apply(plan: Plan, sources: Sources) -> Row | tuple[Fault, ...]:
    """Run every rule of a plan on one record; the row, or everything that is wrong with it."""
    made: dict[str, tuple[str | None, ...]] = {}
    faults: list[Fault] = []
    said = omitted = 0
    for index in plan.order:
        shape, rule = plan.shape.fields[index], plan.rules[index]
        width = 1 if shape.refers_to else len(shape.columns)
        made[shape.name] = (None,) * width
        if rule is not None:
            try:
                beside = made[rule.beside][0] if rule.beside is not None else None
                made[shape.name] = rule.read(sources, beside)
            except (Misfit, EvaluationError) as error:
                if rule.omits:
                    omitted += 1
                else:
                    _blame(rule, error, faults)
                    continue
        if made[shape.name][0] is not None:
            said |= 1 << shape.bit
        elif shape.name in plan.required:
            place = rule.place if rule is not None else plan.file
            message = f"{shape.name} is required, and null here"
            faults.append(Fault(code="required", message=message, field=shape.name, rule=place))
    columns = [column for shape in plan.shape.fields for column in made[shape.name]]
    identity = _links(plan, sources, faults)
    if not faults:
        identity |= _identity(plan, columns, faults)
        faults += filter(None, [each.fault(columns) for each in plan.checks])
    if faults:
        return tuple(faults)
    values = tuple([identity.get(kind) for kind in plan.shape.kinds])
    return Row(columns=tuple(columns), said=said, identity=values, omitted=omitted)


def _blame(rule: CompiledRule, error: Misfit | EvaluationError, faults: list[Fault]) -> None:
    """Add a fault; none where a day is missing only because its own field does not fit."""
    if error.code != "rate-date-missing" or all(each.field != rule.beside for each in faults):
        faults.append(Fault(code=error.code, message=str(error), field=rule.name, rule=rule.place))


def _identity(plan: Plan, columns: list[str | None], faults: list[Fault]) -> dict[int, str | None]:
    """What the columns say of the identity keys, by kind."""
    values: dict[int, str | None] = {}
    for kind, each in enumerate(plan.identifiers):
        try:
            values[kind] = each.value(columns)
        except (Misfit, EvaluationError) as error:
            message = f"identity key {each.name}: {error}"
            faults.append(Fault(code=error.code, message=message, rule=plan.file))
    return values


def _links(plan: Plan, sources: Sources, faults: list[Fault]) -> dict[int, str | None]:
    """The keys that the record links to, by kind; a link to no stream that is there is read, too."""
    values: dict[int, str | None] = {}
    for each in plan.links:
        try:
            value = each.read(sources)
        except (Misfit, EvaluationError) as error:
            faults.append(each.fault(error))
            continue
        if each.kind is not None:
            values[each.kind] = value
    return values
