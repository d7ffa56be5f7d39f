"""Is everything right that the files of a project say? Every problem in every file, at once."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.errors import Problem, SettingsError, SpecError
from engine.fetch.check import check_connector
from engine.fetch.connector import Connector
from engine.fetch.doubts import doubts as doubts_of_connector
from engine.flow.cases import check_tests
from engine.flow.feeds import (
    check_entities,
    check_mappings,
    check_names,
    feeds_of,
    timed_streams,
)
from engine.flow.files import SHIPPED, find_project
from engine.flow.installs import check_sources
from engine.flow.linking import check_links
from engine.flow.loading import Loaded, load_project
from engine.flow.policies import check_policies
from engine.flow.project import FILE, ProjectFile, settings_of
from engine.mapping.case import TestFile
from engine.mapping.check import check_codes
from engine.mapping.codes import UnitCodes, codes_of
from engine.mapping.doubts import doubts as doubts_of_mapping
from engine.mapping.doubts import doubts_of_contract
from engine.mapping.entity import Entity
from engine.mapping.lookups import Table, Tables
from engine.mapping.policy import Policy
from engine.mapping.rates import Files, Rates, rates_of
from engine.mapping.rules import MappingFile
from engine.mapping.units import Units, units_of
from engine.records.received import StreamName
from engine.records.shapes import Feed
from engine.review.approvals import Accepted
from engine.settings import Settings
from engine.spec.document import Document

CODES = {"no-project": "The folder has no syncline.yaml."}


@dataclass(frozen=True, kw_only=True)
class Project:
    """All files of a project without a problem, and what they say together."""

    directory: Path
    document: Document[ProjectFile]
    settings: Settings
    connectors: Mapping[str, Document[Connector]]
    entities: Mapping[str, Document[Entity]]
    policies: Mapping[str, Document[Policy]]
    mappings: Mapping[str, Document[MappingFile]]
    """By ``connector/name``."""
    tests: Mapping[str, Document[TestFile]]
    """By the mapping that they are of, ``entities/<entity>`` for those of a contract."""
    codes: tuple[Document[UnitCodes], ...]
    unit_files: tuple[tuple[str, str], ...]
    """(name, text) of units/*.txt, the catalogue's before the project's."""
    tables: Tables
    """units/lookups/*.csv."""
    rate_files: tuple[Files, ...]
    """Files of dated rates, a folder each, the catalogue's before the project's."""
    feeds: tuple[Feed, ...]
    """Every mapping applied to every source that syncs its stream."""
    timed: frozenset[StreamName]
    """The streams among them whose records have a timestamp version."""
    approvals: tuple[Accepted, ...]
    """What people accepted of changes."""

    def connector(self, source: str) -> Connector:
        """The connector that a source installs."""
        return self.connectors[self.settings.sources[source].connector].need()

    def entity(self, name: str) -> Entity:
        """An entity's contract."""
        return self.entities[name].need()

    def policy(self, entity: str) -> Policy | None:
        """The policy of an entity; None without one."""
        return self.policies[entity].need() if entity in self.policies else None

    def mapping(self, name: str) -> MappingFile:
        """A mapping, by ``connector/name``."""
        return self.mappings[name].need()

    @functools.cached_property
    def units(self) -> Units:
        """Every unit that mappings and entities may name."""
        return units_of(self.unit_files, codes_of(self.codes))

    @property
    def rates(self) -> Rates:
        """Every rate that amounts may be converted by."""
        return rates_of(self.rate_files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of looking at a project's files."""

    directory: Path
    files: int
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    """What is valid and cannot be meant: it stops nothing."""
    project: Project | None
    """None where there are problems, and for a folder without ``syncline.yaml`` (a catalogue)."""

    def need(self) -> Project:
        """The project; raises SpecError with every problem."""
        if self.project is None:
            missing = Problem(FILE, 1, 1, "no-project", f"there is no {FILE} in {self.directory}")
            raise SpecError(self.problems or (missing,))
        return self.project


def check(path: Path, shipped_in: Path | None = None) -> Checked:
    """
    Look at all files of the project that ``path`` is in, and at those of the catalogue that it needs.

    A folder that has ``specs`` or ``mappings`` and no ``syncline.yaml`` upwards is checked as a catalogue.
    ``shipped_in``: the folder of the catalogue; left out: the one that ships with the package.
    """
    directory = _directory(path)
    loaded = load_project(directory, shipped_in)
    problems = sorted(set(_problems(loaded)))
    warnings = tuple(sorted(set(_warnings(loaded))))
    if problems or loaded.project is None:
        return Checked(
            directory=directory,
            files=_count(loaded),
            problems=tuple(problems),
            warnings=warnings,
            project=None,
        )
    feeds = feeds_of(loaded)
    project = Project(
        directory=directory,
        document=loaded.project,
        settings=settings_of(loaded.project.need(), directory),
        connectors=loaded.connectors,
        entities=loaded.entities,
        policies=loaded.policies,
        mappings=loaded.mappings,
        tests=loaded.tests,
        codes=loaded.codes,
        unit_files=loaded.units,
        tables=loaded.tables,
        rate_files=loaded.rates,
        feeds=tuple(feeds),
        timed=timed_streams(loaded, feeds),
        approvals=() if loaded.approvals is None else loaded.approvals.need().approvals,
    )
    return Checked(directory=directory, files=_count(loaded), problems=(), warnings=warnings, project=project)


def _directory(path: Path) -> Path:
    folder = path.resolve() if path.is_dir() else path.resolve().parent
    try:
        return find_project(folder)
    except SettingsError:
        for each in (folder, *folder.parents):
            if (each / "specs").is_dir() and (each / "mappings").is_dir():
                return each
        raise


def _count(loaded: Loaded) -> int:
    files = len(loaded.units) + len(_own_tables(loaded)) + sum(map(len, loaded.rates))
    return sum(1 for _ in loaded.documents) + files


def _warnings(loaded: Loaded) -> Iterator[Problem]:
    for connector in loaded.connectors.values():
        yield from doubts_of_connector(connector)
    for mapping in loaded.mappings.values():
        contract = None if mapping.draft is None else loaded.entities.get(mapping.draft.to)
        yield from doubts_of_mapping(mapping, contract)
    for entity in loaded.entities.values():
        yield from doubts_of_contract(entity)


def _problems(loaded: Loaded) -> list[Problem]:
    def units() -> Units:
        return units_of(loaded.units, codes_of(loaded.codes))

    def rates() -> Rates:
        return rates_of(loaded.rates)

    found = [*loaded.strays]
    for document in loaded.documents:
        found += document.problems
    for connector in loaded.connectors.values():
        found += check_connector(connector)
    found += check_names(loaded)
    found += check_sources(loaded)
    found += check_entities(loaded, units)
    found += check_mappings(loaded, units, rates)
    found += check_links(loaded)
    found += check_policies(loaded, sure=not found)
    found += check_tests(loaded)
    if any(not label.startswith(SHIPPED) for label, _ in loaded.units):
        found += units().problems
    for codes in loaded.codes:
        if not codes.file.startswith(SHIPPED):
            found += check_codes(codes, units=units)
    if any(loaded.rates):
        found += rates().problems
    found += [problem for table in _own_tables(loaded) for problem in table.problems]
    return found


def _own_tables(loaded: Loaded) -> list[Table]:
    """The tables that the project brings: those of the catalogue are read where a rule asks for one."""
    tables = loaded.tables
    return [tables.table(name) for name in tables if not tables.file(name).startswith(SHIPPED)]
