"""Every limit and constraint of the catalogue's contracts holds for one row and fails for another."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.mapping.entity import Entity
from engine.mapping.mapped import map_exactly
from engine.mapping.plan import Plan, plan_of
from engine.mapping.program import compile_program
from engine.mapping.rules import MappingFile
from engine.mapping.shape import entity_shape
from engine.mapping.types import Field
from engine.records.mapped import Mapped
from engine.records.received import Decoded
from engine.spec.compose import read
from engine.spec.load import load
from tests.unit.mapping.conftest import all_units
from tests.unit.mapping.test_mapped import decoded

ROOT = Path(__file__).parents[3]
CONTRACTS = ROOT / "mappings" / "entities"
CASES = ROOT / "tests" / "cases" / "catalogue"
ENTITIES = sorted(path.stem for path in CONTRACTS.glob("*.yaml"))
CODES = {
    "required": "required",
    "min": "below-min",
    "max": "above-max",
    "pattern": "pattern-mismatch",
    "values": "not-in-enum",
}
"""What is limited, and the code of what goes beyond."""


def contract_of(name: str) -> Entity:
    return load(Entity, f"{name}.yaml", (CONTRACTS / f"{name}.yaml").read_bytes()).need()


def limits(name: str, kind: Field) -> Iterator[str]:
    """``field limit`` for everything that a field's contract refuses beyond its type."""
    for limit in CODES:
        said = getattr(kind, limit, None)
        if said is not None and said is not False:  # 0 is a limit
            yield f"{name} {limit}"


def needed(contract: Entity) -> list[str]:
    """Every limit of every field, and every constraint by its name."""
    found = [limit for name, kind in contract.types.items() for limit in limits(name, kind)]
    return found + [each.name for each in contract.constraints]


def cases(name: str) -> Mapping[str, Any]:
    source = read(f"{name}.yaml", (CASES / f"{name}.yaml").read_bytes())
    assert source.problems == ()
    assert source.root is not None
    plain: Mapping[str, Any] = source.root.plain()
    return plain


def _rule(name: str, kind: Field) -> Any:
    """A rule that takes the field as the case writes it."""
    if kind.tag == "money":
        rule = {"value": f"{name}.amount", "currency": {"value": f"{name}.currency"}}
        per = getattr(kind, "per", None)
        return rule if per is None else rule | {"per": per}
    if kind.tag == "quantity":
        return {"value": name, "unit": getattr(kind, "unit", None)}
    return {"value": name, "ref": "c.s"} if kind.tag == "ref" else name


@functools.cache
def plan_for(name: str) -> Plan:
    """The plan of a mapping that says every field of an entity."""
    contract = load(Entity, f"{name}.yaml", (CONTRACTS / f"{name}.yaml").read_bytes())
    rules = {field: _rule(field, kind) for field, kind in contract.need().types.items()}
    document = load(MappingFile, "rules.yaml", yaml.safe_dump({"from": "c.s", "to": name, "fields": rules}))
    shape = entity_shape(contract.need(), None, [])
    return plan_of("c/rules", document, contract, shape, all_units)


def mapped(name: str, records: list[Any]) -> Mapped:
    """What becomes of rows, by the generated road; the exact one makes the same of them."""
    plan = plan_for(name)
    given = decoded([{"id": 0}] * len(records), keys=[str(index) for index in range(len(records))])
    full: Decoded = type(given)(
        **{field: getattr(given, field) for field in given.__slots__} | {"records": records}
    )
    made = compile_program(plan).map(full)
    assert made == map_exactly(plan, full)
    return made


def test_every_entity_has_cases_and_no_case_is_of_none() -> None:
    assert sorted(path.stem for path in CASES.glob("*.yaml")) == ENTITIES


@pytest.mark.parametrize("name", ENTITIES)
def test_a_row_that_says_every_field_holds(name: str) -> None:
    """So every limit was held against a value, and every constraint read all that it reads."""
    contract, row = contract_of(name), cases(name)["row"]
    assert list(row) == list(contract.fields)
    assert None not in row.values()
    made = mapped(name, [row])
    assert made.rejections == []
    assert len(made.lines) == 1


@pytest.mark.parametrize("name", ENTITIES)
def test_every_limit_and_constraint_refuses_the_row_of_its_case(name: str) -> None:
    """Which cases there are is computed from the contract; each breaks that one thing and nothing else."""
    contract, said = contract_of(name), cases(name)
    assert list(said["fails"]) == needed(contract)
    for broken, change in said["fails"].items():
        made = mapped(name, [said["row"] | change])
        (rejection,) = made.rejections
        (fault,) = rejection.faults
        field, _, limit = broken.partition(" ")
        if limit:
            assert (fault.code, fault.field) == (CODES[limit], field), broken
            assert list(change) == [field], broken
        else:
            assert fault.code == "constraint-broken", (broken, fault)
            assert fault.message.startswith(f"constraint {broken} is false: "), broken


@pytest.mark.parametrize("name", ENTITIES)
def test_everything_in_a_contract_is_described(name: str) -> None:
    contract = contract_of(name)
    assert contract.description
    assert [field for field, kind in contract.types.items() if not kind.description] == []


def test_a_limit_without_a_case_is_seen() -> None:
    """The computation can fail: it knows every kind of limit, and constraints."""
    text = """
entity: thing
fields:
  a: {type: string, required: true, pattern: "[a-z]"}
  b: {type: decimal, min: 0, max: 1}
  c: {type: enum, values: [x]}
  d: {type: duration, min: 0s}
  e: date
constraints:
  - {name: held, that: "b < `1`"}
"""
    found = needed(load(Entity, "thing.yaml", text).need())
    assert found == ["a required", "a pattern", "b min", "b max", "c values", "d min", "held"]
