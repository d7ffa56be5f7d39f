"""The catalogue shows the whole language at work, and every mapping in it is tested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.fetch.auth import Authenticator
from engine.fetch.connector import Connector
from engine.fetch.deletes import Deletes
from engine.flow.check import check
from engine.flow.loading import load_project
from engine.mapping.case import TestFile
from engine.mapping.casebook import run_cases
from engine.mapping.codes import UnitCodes, codes_of
from engine.mapping.entity import Entity
from engine.mapping.plan import plan_of
from engine.mapping.policy import Policy
from engine.mapping.rules import MappingFile, Rule
from engine.mapping.shape import entity_shape
from engine.mapping.types import Type
from engine.mapping.units import Units, units_of
from engine.spec.component import Component, family, settings_of
from engine.spec.load import load

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "engine" / "demo"
ROOTS = (ROOT, DEMO / "project", DEMO / "starter")


ONLY_IN_CASES = {"minor"}
"""Keys of a rule that no system of the catalogue asks for: they are shown in tests/cases/rules."""


def files(pattern: str) -> list[Path]:
    tests = pattern.endswith(".test.yaml")
    found = (path for root in ROOTS for path in root.glob(pattern))
    return sorted(path for path in found if path.name.endswith(".test.yaml") == tests)


def mapping_files(root: Path) -> list[Path]:
    return sorted(
        path
        for path in root.glob("mappings/*/*.yaml")
        if path.parent.name not in {"entities", "policies"} and not path.name.endswith(".test.yaml")
    )


def data(kind: type[Component], path: Path) -> Any:
    document = load(kind, path.relative_to(ROOT).as_posix(), path.read_bytes())
    assert document.problems == ()
    return document.data


def kinds() -> Iterator[tuple[type[Component], Path]]:
    for kind, pattern in (
        (Connector, "specs/*.yaml"),
        (Entity, "mappings/entities/*.yaml"),
        (Policy, "mappings/policies/*.yaml"),
        (UnitCodes, "units/codes.yaml"),
        (TestFile, "mappings/*/*.test.yaml"),
    ):
        yield from ((kind, path) for path in files(pattern))
    for root in ROOTS:
        yield from ((MappingFile, path) for path in mapping_files(root))


@pytest.mark.parametrize(
    ("kind", "path"), [pytest.param(*each, id=each[1].relative_to(ROOT).as_posix()) for each in kinds()]
)
def test_shipped_file_has_no_problem(kind: type[Component], path: Path) -> None:
    data(kind, path)


def test_every_mapping_has_cases_beside_it() -> None:
    for root in ROOTS:
        for path in mapping_files(root):
            assert path.with_name(f"{path.stem}.test.yaml").is_file(), path


def test_every_entity_is_filled_by_a_system_that_ships() -> None:
    known = {path.stem for path in (ROOT / "mappings/entities").glob("*.yaml") if ".test" not in path.name}
    assert {data(MappingFile, path)["to"] for path in mapping_files(ROOT)} == known


def test_entities_use_every_field_type() -> None:
    used = set()
    for path in files("mappings/entities/*.yaml"):
        for field in data(Entity, path)["fields"].values():
            used.add(field["type"] if isinstance(field, Mapping) else field)
    assert used == set(family(Type))


def test_mappings_use_every_key_of_a_rule_and_of_a_mapping() -> None:
    rule_keys: set[str] = set()
    keys: set[str] = set()
    for root in ROOTS:
        for path in mapping_files(root):
            said = data(MappingFile, path)
            keys |= set(said)
            for rule in said["fields"].values():
                rule_keys |= set(rule) if isinstance(rule, Mapping) else {"value"}
    assert rule_keys | ONLY_IN_CASES == set(settings_of(Rule))
    assert keys | {"description"} == set(settings_of(MappingFile))


def test_connectors_use_the_ways_in_and_out_that_the_demo_tells_of() -> None:
    said = [data(Connector, path) for path in files("specs/*.yaml")]
    auth = {each["http"]["auth"]["type"] for each in said}
    assert auth == {"oauth2_client_credentials", "basic", "bearer"} <= set(family(Authenticator))
    streams = [each.get("defaults", {}) | stream for each in said for stream in each["streams"].values()]
    deletes = {stream["deletes"]["type"] for stream in streams if "deletes" in stream}
    assert deletes == {"marker", "enumeration"} <= set(family(Deletes))


def test_units_and_codes_are_units_that_pint_can_tell_apart() -> None:
    units = Units([(path.name, path.read_text()) for path in files("units/*.txt")])
    assert units.problems == ()
    codes = data(UnitCodes, ROOT / "units" / "codes.yaml")
    for unit in (*codes["rec20"].values(), *codes["ucum"].values()):
        units.product(unit)


def test_working_time_is_two_thousand_and_eighty_hours_a_year() -> None:
    units = Units([(path.name, path.read_text()) for path in files("units/work.txt")])
    hour = units.unit("work_hour")
    assert units.affine(units.unit("work_year"), hour).factor == 2080
    assert units.affine(units.unit("work_month"), units.unit("work_year")).factor * 12 == 1


@pytest.mark.parametrize("root", ROOTS, ids=lambda root: root.name)
def test_shipped_projects_and_the_catalogue_have_no_problem_together(root: Path) -> None:
    checked = check(root)
    assert checked.problems == ()
    assert checked.files > 1


@pytest.mark.parametrize("root", [ROOT, DEMO / "starter"], ids=lambda root: root.name)
def test_every_case_of_every_mapping_passes(root: Path) -> None:
    loaded = load_project(root)
    units = units_of(loaded.units, codes_of(loaded.codes))
    contracts = {name: each.need() for name, each in loaded.entities.items()}
    failed = []
    for name, mapping in loaded.mappings.items():
        entity = loaded.entities[mapping.need().to]
        shape = entity_shape(entity.need(), None, ())
        plan = plan_of(name, mapping, entity, shape, lambda: units, tables=loaded.tables, contracts=contracts)
        results = run_cases(plan, loaded.tests[name])
        assert results, name
        failed += [(each.place, each.name, each.differences) for each in results if not each.passed]
    assert failed == []
