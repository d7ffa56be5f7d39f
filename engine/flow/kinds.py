"""Which kinds of file are there, and of which kind is one? Its place in the project says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.fetch.connector import Connector
from engine.flow.project import FILE, ProjectFile
from engine.mapping.case import TestFile
from engine.mapping.codes import UnitCodes
from engine.mapping.entity import Entity
from engine.mapping.policy import Policy
from engine.mapping.rules import MappingFile
from engine.review.approvals import FILE as APPROVALS
from engine.review.approvals import ApprovalsFile
from engine.spec.component import Component


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of file that a person writes."""

    document: type[Component]
    title: str
    globs: tuple[str, ...]
    """Where its files stand in a project; of several kinds that fit, the last one is meant."""


KINDS: Mapping[str, Kind] = {
    "project": Kind(document=ProjectFile, title="The project", globs=(FILE,)),
    "connector": Kind(document=Connector, title="A connector", globs=("specs/*.yaml",)),
    "entity": Kind(document=Entity, title="An entity", globs=("mappings/entities/*.yaml",)),
    "policy": Kind(document=Policy, title="A policy", globs=("mappings/policies/*.yaml",)),
    "mapping": Kind(document=MappingFile, title="A mapping", globs=("mappings/*/*.yaml",)),
    "test": Kind(document=TestFile, title="A test", globs=("mappings/*/*.test.yaml",)),
    "unit-codes": Kind(document=UnitCodes, title="Unit codes", globs=("units/codes.yaml",)),
    "approvals": Kind(document=ApprovalsFile, title="Approvals", globs=(APPROVALS,)),
}
"""By the name of its schema and of its page in the reference."""


def kind_of(path: Path) -> str | None:
    """The kind of a file by its name and the folders that it stands in; None for a file of no kind."""
    folder, above = path.parent.name, path.parent.parent.name
    if path.name == FILE:
        return "project"
    if path.suffix != ".yaml":
        return None
    if folder == "specs":
        return "connector"
    if folder == "units" and path.name == "codes.yaml":
        return "unit-codes"
    if above != "mappings":
        return "approvals" if path.name == APPROVALS else None
    if folder == "policies":
        return "policy"
    if path.name.endswith(".test.yaml"):
        return "test"
    return "entity" if folder == "entities" else "mapping"
