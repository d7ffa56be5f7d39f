"""How much money, of which currency? The steps that turn a number into an amount."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from fractions import Fraction
from typing import Any

from engine.mapping.conversions import TIMES, Report
from engine.mapping.currencies import CURRENCIES, CURRENT, EXPONENTS
from engine.mapping.misfit import Misfit, shown
from engine.mapping.numbers import WIDE, Number, carried, settled
from engine.mapping.readings import Reading, lookup, outputs
from engine.mapping.rules import NameRule
from engine.mapping.steps import Inputs, Step
from engine.spec.say import near

Amount = tuple[Number, str]
"""A number, not yet rounded, and the code of its currency."""


def currency_step(source: str | NameRule, report: Report, inputs: list[Reading]) -> Step:
    """A number becomes an amount of a currency."""
    if isinstance(source, str):
        if source not in CURRENCIES:
            said = f"{source!r} is not a currency of ISO 4217{near(source, CURRENT)}"
            report(("currency",), "unknown-currency", said, 0)
        return Step(
            key="currency",
            run=lambda value, _inputs: (carried(value), source),
            says=lambda _value, _inputs: source,
        )
    at, look = len(inputs), lookup(source)
    inputs.append(Reading(key="currency", expression=source.value, of=source.of))
    for path, code in outputs(source):
        if code not in CURRENCIES:
            said = f"{shown(code)} is not a currency of ISO 4217"
            if isinstance(code, str):
                said += near(code, CURRENT)
            report(("currency", *path), "unknown-currency", said, 0)

    def run(value: Any, given: Inputs) -> Amount:
        number = carried(value)
        code = given[at]
        if code is not None and look is not None:
            code = look(code)
        if code is None:
            raise Misfit("currency-missing", "the record gives an amount without its currency")
        if not isinstance(code, str) or code not in CURRENCIES:
            raise Misfit("unknown-currency", f"{shown(code)} is not a currency of ISO 4217")
        return number, code

    return Step(key="currency", run=run, says=lambda value, given: run(value, given)[1])


def possible(source: str | NameRule) -> Collection[str] | None:
    """The currencies that a rule can give; None where the record may name any."""
    if isinstance(source, str):
        return {source}
    return None if source.map is None else {code for _, code in outputs(source) if isinstance(code, str)}


def minor_step(source: str | NameRule, report: Report) -> Step:
    """An amount in cents, fils or whatever the currency's minor unit is becomes one in the currency."""
    told = [(("minor",), source)] if isinstance(source, str) else outputs(source)
    for path, code in told:
        if isinstance(code, str) and code in CURRENCIES and EXPONENTS[code] is None:
            below = path if isinstance(source, str) else ("currency", *path)
            report(below, "no-minor-unit", f"ISO 4217 gives {code} no minor unit", 0)

    def exponent(code: str) -> int:
        digits = EXPONENTS[code]
        if digits is None:
            raise Misfit("no-minor-unit", f"ISO 4217 gives {code} no minor unit")
        return digits

    def run(value: Amount, _inputs: Inputs) -> Amount:
        number, code = value
        digits = exponent(code)
        if isinstance(number, Fraction):
            return settled(number / 10**digits), code
        return Decimal(number).scaleb(-digits, WIDE), code

    def says(value: Amount, _inputs: Inputs) -> str:
        digits = exponent(value[1])
        return f"{TIMES} {Decimal(1).scaleb(-digits)} (minor units of {value[1]})" if digits else ""

    return Step(key="minor", run=run, says=says)
