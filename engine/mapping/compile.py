"""Does a rule fit its field, and what are its steps? Rules are compiled and checked in one go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from decimal import Decimal as Exact
from typing import Any, Final

from engine.mapping.amounts import currency_step, minor_step
from engine.mapping.conversions import per_step, unit_step
from engine.mapping.exchange import exchange_step
from engine.mapping.keys import joined_key, part_readings
from engine.mapping.misfit import Misfit
from engine.mapping.rates import Rates
from engine.mapping.readings import Reading, lookup, outputs
from engine.mapping.rules import NameRule, Rule
from engine.mapping.steps import CompiledRule, Step, misfit_of, type_step
from engine.mapping.times import TimeFormat, in_zone, zone_of
from engine.mapping.types import Field
from engine.mapping.types.decimal import check_bounds
from engine.mapping.types.money import Money
from engine.mapping.types.quantity import Quantity
from engine.mapping.types.ref import Ref
from engine.mapping.types.timestamp import Timestamp
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
    report: Report
    """Problems go here; a rule with problems is not compiled."""


def compile_rule(rule: Rule, ground: Ground, place: str) -> CompiledRule | None:
    """Compile a rule; None where a problem was reported."""
    found: list[str] = []

    def report(path: Path, code: str, message: str, offset: int = 0) -> None:
        found.append(code)
        ground.report(path, code, message, offset)

    inner = replace(ground, report=report)
    _check_keys(rule, inner)
    inputs: list[Reading] = []
    steps: list[Step] = []
    look = lookup(rule)
    if look is not None:
        steps.append(Step(key="map", run=lambda value, _inputs: look(value)))
    if isinstance(rule.value, tuple):
        steps.append(Step(key="ref", run=lambda values, _inputs: joined_key(values)))
    if not found:
        steps += _format_steps(rule, inner, inputs)
        steps += _unit_steps(rule, inner, inputs)
    if found:
        return None
    steps.append(_type_step(rule, ground.kind))
    compiled = CompiledRule(
        name=ground.name,
        place=place,
        type=ground.kind,
        value=_value(rule),
        inputs=tuple(inputs),
        steps=tuple(steps),
        default=_default(rule, inner, inputs),
        has_default=rule.default is not None,
        required=ground.kind.required,
        omits=rule.on_error == "omit",
        beside=ground.kind.on
        if isinstance(ground.kind, Money) and any(each.key == "in" for each in steps)
        else None,
    )
    _check_constants(rule, inner, compiled)
    return None if found else compiled


def _value(rule: Rule) -> Reading:
    if isinstance(rule.value, tuple):
        return Reading(key="value", parts=part_readings(rule.value, "value"))
    return Reading(key="value", expression=rule.value, of=rule.of, constant=rule.constant)


_FITS: Final = {
    "format": (("date", "timestamp"), "dates and timestamps have a format"),
    "zone": (("timestamp",), "only timestamps have a zone"),
    "unit": (("quantity", "decimal"), "only quantities, and decimals without a dimension, have a unit"),
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
        said = getattr(rule, key)
        if said is not None and said is not False and kind.tag not in tags:
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


def _format_steps(rule: Rule, ground: Ground, inputs: list[Reading]) -> list[Step]:
    formats = rule.formats
    steps: list[Step] = []
    if isinstance(ground.kind, Timestamp):
        for index, each in enumerate(formats):
            path: Path = ("format", index) if isinstance(rule.format, tuple) else ("format",)
            if not each.clock:
                ground.report(
                    path, "wrong-format", f"{each.text!r} has no time of day, a timestamp has one", 0
                )
            elif not each.zoned and rule.zone is None and each.text != "rfc3339":
                said = f"times as {each.text!r} have no zone: say which (zone: Europe/Berlin)"
                ground.report((), "zone-missing", said, 0)
    if formats:
        read = _first_of(formats)
        steps.append(Step(key="format", run=lambda value, _inputs: read(value)))
    if rule.zone is not None:
        if not formats:
            read_plain = TimeFormat.parse("rfc3339").read
            steps.append(Step(key="format", run=lambda value, _inputs: read_plain(value)))
        steps.append(_zone_step(rule.zone, ground, inputs))
    return steps


def _first_of(formats: tuple[TimeFormat, ...]) -> Callable[[Any], dt.date]:
    if len(formats) == 1:
        return formats[0].read

    def read(value: Any) -> dt.date:
        last: Misfit | None = None
        for each in formats:
            try:
                return each.read(value)
            except Misfit as misfit:
                last = misfit
        written = ", ".join(each.text for each in formats)
        raise Misfit(last.code if last else "not-a-timestamp", f"none of {written}: {last}")

    return read


def _zone_step(zone: str | NameRule, ground: Ground, inputs: list[Reading]) -> Step:
    if isinstance(zone, str):
        misfit = misfit_of(lambda: zone_of(zone))
        if misfit is not None:
            ground.report(("zone",), "unknown-zone", str(misfit), 0)
            return Step(key="zone", run=lambda value, _inputs: value)
        fixed = zone_of(zone)
        return Step(
            key="zone",
            run=lambda value, _inputs: _placed(value, lambda: fixed),
            says=lambda _value, _inputs: f"in {zone}",
        )
    for path, name in outputs(zone):
        misfit = misfit_of(lambda name=name: zone_of(name))  # type: ignore[misc] # bound early
        if misfit is not None:
            ground.report(("zone", *path), "unknown-zone", str(misfit), 0)
    at, look = len(inputs), lookup(zone)
    inputs.append(Reading(key="zone", expression=zone.value, of=zone.of))

    def named(given: Any) -> Any:
        name = look(given) if look is not None and given is not None else given
        if name is None:
            raise Misfit("zone-missing", "the record does not say the zone of this time")
        return zone_of(name)

    return Step(
        key="zone",
        run=lambda value, given: _placed(value, lambda: named(given[at])),
        says=lambda _value, given: f"in {given[at]}",
    )


def _placed(value: Any, zone: Callable[[], Any]) -> Any:
    if isinstance(value, dt.datetime) and value.tzinfo is None:
        return in_zone(value, zone())
    return value


def _unit_steps(rule: Rule, ground: Ground, inputs: list[Reading]) -> list[Step]:
    kind = ground.kind
    steps: list[Step] = []
    try:
        if rule.unit is not None:
            target = kind.unit if isinstance(kind, Quantity) else "dimensionless"
            steps.append(unit_step(rule.unit, target, ground.units(), ground.report, inputs))
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
    for path, value in tried:
        try:
            _run(after, value)
        except Misfit as misfit:
            ground.report(path, "wrong-constant", f"{ground.name!r} cannot hold this: {misfit}", 0)


def _run(steps: tuple[Step, ...], value: Any) -> None:
    for step in steps:
        if value is not None:
            value = step.run(value, ())
