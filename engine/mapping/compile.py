"""Does a rule fit its field, and what are its steps? Rules are compiled and checked in one go."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from decimal import Decimal as Exact
from typing import Any, Final

from engine.mapping.amounts import currency_step, minor_step
from engine.mapping.consult import consulted
from engine.mapping.conversions import per_step, unit_step
from engine.mapping.exchange import exchange_step
from engine.mapping.keys import part_readings
from engine.mapping.lookups import NO_TABLES, Tables
from engine.mapping.misfit import Misfit
from engine.mapping.rates import Rates
from engine.mapping.readings import Look, Reading, lookup, outputs
from engine.mapping.refs import Contracts, ref_steps
from engine.mapping.rules import NameRule, Rule
from engine.mapping.steps import CompiledRule, Step, type_step
from engine.mapping.times import CODES_OF_TYPES
from engine.mapping.timing import each_of, format_steps, lasting
from engine.mapping.types import Field
from engine.mapping.types.decimal import check_bounds
from engine.mapping.types.duration import Duration
from engine.mapping.types.list import List, element_of
from engine.mapping.types.money import Money
from engine.mapping.types.quantity import Quantity
from engine.mapping.types.ref import Ref
from engine.mapping.unit_names import UnitProblem
from engine.mapping.units import Units
from engine.spec.component import Path

Report = Callable[[Path, str, str, int], None]
"""Takes a problem: path below the rule, code, message, offset in the text there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a rule stands on while it is compiled."""

    name: str
    kind: Field
    units: Callable[[], Units]
    """Called only where a rule needs units: they are slow to load."""
    rates: Callable[[], Rates]
    """Called only where amounts are converted."""
    unsaid: Collection[str]
    """The entity's fields that the mapping does not say."""
    contracts: Contracts
    """Of every entity: a rule may refer by an identity key."""
    report: Report
    """Problems go here; a rule with problems is not compiled."""
    tables: Tables = NO_TABLES
    blank: frozenset[str] = frozenset()
    """Texts that are null, where the rule itself names none."""


def compile_rule(rule: Rule, ground: Ground, place: str) -> CompiledRule | None:
    """Compile a rule; None where a problem was reported."""
    found: list[str] = []

    def report(path: Path, code: str, message: str, offset: int = 0) -> None:
        if "lookup" in path and code in found:
            return  # of a whole column one value is enough
        found.append(code)
        ground.report(path, code, message, offset)

    blank = ground.blank if rule.blank is None else frozenset(rule.blank)
    inner = replace(ground, report=report, blank=blank)
    rule, tables = consulted(rule, ground.tables, report)
    _check_keys(rule, inner)
    inputs: list[Reading] = []
    steps: list[Step] = []
    look = lookup(rule)
    if look is not None:
        steps.append(_look_step(rule, look))
    if not found:
        steps += ref_steps(rule, ground.kind, ground.contracts, report)
        steps += format_steps(rule, element_of(ground.kind).tag or "", report, inputs)
        steps += _unit_steps(rule, inner, inputs)
    if found:
        return None
    if isinstance(ground.kind, List):
        steps = [each_of(step) for step in steps]
    steps.append(_type_step(rule, ground.kind))
    compiled = CompiledRule(
        name=ground.name,
        place=place,
        type=ground.kind,
        value=_value(rule, blank),
        inputs=tuple(replace(each, blank=blank) for each in inputs),
        steps=tuple(steps),
        default=_default(rule, inner, inputs),
        has_default=rule.default is not None,
        required=ground.kind.required,
        omits=rule.on_error == "omit",
        tables=tables,
        beside=ground.kind.on
        if isinstance(ground.kind, Money) and any(each.key == "in" for each in steps)
        else None,
    )
    _check_constants(rule, inner, compiled)
    return None if found else compiled


def _value(rule: Rule, blank: frozenset[str]) -> Reading:
    if isinstance(rule.value, tuple):
        parts = tuple(replace(part, blank=blank) for part in part_readings(rule.value, "value"))
        return Reading(key="value", parts=parts)
    return Reading(key="value", expression=rule.value, of=rule.of, constant=rule.constant, blank=blank)


def _look_step(rule: Rule, look: Look) -> Step:
    table = rule.lookup
    if table is None:
        return Step(key="map", run=lambda value, _inputs: look(value))
    return Step(
        key="lookup",
        run=lambda value, _inputs: look(value),
        says=lambda _value, _inputs: f"{table.table}: {table.from_} to {table.to}",
    )


_FITS: Final = {
    "format": (tuple(CODES_OF_TYPES), "dates, times, timestamps and durations have a format"),
    "zone": (("timestamp",), "only timestamps have a zone"),
    "unit": (
        ("quantity", "decimal", "duration"),
        "only quantities, durations, and decimals without a dimension, have a unit",
    ),
    "per": (("money",), "only money is per a time"),
    "currency": (("money",), "only money has a currency"),
    "minor": (("money",), "only money has a minor unit"),
    "ref": (("ref",), "only fields of type ref refer to a stream"),
    "min": (("integer", "decimal", "quantity", "money"), "only numbers have bounds"),
    "max": (("integer", "decimal", "quantity", "money"), "only numbers have bounds"),
}


