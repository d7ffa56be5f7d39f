"""The shipped mappings refuse exactly those records of the demo that were made not to fit."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.demo import unfit
from engine.demo.server import DemoSystems
from engine.flow.loading import load_project
from engine.mapping.apply import Row, apply
from engine.mapping.codes import codes_of
from engine.mapping.plan import Plan, plan_of
from engine.mapping.readings import Sources
from engine.mapping.shape import entity_shape
from engine.mapping.units import units_of
from engine.records.received import Fault

KEYLESS = {1377}
"""Refused before any mapping sees them."""


@pytest.fixture(scope="module")
def plans() -> dict[str, Plan]:
    loaded = load_project(Path(__file__).parents[3])
    units = units_of(loaded.units, codes_of(loaded.codes))
    plans = {}
    for name in ("hr/workers", "payroll/workers", "directory/users", "payroll/invoices"):
        mapping = loaded.mappings[name]
        entity = loaded.entities[mapping.need().to]
        shape = entity_shape(entity.need(), None, ())
        plans[name] = plan_of(name, mapping, entity, shape, lambda: units, tables=loaded.tables)
    return plans


@pytest.fixture(scope="module")
def everyone() -> dict[str, dict[int, Any]]:
    systems = DemoSystems()
    try:
        return {
            "hr/workers": _records(systems.hr),
            "payroll/workers": _records(systems.payroll),
            "directory/users": _records(systems.directory),
            "payroll/invoices": {
                index: _decoded(record)
                for index, record in enumerate(systems.payroll.documents("/api/invoices"), start=1)
            },
        }
    finally:
        systems.stop()


def _records(system: Any) -> dict[int, Any]:
    """What a client decodes, by the index of the worker."""
    return {index: _decoded(system.record(f"E-{index:05d}")) for index in range(1, 2_001)}


def _decoded(record: Any) -> Any:
    return json.loads(json.dumps(record), parse_float=Decimal)


def _outcome(plan: Plan, record: Any) -> Row | tuple[Fault, ...]:
    return apply(plan, Sources(element=record, record=record))


@pytest.mark.parametrize(
    ("mapping", "defects"),
    [
        ("hr/workers", unfit.HR),
        ("payroll/workers", unfit.PAYROLL),
        ("directory/users", unfit.DIRECTORY),
        ("payroll/invoices", unfit.INVOICES),
    ],
)
def test_only_the_defective_are_refused_and_for_the_fields_that_are_wrong(
    plans: dict[str, Plan],
    everyone: dict[str, dict[int, Any]],
    mapping: str,
    defects: dict[int, unfit.Defect],
) -> None:
    refused = {
        index: outcome
        for index, record in everyone[mapping].items()
        if not isinstance(outcome := _outcome(plans[mapping], record), Row)
    }
    assert set(refused) == set(defects) - KEYLESS
    for index, faults in refused.items():
        assert len(faults) == len(defects[index].fields), (index, faults)


def test_causes_are_of_many_kinds(plans: dict[str, Plan], everyone: dict[str, dict[int, Any]]) -> None:
    codes = set()
    for mapping, defects in (("hr/workers", unfit.HR), ("payroll/workers", unfit.PAYROLL)):
        for index in set(defects) - KEYLESS:
            outcome = _outcome(plans[mapping], everyone[mapping][index])
            assert not isinstance(outcome, Row)
            codes |= {fault.code for fault in outcome}
    assert len(codes) >= 9


def test_garbled_badge_times_are_left_out_and_counted(
    plans: dict[str, Plan], everyone: dict[str, dict[int, Any]]
) -> None:
    omitted = set()
    for index, record in everyone["hr/workers"].items():
        outcome = _outcome(plans["hr/workers"], record)
        if isinstance(outcome, Row) and outcome.omitted:
            omitted.add(index)
    assert omitted == unfit.GARBLED_BADGES
