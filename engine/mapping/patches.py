"""
What does a patch say, and what do all patches of one key say together?

A rule is absent, and its field stays as it was, when no path that its value reads is in the record. A
rule whose value reads nothing of the record (a constant, the partition, the answer) is never absent:
every patch says it. Null is said: it clears, or gives the rule's ``default``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.expression import EvaluationError
from engine.expression.paths import NamePath, paths, present
from engine.expression.values import truth
from engine.mapping.mapped import KEYLESS, Opened, founded, sources_of
from engine.mapping.misfit import Misfit
from engine.mapping.plan import Plan
from engine.mapping.readings import Reading, Sources
from engine.mapping.steps import CompiledRule
from engine.records.mapped import PASSES, WHOLE, Mapped, Patch, Whole
from engine.records.received import Decoded, Fate, Fault, Rejection
from engine.records.shapes import FieldShape


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one patch says, or tried to say."""

    says: Mapping[str, str | None]
    """See ``Patch.says``; what is at fault stands there as null."""
    faults: tuple[Fault, ...]
    omitted: int
    """Fields left as they were by ``on_error: omit``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One field of the entity, and what has to be in a patch for it to be said."""

    name: str
    bit: int
    columns: tuple[str, ...]
    required: bool
    rule: CompiledRule | None
    asked: tuple[frozenset[NamePath], ...]
    """Paths of the value, of each of its parts; none where it is said with every patch."""
    beside: frozenset[NamePath]
    """Paths of its unit, currency, time and zone, and of the day of its rate."""