def _check_keys(rule: Rule, ground: Ground) -> None:
    kind, report = ground.kind, ground.report
    for key, (tags, why) in _FITS.items():
        tag = element_of(kind).tag if key in {"format", "zone", "unit"} else kind.tag
        said = getattr(rule, key)
        if said is not None and said is not False and tag not in tags:
            report((key,), "wrong-rule", f"{ground.name!r} is of type {kind.tag}: {why}", 0)
    if isinstance(kind, Quantity) and rule.unit is None:
        said = f"{ground.name!r} is kept in {kind.unit}: say which unit the source sends (unit: {kind.unit})"
        report((), "unit-missing", said, 0)
    if isinstance(kind, Money):
        if rule.currency is None:
            report((), "currency-missing", f"{ground.name!r} is money: say its currency", 0)
        if kind.per is not None and rule.per is None:
            report(
                (), "per-missing", f"{ground.name!r} is money per {kind.per}: say per what the source's is", 0
            )
        if kind.per is None and rule.per is not None:
            report(("per",), "wrong-rule", f"the contract's {ground.name!r} is an amount, not a rate", 0)
    if isinstance(kind, Ref) and rule.ref is None:
        report((), "ref-missing", f"{ground.name!r} is a ref: say the stream whose key it is", 0)
    if kind.required and rule.on_error == "omit":
        report(("on_error",), "wrong-rule", f"{ground.name!r} is required: it cannot be omitted", 0)


def _unit_steps(rule: Rule, ground: Ground, inputs: list[Reading]) -> list[Step]:
    kind = ground.kind
    steps: list[Step] = []
    try:
        if rule.unit is not None:
            lasts = isinstance(element_of(kind), Duration)
            target = "second" if lasts else kind.unit if isinstance(kind, Quantity) else "dimensionless"
            step = unit_step(rule.unit, target, ground.units(), ground.report, inputs)
            steps.append(lasting(step) if lasts else step)
        if rule.per is not None and isinstance(kind, Money) and kind.per is not None:
            steps.append(per_step(rule.per, kind.per, ground.units(), ground.report, inputs))
    except UnitProblem as problem:
        # the contract's own unit: said where the contract is checked; here only that it cannot be used
        ground.report((), "wrong-contract", f"the contract's unit of {ground.name!r}: {problem}", 0)
    if rule.currency is not None:
        steps.append(currency_step(rule.currency, ground.report, inputs))
        if rule.minor:
            steps.append(minor_step(rule.currency, ground.report))
        steps += _exchange_steps(rule.currency, ground)
    return steps


def _exchange_steps(currency: str | NameRule, ground: Ground) -> list[Step]:
    kind = ground.kind
    if not isinstance(kind, Money) or kind.in_ is None:
        return []
    step = exchange_step(kind, currency, ground.rates(), ground.report)
    if step is not None and kind.on in ground.unsaid:
        said = (
            f"{ground.name!r} becomes {kind.in_} by the rate of {kind.on!r}, which this mapping does not say"
        )
        ground.report((), "rate-date-missing", said, 0)
    return [] if step is None else [step]


def _type_step(rule: Rule, kind: Field) -> Step:
    low, high = rule.min, rule.max
    if low is None and high is None:
        return type_step(kind, None, None, None)

    def check(value: Any) -> None:
        check_bounds(value[0] if isinstance(value, tuple) else value, low, high)

    return type_step(kind, low, high, check)


def _default(rule: Rule, ground: Ground, inputs: list[Reading]) -> tuple[str | None, ...]:
    kind = ground.kind
    nothing: tuple[str | None, ...] = (None,) * len(kind.columns(ground.name))
    if rule.default is None:
        return nothing
    value: Any = rule.default
    if isinstance(kind, Money):
        varies = kind.in_ is None and any(each.key == "currency" for each in inputs)
        if varies or not isinstance(value, int | Exact):
            said = "a default of money is a number, in a currency that is always the same"
            ground.report(("default",), "wrong-default", said, 0)
            return nothing
        value = (value, kind.in_ or rule.currency)
    try:
        columns: tuple[str | None, ...] = _type_step(rule, kind).run(value, ())
    except Misfit as misfit:
        ground.report(("default",), "wrong-default", f"not a {kind.tag} of the contract: {misfit}", 0)
        return nothing
    return columns


def _check_constants(rule: Rule, ground: Ground, compiled: CompiledRule) -> None:
    """What is always the same is tried now: constants, and all that a map can give."""
    if compiled.inputs or compiled.beside is not None:
        return
    after = compiled.steps[1:] if rule.map is not None else compiled.steps
    tried = [(("constant",), rule.constant)] if rule.constant is not None else outputs(rule)
    misfits: list[tuple[Path, Misfit]] = []
    for path, value in tried:
        try:
            _run(after, [value] if isinstance(ground.kind, List) and path != ("constant",) else value)
        except Misfit as misfit:
            misfits.append((path, misfit))
    if rule.lookup is not None:
        # a table may know more than a field takes; a column of which it takes nothing is the wrong one
        rows = [each for each in misfits if each[0][0] == "lookup"]
        fits = len(rows) < sum(path[0] == "lookup" for path, _ in tried)
        misfits = [each for each in misfits if each not in rows] + ([] if fits else rows[:1])
    for path, why in misfits:
        ground.report(path, "wrong-constant", f"{ground.name!r} cannot hold this: {why}", 0)


def _run(steps: tuple[Step, ...], value: Any) -> None:
    for step in steps:
        if value is not None:
            value = step.run(value, ())
