"""What is an amount in the contract's currency? By the rate of the day that the contract names."""

from __future__ import annotations

import datetime as dt

from engine.mapping.amounts import Amount, possible
from engine.mapping.conversions import TIMES, Report
from engine.mapping.misfit import Misfit
from engine.mapping.rates import Rates, Route
from engine.mapping.readings import outputs
from engine.mapping.rules import NameRule
from engine.mapping.steps import Inputs, Step
from engine.mapping.types.money import Money


def exchange_step(kind: Money, source: str | NameRule, rates: Rates, report: Report) -> Step | None:
    """
    Amounts in any currency become amounts in the contract's; None where they all are already.

    The text of the field that ``on`` names is the last of the step's inputs.
    """
    target, on, codes = kind.in_, kind.on, possible(source)
    if target is None or (codes is not None and set(codes) <= {target}):
        return None
    named = [(("currency",), source)] if isinstance(source, str) else outputs(source)
    for path, code in named:
        if isinstance(code, str) and code != target and not rates.leads(code, target, kind.via):
            through = f", nor any through {kind.via}" if kind.via is not None else ""
            said = f"units/fx has no rate between {code} and {target}{through}"
            below = path if isinstance(source, str) else ("currency", *path)
            report(below, "rate-missing", said, 0)
    known: dict[tuple[str, str], Route] = {}

    def route(code: str, given: Inputs) -> Route:
        text = given[-1]
        if text is None:
            raise Misfit("rate-date-missing", f"an amount in {code} needs the day of its rate: {on} is null")
        day = text[:10]
        found = known.get((code, day))
        if found is None:
            found = rates.route(code, target, dt.date.fromisoformat(day), within=kind.days, via=kind.via)
            if found is None:
                before = f" or in the {kind.days} days before" if kind.days else ""
                said = f"units/fx has no rate from {code} to {target} on {day}{before}"
                raise Misfit("rate-missing", said)
            known[code, day] = found
        return found

    def run(value: Amount, given: Inputs) -> Amount:
        number, code = value
        return (number, code) if code == target else (route(code, given).line.apply(number), target)

    def says(value: Amount, given: Inputs) -> str:
        code = value[1]
        return f"{code} already" if code == target else route(code, given).says(TIMES)

    return Step(key="in", run=run, says=says, meaning=rates.meaning(target, codes, kind.via))
