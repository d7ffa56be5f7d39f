"""Which unit, which time? The steps that turn a source's measure into the contract's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from engine.mapping.affine import Affine
from engine.mapping.misfit import Misfit, shown
from engine.mapping.named_units import NamedUnits
from engine.mapping.numbers import Number, carried, exact_decimal, number_text
from engine.mapping.quantity_text import quantity_of, quantity_parts
from engine.mapping.readings import Look, Reading, lookup, outputs
from engine.mapping.rules import NameRule
from engine.mapping.steps import Inputs, Step
from engine.mapping.unit_names import UnitProblem
from engine.mapping.units import Units
from engine.spec.component import Path

Report = Callable[[Path, str, str, int], None]
TIMES: Final = "×"  # noqa: RUF001 - the sign is meant
Derive = Callable[[str], Affine]


def unit_step(
    source: str | NameRule, target: str, units: Units, report: Report, inputs: list[Reading]
) -> Step:
    """Numbers in the source's unit become numbers in the contract's ``target``."""
    goal = units.unit(target)

    def derive(name: str) -> Affine:
        return units.affine(units.unit(name), goal)

    named = NamedUnits(units, goal)
    if source == "text":
        return _text_step(named)
    every = _Every(named.line, named.meaning)
    return _scaling_step("unit", source, target, derive, every, report, inputs)


def per_step(
    source: str | NameRule, target: str, units: Units, report: Report, inputs: list[Reading]
) -> Step:
    """Amounts for the source's time become amounts for the contract's: 61.50 an hour, 2080 hours a year."""
    goal = units.unit(target)

    def derive(name: str) -> Affine:
        line = units.affine(units.unit(name), goal)
        if line.offset or line.factor <= 0:
            raise UnitProblem(f"{name!r} is not a length of time", code="wrong-dimension")
        return line.inverse_factor()

    named = NamedUnits(units, goal)

    def line(name: str) -> Affine | None:
        found = named.line(name)
        return None if found is None or found.offset else found.inverse_factor()

    every = _Every(line, named.meaning)
    return _scaling_step("per", source, target, derive, every, report, inputs)


@dataclass(frozen=True, slots=True)
class _Every:
    """All units that a record may name, where no map says which."""

    line: Callable[[str], Affine | None]
    meaning: Callable[[], Any]


def _scaling_step(
    key: str,
    source: str | NameRule,
    target: str,
    derive: Derive,
    every: _Every,
    report: Report,
    inputs: list[Reading],
) -> Step:
    if isinstance(source, str):
        line = _derived(source, derive, report, (key,))
        return Step(
            key=key,
            run=lambda value, _inputs: line.apply(carried(value)),
            says=lambda _value, _inputs: _said(line, source, target),
            meaning=line.meaning(),
        )
    at, look = len(inputs), lookup(source)
    inputs.append(Reading(key=key, expression=source.value, of=source.of))
    line_of, meaning = every.line, None
    if look is None:
        meaning = every.meaning()
    else:
        lines: dict[str, Affine] = {}
        for path, name in outputs(source):
            if isinstance(name, str):
                lines[name] = _derived(name, derive, report, (key, *path))
            else:
                report((key, *path), "wrong-type", "the name of a unit is expected here", 0)
        meaning = {name: line.meaning() for name, line in sorted(lines.items())}
        line_of = lines.get
    missing = f"{key}-missing"

    def chosen(given: Inputs) -> tuple[str, Affine]:
        return _chosen(given[at], look, line_of, missing)

    def run(value: Any, given: Inputs) -> Number:
        return chosen(given)[1].apply(carried(value))

    def says(_value: Any, given: Inputs) -> str:
        name, line = chosen(given)
        return _said(line, name, target)

    return Step(key=key, run=run, says=says, meaning=meaning)


def _chosen(
    given: Any, look: Look | None, line_of: Callable[[str], Affine | None], missing: str
) -> tuple[str, Affine]:
    name = look(given) if look is not None and given is not None else given
    if name is None:
        raise Misfit(missing, "the record gives a number and not what it is a number of")
    line = line_of(name) if isinstance(name, str) else None
    if line is None:
        raise Misfit("unknown-unit", f"{shown(name)} is not a unit of this dimension: give the rule a map")
    return name, line


def _derived(name: str, derive: Derive, report: Report, path: Path) -> Affine:
    try:
        return derive(name)
    except UnitProblem as problem:
        report(path, problem.code, str(problem), problem.offset)
        return Affine(factor=1)  # type: ignore[arg-type] # never used: the rule has a problem


def _said(line: Affine, source: str, target: str) -> str:
    factor = number_text_of(line)
    return f"{factor} ({source} to {target})"


def number_text_of(line: Affine) -> str:
    """Say what is done to a number: its factor, and what is added."""
    plus = f" {'+' if line.offset > 0 else '-'} {abs(line.offset)}" if line.offset else ""
    whole = line.factor.denominator == 1
    factor = str(line.factor) if whole else _shortest(line)
    return f"{TIMES} {factor}{plus}"


def _shortest(line: Affine) -> str:
    one = number_text(exact_decimal(line.factor))
    return one if len(one) <= 20 else str(line.factor)


def _text_step(named: NamedUnits) -> Step:
    def run(value: Any, _inputs: Inputs) -> Number:
        if not isinstance(value, str):
            raise Misfit("not-a-quantity", f"{shown(value)} is no text that names its unit, as 82.5 kg")
        return quantity_of(value, named.line)

    def says(value: Any, _inputs: Inputs) -> str:
        parts = quantity_parts(value, named.line)
        return (
            " + ".join(f"{number_text(number)} {unit} {number_text_of(line)}" for number, unit, line in parts)
            + f" (to {named.goal.text})"
        )

    return Step(
        key="unit",
        run=run,
        says=says,
        meaning=named.meaning(),
    )