class Patcher:
    """One mapping of a stream of patches; pure, and safe to share between threads."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        named = {rule.name: rule for rule in plan.rules if rule is not None}
        self._parts = tuple(
            _part(plan, shape, rule, named) for shape, rule in zip(plan.shape.fields, plan.rules, strict=True)
        )
        self._ordered = tuple(self._parts[index] for index in plan.order)
        self._days = {part.name: part for part in self._parts}
        self._judged = frozenset[NamePath]() if plan.when is None else paths(plan.when)
        self._passes = _passes_unsaid(plan)

    def said(self, sources: Sources) -> Said:
        """Run the rules that a patch holds something for."""
        says: dict[str, str | None] = {}
        faults: list[Fault] = []
        omitted = 0
        for part in self._ordered:
            rule = part.rule
            if rule is None:
                continue
            there = [_any(asked, sources.record) for asked in part.asked]
            if all(there):
                fault = self._read(part, rule, sources, says)
            elif any(there) or _any(part.beside, sources.record):
                fault = _in_part(part, rule)
            else:
                continue
            if fault is None:
                continue
            if rule.omits:
                omitted += 1
                continue
            # A day that does not fit is blamed once, not on every amount of that day too.
            if fault.code != "rate-date-missing" or all(each.field != rule.beside for each in faults):
                faults.append(fault)
            says.update(dict.fromkeys(part.columns))
        faults += self._judge(sources.record, says)
        return Said(says=says, faults=tuple(faults), omitted=omitted)

    def _read(
        self, part: _Part, rule: CompiledRule, sources: Sources, says: dict[str, str | None]
    ) -> Fault | None:
        try:
            made = rule.read(sources, self._beside(rule, says))
        except (Misfit, EvaluationError) as error:
            return Fault(code=error.code, message=str(error), field=part.name, rule=rule.place)
        if made[0] is None and part.required:
            message = f"{part.name} is required: a patch cannot clear it"
            return Fault(code="required", message=message, field=part.name, rule=rule.place)
        says.update(zip(part.columns, made, strict=True))
        return None

    def _beside(self, rule: CompiledRule, says: Mapping[str, str | None]) -> str | None:
        """The column of the field that a rule reads beside the record, as this patch has it."""
        day = None if rule.beside is None else self._days[rule.beside]
        if day is None or day.rule is None:
            return None
        return says.get(day.columns[0], day.rule.default[0])

    def _judge(self, record: Any, says: dict[str, str | None]) -> list[Fault]:
        """Whether it passes ``when``, where it holds what that reads."""
        when = self.plan.when
        if when is None or not _any(self._judged, record):
            return []
        try:
            says[PASSES] = "t" if truth(when.search(record)) else "f"
        except EvaluationError as error:
            says[PASSES] = None
            return [Fault(code=error.code, message=str(error), rule=self.plan.places["when"])]
        return []

    def whole(self, says: Mapping[str, str | None]) -> Whole:
        """What stands when every patch was laid over those before it."""
        columns: list[str | None] = []
        faults: list[Fault] = []
        said = 0
        for part in self._parts:
            made: tuple[str | None, ...] = (None,) * len(part.columns)
            if part.rule is not None:
                unsaid = part.columns[0] not in says
                made = part.rule.default if unsaid else tuple(says.get(each) for each in part.columns)
            if made[0] is not None:
                said |= part.bit
            elif part.required:
                place = self.plan.file if part.rule is None else part.rule.place
                message = f"{part.name} is required, and no patch has said it yet"
                faults.append(Fault(code="required", message=message, field=part.name, rule=place))
            columns.extend(made)
        faults += [fault for check in self.plan.checks if (fault := check.fault(columns)) is not None]
        complete = not faults
        return Whole(
            columns=tuple(columns),
            said=said,
            identity=self._identity(columns, faults),
            passes=says[PASSES] == "t" if PASSES in says else self._passes,
            complete=complete,
            faults=tuple(faults),
        )

    def _identity(self, columns: list[str | None], faults: list[Fault]) -> tuple[str | None, ...]:
        values: list[str | None] = []
        for each in self.plan.identifiers:
            try:
                values.append(each.value(columns))
            except (Misfit, EvaluationError) as error:
                values.append(None)
                message = f"identity key {each.name}: {error}"
                faults.append(Fault(code=error.code, message=message, rule=self.plan.file))
        return (*values, *(None for _ in self.plan.shape.links))

    def map(self, decoded: Decoded) -> Mapped:
        """Map a response: a patch for each record, or a rejection."""
        patches: list[Patch] = []
        refused: list[Patch] = []
        rejections: list[Rejection] = []
        omitted = 0
        for index, record in enumerate(decoded.records):
            key, faults = decoded.keys[index], decoded.faults.get(index, ())
            says: Mapping[str, str | None] = {}
            stage: Any = "map"
            if faults or key is None:
                stage = "record" if faults and all(each.rule for each in faults) else "decode"
                faults, says = faults or (KEYLESS,), {WHOLE: None}
            elif decoded.fates[index] == Fate.SAYS:
                made = self.said(sources_of(decoded, record, Opened(record, record)))
                faults, says = made.faults, made.says
                omitted += 0 if faults else made.omitted
            if faults:
                rejections.append(_rejection(decoded, index, faults, stage))
            if key is not None:
                fate = Fate.REFUSED if faults else Fate(decoded.fates[index])
                patch = _patch(decoded, index, key, fate, dict.fromkeys(says) if faults else says)
                (refused if faults else patches).append(patch)
        return Mapped(
            response=decoded.response,
            keys=[each.key for each in patches],
            versions=[each.version for each in patches],
            places=[each.place for each in patches],
            fates=[each.fate for each in patches],
            lines=(),
            patches=patches,
            refused=refused,
            rejections=rejections,
            elements=len(decoded.records),
            omitted=omitted,
        )


def _part(
    plan: Plan, shape: FieldShape, rule: CompiledRule | None, named: Mapping[str, CompiledRule]
) -> _Part:
    day = named.get(rule.beside) if rule is not None and rule.beside is not None else None
    readings = [*(rule.inputs if rule else ()), *(day.leaves if day else ())]
    columns = shape.columns[:1] if shape.refers_to else shape.columns
    return _Part(
        name=shape.name,
        bit=1 << shape.bit,
        columns=tuple(name for name, _ in columns),
        required=shape.name in plan.required,
        rule=rule,
        asked=() if rule is None else tuple(filter(None, map(_asked, rule.value.leaves))),
        beside=frozenset(path for each in readings for path in _asked(each)),
    )


def _asked(reading: Reading) -> frozenset[NamePath]:
    """What a reading asks of the record."""
    if reading.expression is None or reading.of not in {None, "record", "parent"}:
        return frozenset()
    return paths(reading.expression)


def _in_part(part: _Part, rule: CompiledRule) -> Fault:
    """What would be a guess: the rest of the value may be as it was, or not."""
    message = f"{part.name}: the patch holds a part of what makes the value, and not the rest"
    return Fault(code="patch-in-part", message=message, field=part.name, rule=rule.place)


def _any(asked: frozenset[NamePath], record: Any) -> bool:
    return any(present(path, record) for path in asked)


def _passes_unsaid(plan: Plan) -> bool:
    """What holds until a patch says what ``when`` reads: as for a record that has none of it."""
    try:
        return plan.when is None or truth(plan.when.search({}))
    except EvaluationError:
        return False


def _rejection(decoded: Decoded, index: int, faults: tuple[Fault, ...], stage: Any) -> Rejection:
    return Rejection(
        place=decoded.places[index],
        key=decoded.keys[index],
        version=decoded.versions[index],
        stage=stage,
        faults=faults,
    )


def _patch(decoded: Decoded, index: int, key: str, fate: Fate, says: Mapping[str, str | None]) -> Patch:
    response = decoded.response
    return Patch(
        key=key,
        version=decoded.versions[index],
        position=response.position,
        place=decoded.places[index],
        raw_id=response.id,
        activation=0,
        fate=int(fate),
        founded=founded(response),
        says=says,
    )
