"""The JSON Schema says what the walk says."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from engine.expression import Expression, Template
from engine.fetch.connector import Connector
from engine.flow.project import ProjectFile
from engine.mapping.case import TestFile
from engine.mapping.codes import UnitCodes
from engine.mapping.entity import Entity
from engine.mapping.policy import Policy
from engine.mapping.rules import MappingFile
from engine.review.approvals import ApprovalsFile
from engine.spec.component import Component
from engine.spec.load import load
from engine.spec.schema import schema_of
from engine.spec.values import Duration, Share, Size
from tests.unit.spec.parts import Zoo

ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT / "tests" / "cases" / "spec"
KINDS = [ApprovalsFile, Connector, Entity, MappingFile, Policy, ProjectFile, TestFile, UnitCodes]

# What only the walk can see: the form of YAML, and settings that contradict one another.
BEYOND = {"quoted-literal", "conflicting-keys", "duplicate-key", "yaml-reserved", "yaml-key", "yaml-number"}


def _plain(value: Any) -> Any:
    """Data as a JSON Schema's library knows it."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _formats() -> FormatChecker:
    checker = FormatChecker(formats=())
    formats: tuple[Any, ...] = (Expression, Template, Duration, Size, Share)
    for each in formats:

        def fits(value: object, parse: Any = each.parse) -> bool:
            return not isinstance(value, str) or bool(parse(value)) or True

        checker.checks(each.format, raises=ValueError)(fits)
    return checker


def _cases() -> list[Any]:
    return [
        pytest.param(case["text"], id=f"{path.stem}: {case['name']}")
        for path in sorted(CASES.glob("*.yaml"))
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("text", _cases())
def test_both_agree_on_every_case(text: str) -> None:
    """A file that can be read is right by the schema where it is right by the walk."""
    document = load(Zoo, "f", text)
    if document.source.root is None or {each.code for each in document.problems} & BEYOND:
        return
    validator = Draft202012Validator(schema_of(Zoo), format_checker=_formats())
    errors = list(validator.iter_errors(_plain(document.data)))
    assert bool(errors) == bool(document.problems), (errors, document.problems)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_schemas_of_all_documents_are_schemas(kind: type[Component]) -> None:
    """Each is a JSON Schema, and JSON."""
    schema = schema_of(kind)
    Draft202012Validator.check_schema(json.loads(json.dumps(schema)))
    assert "oneOf" not in json.dumps(schema)


@pytest.mark.parametrize(
    ("folder", "kind"),
    [("specs", Connector), ("mappings/entities", Entity), ("mappings/hr", MappingFile)],
    ids=["connectors", "entities", "mappings"],
)
def test_shipped_files_fit_their_schema(folder: str, kind: type[Component]) -> None:
    """An editor finds nothing wrong in what ships."""
    validator = Draft202012Validator(schema_of(kind))
    for path in sorted((ROOT / folder).glob("*.yaml")):
        if not path.name.endswith(".test.yaml"):
            data = _plain(load(kind, path.name, path.read_text(encoding="utf-8")).data)
            assert [error.message for error in validator.iter_errors(data)] == [], path
