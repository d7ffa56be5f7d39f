"""A bench on which one rule meets one field: files are made of both, then one record is mapped."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.errors import Problem
from engine.expression.json_text import read_json
from engine.mapping.apply import Row, apply
from engine.mapping.check import check_entity, check_mapping
from engine.mapping.codes import UnitCodes, codes_of
from engine.mapping.entity import Entity
from engine.mapping.lookups import Tables
from engine.mapping.plan import Plan, plan_of
from engine.mapping.rates import Rates, rates_of
from engine.mapping.readings import Sources
from engine.mapping.rules import MappingFile
from engine.mapping.shape import entity_shape
from engine.mapping.units import Units, units_of
from engine.records.shapes import EntityShape
from engine.spec.document import Document
from engine.spec.load import load

ROOT = Path(__file__).parents[3]


@functools.cache
def all_units() -> Units:
    """Pint's units and the catalogue's."""
    files = tuple((file.name, file.read_text()) for file in sorted((ROOT / "units").glob("*.txt")))
    codes = load(UnitCodes, "codes.yaml", (ROOT / "units" / "codes.yaml").read_text())
    return units_of(files, codes_of([codes]))


def all_tables() -> Tables:
    """The catalogue's tables, and small ones for cases."""
    own = [
        ("sizes", "sizes.csv", "theirs,ours,unit,empty\nS,small,kg,x\nL,large,lb,\n,none,g,\n"),
        ("twice", "twice.csv", "a,b\n1,x\n2,y\n1,z\n"),
    ]
    files = sorted((ROOT / "units" / "lookups").glob("*.csv"))
    return Tables([*((file.stem, file.name, file.read_text("utf-8")) for file in files), *own])


@functools.cache
def all_rates() -> Rates:
    """The rates that cases convert by."""
    file = ROOT / "tests" / "cases" / "rates.csv"
    return rates_of(((), ((file.name, file.read_text()),)))


@dataclass(frozen=True)
class Outcome:
    """What became of a field, a rule and a record."""

    problems: tuple[Problem, ...] = ()
    row: Row | None = None
    codes: tuple[str, ...] = ()


def _yaml(data: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(data), sort_keys=False, allow_unicode=True, width=1000)


def documents_of(
    fields: Mapping[str, Any], mapping: Mapping[str, Any]
) -> tuple[Document[Entity], Document[MappingFile], EntityShape]:
    """Both files without a problem, and the shape of the entity."""
    contract = load(Entity, "thing.yaml", _yaml({"entity": "thing", "fields": fields}))
    rules = load(MappingFile, "rules.yaml", _yaml({"from": "c.s", "to": "thing", **mapping}))
    rules.need()
    return contract, rules, entity_shape(contract.need(), None, [])


class Bench:
    """Makes the two files, checks them, and maps one record."""

    def plan(
        self, fields: Mapping[str, Any], mapping: Mapping[str, Any], **entity: Any
    ) -> Plan | tuple[Problem, ...]:
        """The plan of a mapping of an entity ``thing``, or all problems of both."""
        contract = load(Entity, "thing.yaml", _yaml({"entity": "thing", "fields": fields, **entity}))
        rules = load(MappingFile, "rules.yaml", _yaml({"from": "c.s", "to": "thing", **mapping}))
        problems = [
            *contract.problems,
            *rules.problems,
            *check_entity(contract, units=all_units),
            *check_mapping(rules, contract, units=all_units, tables=all_tables(), rates=all_rates),
        ]
        if problems or contract.value is None:
            return tuple(problems)
        shape = entity_shape(contract.value, None, [])
        return plan_of("c/rules", rules, contract, shape, all_units, tables=all_tables(), rates=all_rates)

    def one(
        self,
        field: Any,
        rule: Any,
        record: str,
        *,
        beside: Mapping[str, Any] | None = None,
        mapping: Mapping[str, Any] | None = None,
        identity: Sequence[Any] = (),
        **given: Any,
    ) -> Outcome:
        """
        What a rule makes of a JSON record, in a field called ``f``.

        ``beside``: further fields by name, each ``{field: …, rule: …}``; ``mapping``: its other keys;
        ``identity``: keys of the entity.
        """
        others = beside or {}
        plan = self.plan(
            {"f": field, **{name: each["field"] for name, each in others.items()}},
            {
                "fields": {
                    "f": rule,
                    **{name: each["rule"] for name, each in others.items() if "rule" in each},
                },
                **(mapping or {}),
            },
            identity=list(identity),
        )
        if not isinstance(plan, Plan):
            return Outcome(problems=plan)
        read = read_json(record)
        made = apply(plan, Sources(element=read, record=read, parent=read, body=read, **given))
        if isinstance(made, Row):
            return Outcome(row=made)
        return Outcome(codes=tuple(fault.code for fault in made))

    def check(self, case: Mapping[str, Any]) -> None:
        """Assert that a case of ``tests/cases`` goes as it says."""
        record = case.get("record", '{"value": null}')
        if "json" in case:
            record = f'{{"value": {case["json"]}}}'
        found = self.one(
            case["field"],
            case["rule"],
            record,
            beside=case.get("beside"),
            mapping=case.get("mapping"),
            identity=case.get("identity", ()),
            partition=case.get("partition"),
        )
        if "problem" in case:
            assert [problem.code for problem in found.problems] == [case["problem"]], found.problems
            if "says" in case:
                assert case["says"] in found.problems[0].message
        elif "code" in case:
            assert found.codes == (case["code"],), found
        else:
            assert found.row is not None, found
            assert list(found.row.columns[: len(case["columns"])]) == case["columns"]
            assert len(found.row.columns) == len(case["columns"]) + len(case.get("beside", ()))
            assert found.row.omitted == case.get("omitted", 0)


@pytest.fixture(scope="session")
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="session")
def units() -> Callable[[], Units]:
    return all_units


@pytest.fixture(scope="session")
def tables() -> Callable[[], Tables]:
    return all_tables
