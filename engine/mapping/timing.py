"""How are a rule's times read? Its ``format`` and ``zone`` as steps, and lists done element by element."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from engine.expression.spans import SECOND, Span, SpanError
from engine.mapping.misfit import Misfit, kind_of, shown
from engine.mapping.readings import Reading, lookup, outputs
from engine.mapping.rules import NameRule, Rule
from engine.mapping.steps import Inputs, Step, misfit_of
from engine.mapping.times import CODES_OF_TYPES, TimeFormat, first_of, in_zone, zone_of
from engine.spec.component import Path

Report = Callable[[Path, str, str, int], None]


def format_steps(rule: Rule, tag: str, report: Report, inputs: list[Reading]) -> list[Step]:
    """The steps of ``format`` and ``zone`` for a type; what does not fit it is reported."""
    for index, each in enumerate(rule.formats if tag in CODES_OF_TYPES else ()):
        path: Path = ("format", index) if isinstance(rule.format, tuple) else ("format",)
        unfit = each.unfit(tag)
        if unfit is not None:
            report(path, "wrong-format", unfit, 0)
        elif tag == "timestamp" and not each.zoned and rule.zone is None and each.text != "rfc3339":
            said = f"times as {each.text!r} have no zone: say which (zone: Europe/Berlin)"
            report((), "zone-missing", said, 0)
    steps: list[Step] = []
    if rule.formats or rule.zone is not None:
        read = first_of(rule.formats or (TimeFormat.parse("rfc3339"),), tag)
        steps.append(Step(key="format", run=lambda value, _inputs: read(value)))
    if rule.zone is not None:
        steps.append(_zone_step(rule.zone, report, inputs))
    return steps


def each_of(step: Step) -> Step:
    """The same for every element of a list; nulls in it stay."""

    def run(value: Any, given: Inputs) -> list[Any]:
        if type(value) is not list:
            raise Misfit("not-a-list", f"{kind_of(value)} is not a list")
        made = []
        for index, each in enumerate(value):
            try:
                made.append(None if each is None else step.run(each, given))
            except Misfit as misfit:
                raise Misfit(misfit.code, f"element {index}: {misfit}") from None
        return made

    return replace(step, run=run, says=step.says if step.key == "lookup" else None)


def lasting(step: Step) -> Step:
    """A step that gives seconds, as one that gives a duration; digits after the microsecond are cut off."""

    def run(value: Any, given: Inputs) -> Span:
        seconds: Decimal = step.run(value, given)
        try:
            return Span(micros=int(seconds * SECOND))
        except SpanError as error:
            raise Misfit("duration-out-of-range", f"{shown(value)} is beyond an interval: {error}") from None

    return replace(step, run=run)


def _zone_step(zone: str | NameRule, report: Report, inputs: list[Reading]) -> Step:
    if isinstance(zone, str):
        misfit = misfit_of(lambda: zone_of(zone))
        if misfit is not None:
            report(("zone",), "unknown-zone", str(misfit), 0)
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
            report(("zone", *path), "unknown-zone", str(misfit), 0)
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
