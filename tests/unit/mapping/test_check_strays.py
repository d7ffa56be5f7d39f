"""A fault hides no other: neither those of its own rule, nor those that stand in other files."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.mapping.units import Units
from tests.unit.mapping.test_check import ENTITY, MAPPING, POLICY, problems_of


def test_a_field_that_is_none_is_said_beside_the_other_faults_of_its_line(units: Callable[[], Units]) -> None:
    """A line with a fault is left out of the mapping that is checked further, its name is not."""
    mapping = MAPPING.replace("height: {value: h, unit: cm}", "heigth: {vlaue: h, unit: cm}")
    policy = POLICY.replace("height: {latest: true}", "heigth: {latset: true}")
    found = problems_of(units, mapping=mapping, policy=policy)
    assert [(each.file, each.line, each.column, each.code) for each in found] == [
        ("mapping.yaml", 5, 3, "unknown-field"),
        ("mapping.yaml", 5, 12, "unknown-key"),
        ("policy.yaml", 4, 3, "unknown-field"),
        ("policy.yaml", 4, 12, "unknown-key"),
    ]


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("{vlaue: h, unit: cmm}", ["5:12 unknown-key", "5:28 unknown-unit"]),
        ("{value: h, unti: cmm}", ["5:22 unknown-key", "5:28 unknown-unit"]),
        ("{value: h, unti: cm}", ["5:22 unknown-key"]),
        ("{value: h, measured: cm}", ["5:22 unknown-key"]),
        ("{read: h, unit: cmm}", ["5:12 unknown-key", "5:27 unknown-unit"]),
        ("{value: h, unit: cmm, scale: 2}", ["5:28 unknown-unit", "5:33 unknown-key"]),
        ("{value: h, unit: cm, per: day, mni: 3, max: 2, colour: 1}",
         ["5:37 conflicting-keys", "5:42 unknown-key", "5:47 wrong-bounds", "5:58 unknown-key"]),
        ("{value: h, unit: {vlaue: u, map: {i: inchh}}}", ["5:29 unknown-key", "5:48 unknown-unit"]),
        ("{value: h, unit: {vlaue: u, map: {i: inch}}, otherwise: 'null'}",
         ["5:29 unknown-key", "5:67 conflicting-keys"]),
        ("{value: h, unit: cm, min: 3, maxx: [1]}", ["5:40 unknown-key"]),
    ],
)  # fmt: skip
def test_a_stray_key_hides_no_other_fault_of_its_rule(
    units: Callable[[], Units], rule: str, found: list[str]
) -> None:
    """A misspelt key is read as what was meant; what a key of no meaning may have said is not missing."""
    mapping = MAPPING.replace("{value: h, unit: cm}", rule)
    shown = [f"{each.line}:{each.column} {each.code}" for each in problems_of(units, mapping=mapping)]
    assert shown == found


def test_a_misspelt_field_is_not_missing_as_well(units: Callable[[], Units]) -> None:
    (problem,) = problems_of(units, mapping=MAPPING.replace("  number: n", "  nmber: n"))
    assert problem.code == "unknown-field"


def test_constraints_are_checked_beside_other_faults_of_the_contract(units: Callable[[], Units]) -> None:
    """Each at its own line, whatever is wrong before it; a field with a fault is there, of no known type."""
    entity = ENTITY.replace("given_name: string", "given_name: {type: strin}")
    entity += (
        "constraints:\n"
        "  - {name: Broken, that: family_name == `1`}\n"
        "  - {name: none, that: famly_name == `null`}\n"
        "  - {name: unread, that: given_name == `1`}\n"
        "  - {name: kinds, that: family_name == `1`}\n"
    )
    found = problems_of(units, entity=entity)
    assert [(each.line, each.code) for each in found] == [
        (4, "unknown-type"),
        (12, "wrong-name"),
        (13, "unknown-field"),
        (15, "wrong-constraint"),
    ]
    assert "did you mean 'family_name'" in found[2].message


def test_a_fault_in_a_contract_hides_no_other(units: Callable[[], Units]) -> None:
    """Names that are no field, beside a line of which nothing can be made."""
    faulty = f"{ENTITY.replace('on: [number]', 'on: [numbr]').replace('type: quantity', 'type: quantty')}"
    faulty += 'constraints:\n  - {name: a, that: "number != `1`", unique: [number]}\n'
    faulty += "  - {name: b, unique: [given_nam]}\n  - {name: c, unique: [height]}\n"
    found = [
        f"{each.line}:{each.column} {each.code}"
        for each in problems_of(units, entity=faulty)
        if each.file == "entity.yaml"
    ]
    assert found == [
        "6:18 unknown-type",
        "10:25 unknown-field",
        "12:38 conflicting-keys",
        "13:24 unknown-field",
    ]
