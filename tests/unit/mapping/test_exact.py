"""Conversions are exact: they equal fractions computed apart from the engine, and no float is on the way."""

from __future__ import annotations

import ast
import datetime as dt
import random
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import FrameType
from typing import Any

import engine
from engine.mapping.mapped import map_exactly
from engine.mapping.plan import Plan, plan_of
from engine.mapping.program import compile_program
from engine.mapping.rates import Rates, rates_of
from engine.mapping.units import Units
from engine.records.received import Decoded
from tests.unit.mapping import exact
from tests.unit.mapping.conftest import documents_of
from tests.unit.mapping.exact import Trial
from tests.unit.mapping.test_mapped import decoded

ENGINE = Path(engine.__file__).parent
EACH = 50
TRIALS = 200


def dated(known: dict[tuple[int, str, str], Fraction]) -> Rates:
    """The same rates, as a file."""
    lines = ["date,base,quote,rate,source"]
    for (day, base, quote), rate in known.items():
        text = f"{Decimal(rate.numerator) / Decimal(rate.denominator):f}"
        lines.append(f"{exact.FIRST + dt.timedelta(days=day)},{base},{quote},{text},Bank")
    return rates_of(((("bank.csv", "\n".join(lines)),),))


def trials(seed: int) -> Iterator[tuple[Trial, Rates]]:
    """A thousandfold of conversions, some of each kind."""
    draw = random.Random(seed)
    known = exact.rates(draw)
    rates = dated(known)
    assert rates.problems == ()
    for number in range(TRIALS):
        made = exact.measure(draw, EACH) if number % 2 else exact.amount(draw, EACH, known)
        yield made, rates


def compiled(trial: Trial, rates: Rates, units: Callable[[], Units]) -> tuple[Plan, Decoded]:
    """The plan of a field and its rule, and a response of the records."""
    contract, rules, shape = documents_of(
        {"f": trial.field, "day": "date"}, {"fields": {"f": trial.rule, "day": "day"}}
    )
    plan = plan_of("c/rules", rules, contract, shape, units, rates=lambda: rates)
    read = decoded([{"id": index} for index in range(len(trial.records))])
    read = type(read)(**{name: getattr(read, name) for name in read.__slots__} | {"records": trial.records})
    return plan, read


def test_ten_thousand_conversions_equal_fractions_on_both_roads(units: Callable[[], Units]) -> None:
    """Units with and without a zero of their own, money per time, minor units, rates, places."""
    compared = missing = 0
    for trial, rates in trials(20_411):
        plan, read = compiled(trial, rates, units)
        exactly, fast = map_exactly(plan, read), compile_program(plan).map(read)
        assert exactly == fast
        made: list[str | None] = [None] * len(trial.records)
        width = 3 if trial.field["type"] == "money" else 2
        for key, line in zip(fast.keys, fast.lines, strict=True):
            made[int(key)] = line.split("\t")[-width]
        for text, wanted, record in zip(made, trial.wanted, trial.records, strict=True):
            compared += 1
            missing += wanted is None
            assert (None if text is None else Fraction(Decimal(text))) == wanted, (
                trial.field,
                trial.rule,
                record,
            )
            if text is not None and "scale" in trial.field:
                assert len(text.partition(".")[2]) == trial.field["scale"]
        assert {fault.code for each in fast.rejections for fault in each.faults} <= {"rate-missing"}
    assert compared == EACH * TRIALS == 10_000
    assert 100 < missing < 2_500, "some days have no rate, most have"


def floats(value: Any, depth: int = 4) -> bool:
    """Whether a value is a float, or holds one."""
    if type(value) is float:
        return True
    if depth and type(value) in {list, tuple, set, frozenset}:
        return any(floats(each, depth - 1) for each in value)
    if depth and type(value) is dict:
        return any(floats(each, depth - 1) for each in (*value, *value.values()))
    return False


def test_no_float_is_on_the_way(units: Callable[[], Units]) -> None:
    """Every local and every result of every call of ours is looked at; pint is not even entered."""
    held: list[str] = []
    entered: set[str] = set()
    seen = 0

    def watch(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal seen
        name = frame.f_code.co_filename
        if "pint" in Path(name).parts:
            entered.add(name)
        if event == "return" and name.startswith((str(ENGINE), "<")):
            seen += 1
            for label, value in (*frame.f_locals.items(), ("its result", argument)):
                if floats(value):
                    held.append(f"{name} {frame.f_code.co_name}: {label} = {value!r}")

    for number, (trial, rates) in enumerate(trials(8_112)):
        if number == 30:
            break
        plan, read = compiled(trial, rates, units)
        program = compile_program(plan)
        sys.setprofile(watch)
        try:
            program.map(read)
            map_exactly(plan, read)
        finally:
            sys.setprofile(None)
    assert held == []
    assert entered == set()
    assert seen > 10_000

    assert floats({"a": [(0.5,)]}), "it would be seen"


def test_no_float_is_written_in_the_rooms_that_convert() -> None:
    """Neither a literal, nor the name of the type, nor a function that gives one."""
    makers = {"float", "math.sqrt", "math.log", "math.pow", "time.time", "random.random"}
    found = []
    for file in sorted((ENGINE / "mapping").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            literal = isinstance(node, ast.Constant) and type(node.value) is float
            called = isinstance(node, ast.Call) and ast.unparse(node.func) in makers
            if literal or called:
                found.append(f"{file.name}: {ast.unparse(node)}")
    assert found == []


def test_constants_of_units_and_rates_are_fractions(units: Callable[[], Units]) -> None:
    """What is derived when files are read, before any record comes."""
    for family in exact.SIZES.values():
        for source in family:
            for target in family:
                line = units().affine(units().unit(source), units().unit(target))
                assert type(line.factor) is Fraction
                assert type(line.offset) is Fraction
    assert all(type(size) is Fraction for size, _ in units().sizes.values())
