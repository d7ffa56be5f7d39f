"""Every limit and constraint of the catalogue's contracts holds for one row and fails for another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.mapping.case import Case, TestFile
from engine.mapping.casebook import Over, run_cases
from engine.mapping.contract_cases import contract_plan
from engine.mapping.entity import Entity
from engine.mapping.lines import lines_checks
from engine.mapping.mapped import map_exactly
from engine.mapping.program import compile_program
from engine.mapping.shape import entity_shape
from engine.mapping.types import Field
from engine.records.received import Decoded
from engine.spec.document import Document
from engine.spec.load import load
from tests.unit.mapping.conftest import all_units
from tests.unit.mapping.test_mapped import decoded

CONTRACTS = Path(__file__).parents[3] / "mappings" / "entities"
ENTITIES = sorted(path.stem for path in CONTRACTS.glob("*.yaml") if not path.name.endswith(".test.yaml"))
CODES = {
    "required": "required",
    "min": "below-min",
    "max": "above-max",
    "pattern": "pattern-mismatch",
    "values": "not-in-enum",
}
"""What is limited, and the code of what goes beyond."""

THING = """
entity: thing
fields:
  a: {type: string, required: true, pattern: "[a-z]"}
  b: {type: decimal, min: 0, max: 1}
  c: {type: enum, values: [x]}
  d: {type: duration, min: 0s}
  e: date
  f: {type: money, per: work_year}
  g: {type: quantity, unit: kg}
  h: {type: ref, entity: thing}
constraints:
  - {name: held, that: "b < `1`"}
  - {name: dated, that: "!(a == 'd' && !e)"}
"""


def contract_of(name: str) -> Document[Entity]:
    return load(Entity, f"{name}.yaml", (CONTRACTS / f"{name}.yaml").read_bytes())


def cases_of(name: str) -> Document[TestFile]:
    return load(TestFile, f"{name}.test.yaml", (CONTRACTS / f"{name}.test.yaml").read_bytes())


def limits(name: str, kind: Field) -> Iterator[str]:
    """``field limit`` for everything that a field's contract refuses beyond its type."""
    for limit in CODES:
        said = getattr(kind, limit, None)
        if said is not None and said is not False:  # 0 is a limit
            yield f"{name} {limit}"


def needed(contract: Entity) -> list[str]:
    """
    Every limit of every field, and every constraint by its name.

    But ``unique``, which takes two rows: tests/integration/flow/test_catalogue_unique.py has them.
    """
    found = [limit for name, kind in contract.types.items() for limit in limits(name, kind)]
    return found + [each.name for each in contract.constraints if not each.unique]


def shown(case: Case) -> str:
    """The one thing that a case breaks, in the words of ``needed``."""
    (fault,) = case.reject
    if fault.constraint is not None:
        return fault.constraint
    (limit,) = (limit for limit, code in CODES.items() if code == fault.code)
    return f"{fault.field} {limit}"


def rows(records: list[Any]) -> Decoded:
    given = decoded([{"id": 0}] * len(records), keys=[str(index) for index in range(len(records))])
    fields = {field: getattr(given, field) for field in given.__slots__}
    return type(given)(**fields | {"records": records})


def differences(cases: str) -> list[tuple[str, ...]]:
    """How cases beside the contract of a thing went."""
    plan = contract_plan(load(Entity, "thing.yaml", THING), all_units)
    return [each.differences for each in run_cases(plan, load(TestFile, "thing.test.yaml", cases))]


def over(name: str) -> Over:
    """The constraints of a contract over lines."""
    contract = contract_of(name).need()
    named = {name, *(str(each.over.lines) for each in contract.constraints if each.over)}
    shapes = {each: entity_shape(contract_of(each).need(), None, ()) for each in named}
    checks = lines_checks(contract, shapes[name], shapes)
    return [(each, contract_plan(contract_of(each.lines), all_units)) for each in checks]


def test_every_entity_has_cases_and_no_case_is_of_none() -> None:
    found = {path.name.removesuffix(".test.yaml") for path in CONTRACTS.glob("*.test.yaml")}
    assert sorted(found) == ENTITIES


@pytest.mark.parametrize("name", ENTITIES)
def test_a_row_that_says_every_field_holds(name: str) -> None:
    """So every limit was held against a value, and every constraint read all that it reads."""
    row = cases_of(name).need().cases[0].record
    assert list(row) == list(contract_of(name).need().fields)
    assert None not in row.values()


@pytest.mark.parametrize("name", ENTITIES)
def test_every_limit_and_constraint_has_a_row_that_breaks_it_and_nothing_else(name: str) -> None:
    """Which cases there are is computed from the contract; that they hold is what they are run for."""
    held, *broken = cases_of(name).need().cases
    assert not held.reject
    assert [shown(case) for case in broken] == needed(contract_of(name).need())


@pytest.mark.parametrize("name", ENTITIES)
def test_every_case_of_a_contract_holds_on_both_roads(name: str) -> None:
    plan, tests = contract_plan(contract_of(name), all_units), cases_of(name)
    results = run_cases(plan, tests, over(name))
    assert [(each.place, each.differences) for each in results if not each.passed] == []
    # What is false over lines is no fault of the record.
    own = [case for case in tests.need().cases if case.lines is None or not case.reject]
    records = rows([case.record for case in own])
    made = compile_program(plan).map(records)
    assert made == map_exactly(plan, records)
    assert len(made.lines) == 1
    assert len(made.rejections) == len(own) - 1


@pytest.mark.parametrize("name", ENTITIES)
def test_everything_in_a_contract_is_described(name: str) -> None:
    contract = contract_of(name).need()
    assert contract.description
    assert [field for field, kind in contract.types.items() if not kind.description] == []


def test_a_limit_without_a_case_is_seen() -> None:
    """The computation can fail: it knows every kind of limit, and constraints."""
    found = needed(load(Entity, "thing.yaml", THING).need())
    assert found == ["a required", "a pattern", "b min", "b max", "c values", "d min", "held", "dated"]


def test_a_row_is_in_the_words_of_its_contract() -> None:
    """Amounts are per what it says, quantities in its unit, references are keys."""
    said = "{a: x, f: {amount: 12.50, currency: EUR}, g: 54.4, h: 17}"
    expected = "{a: x, f: 12.5, f_currency: EUR, g: 54.4, h: '17', e: null}"
    assert differences(f"- {{name: all, record: {said}, expect: {expected}}}\n") == [()]


def test_a_case_that_does_not_hold_says_so() -> None:
    """The constraint that is meant is told from others, and from any other reason."""
    assert differences("""
- {name: not false, record: {a: x, b: 0}, reject: [{constraint: held}]}
- {name: refused, record: {a: x, b: 1}, expect: {a: x}}
- {name: another, record: {a: d}, reject: [{constraint: held}]}
- {name: both, record: {a: d, b: 1}, reject: [{constraint: dated}, {constraint: held}]}
- {name: one of two, record: {a: d, b: 1}, reject: [{constraint: dated}]}
- {name: a limit, record: {a: x, b: 2}, reject: [{constraint: held}]}
""") == [
        ("expected to be refused, but it says 1 thing(s)",),
        ("refused: record: constraint held is false: b 1 [constraint-broken]",),
        (
            "expected constraint held to be false",
            "also refused: record: constraint dated is false: a d, e null [constraint-broken]",
        ),
        (),
        ("also refused: record: constraint held is false: b 1 [constraint-broken]",),
        ("expected constraint held to be false", "also refused: b: 2 is above 1 [above-max]"),
    ]
