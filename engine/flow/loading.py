"""What does a project consist of? Every document that it has or needs, loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from engine.errors import Problem
from engine.fetch.connector import Connector
from engine.flow.files import SHIPPED, Shelf, catalogue, shelf
from engine.flow.project import FILE, ProjectFile
from engine.mapping.case import TestFile
from engine.mapping.codes import UnitCodes
from engine.mapping.contract_cases import FOLDER
from engine.mapping.entity import Entity
from engine.mapping.lookups import Tables
from engine.mapping.policy import Policy
from engine.mapping.rates import Files
from engine.mapping.rules import MappingFile
from engine.review.approvals import FILE as APPROVALS
from engine.review.approvals import ApprovalsFile
from engine.spec.component import Component
from engine.spec.document import Document

T = TypeVar("T", bound=Component)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Documents as they are, with whatever is wrong in them."""

    directory: Path
    project: Document[ProjectFile] | None
    """None for a folder without ``syncline.yaml``: a catalogue."""
    connectors: Mapping[str, Document[Connector]]
    entities: Mapping[str, Document[Entity]]
    policies: Mapping[str, Document[Policy]]
    mappings: Mapping[str, Document[MappingFile]]
    """By ``connector/name``."""
    tests: Mapping[str, Document[TestFile]]
    """By the mapping that they are of, ``entities/<entity>`` for those of a contract."""
    codes: tuple[Document[UnitCodes], ...]
    """The catalogue's, then the project's."""
    units: tuple[tuple[str, str], ...]
    """(name, text) of pint definition files, the catalogue's, then the project's."""
    tables: Tables
    """units/lookups/*.csv, the project's in place of the catalogue's of the same name."""
    rates: tuple[Files, ...]
    """Files of dated rates, a folder each: the catalogue's, then the project's."""
    offered: tuple[frozenset[str], frozenset[str]]
    """Names of all connectors, of all entities, that a file could name."""
    approvals: Document[ApprovalsFile] | None
    """The project's; None without the file."""
    strays: tuple[Problem, ...]

    @property
    def documents(self) -> Iterator[Document[Any]]:
        """Every document."""
        if self.project is not None:
            yield self.project
        for each in (self.connectors, self.entities, self.policies, self.mappings, self.tests):
            yield from each.values()
        yield from self.codes
        if self.approvals is not None:
            yield self.approvals


def load_project(directory: Path, shipped_in: Path | None = None) -> Loaded:
    """
    Load all files of a project, and those of the catalogue that it needs.

    ``shipped_in``: the folder of the catalogue; left out: the one that ships with the package.
    """
    own = shelf(directory)
    ours = catalogue() if shipped_in is None else shipped_in
    shipped = own if ours == directory.resolve() else shelf(ours, SHIPPED)
    file, accepted = directory / FILE, directory / APPROVALS
    project = own.load(ProjectFile, file) if file.is_file() else None
    installed = _installed(project)

    mappings = _load(MappingFile, own, own.mappings)
    mine = {key for key, path in shipped.mappings.items() if key.partition("/")[0] in installed}
    mappings |= _load(MappingFile, shipped, shipped.mappings, only=mine - mappings.keys())
    connectors = _load(Connector, own, own.connectors)
    wanted = installed | {_text(each.data, "from").partition(".")[0] for each in mappings.values()}
    connectors |= _load(Connector, shipped, shipped.connectors, only=wanted - connectors.keys())
    policies = _load(Policy, own, own.policies)
    entities = _entities(own, shipped, [_text(each.data, "to") for each in mappings.values()])

    tests = _load(TestFile, own, own.tests)
    beside = (mappings.keys() - own.mappings.keys()) | {
        f"{FOLDER}/{name}" for name in entities.keys() - own.entities.keys()
    }
    tests |= _load(TestFile, shipped, shipped.tests, only=beside - tests.keys())
    return Loaded(
        directory=directory,
        project=project,
        connectors=connectors,
        entities=entities,
        policies=policies,
        mappings=mappings,
        tests=tests,
        codes=tuple(
            each.load(UnitCodes, each.codes) for each in _both(own, shipped) if each.codes is not None
        ),
        units=tuple(text for each in _both(own, shipped) for text in _texts(each, each.units)),
        tables=Tables(
            [
                (path.stem, *text)
                for each in _both(own, shipped)
                for path, text in zip(each.tables, _texts(each, each.tables), strict=True)
            ]
        ),
        rates=tuple(_texts(each, each.rates) for each in _both(own, shipped)),
        offered=(
            frozenset(own.connectors) | frozenset(shipped.connectors),
            frozenset(own.entities) | frozenset(shipped.entities),
        ),
        approvals=own.load(ApprovalsFile, accepted) if accepted.is_file() else None,
        strays=own.problems,
    )


def _both(own: Shelf, shipped: Shelf) -> tuple[Shelf, ...]:
    return (own,) if own is shipped else (shipped, own)


def _texts(on: Shelf, paths: Iterable[Path]) -> Files:
    return tuple((on.shown(path), path.read_text(encoding="utf-8", errors="replace")) for path in paths)


def _installed(project: Document[ProjectFile] | None) -> set[str]:
    """The connectors that a project installs, as far as its file can be read."""
    sources = (
        project.data.get("sources") if project is not None and isinstance(project.data, Mapping) else None
    )
    return {_text(each, "connector") for each in sources.values()} if isinstance(sources, Mapping) else set()


def _text(data: Any, key: str) -> str:
    value = data.get(key) if isinstance(data, Mapping) else None
    return value if isinstance(value, str) else ""


def _load(
    kind: type[T], on: Shelf, files: Mapping[str, Path], *, only: Iterable[str] | None = None
) -> dict[str, Document[T]]:
    names = files if only is None else sorted(set(only) & files.keys())
    return {name: on.load(kind, files[name]) for name in names}


def _entities(own: Shelf, shipped: Shelf, wanted: list[str]) -> dict[str, Document[Entity]]:
    """A project's entities, those that mappings feed, and whatever these refer to."""
    found = _load(Entity, own, own.entities)
    wanted = wanted + [name for each in found.values() for name in _referred(each)]
    while wanted:
        name = wanted.pop()
        if name not in found and name in shipped.entities:
            found[name] = shipped.load(Entity, shipped.entities[name])
            wanted += _referred(found[name])
    return dict(sorted(found.items()))


def _referred(document: Document[Entity]) -> list[str]:
    fields = document.data.get("fields") if isinstance(document.data, Mapping) else None
    if not isinstance(fields, Mapping):
        return []
    constraints = document.data.get("constraints")
    over = (
        [each.get("over") for each in constraints or () if isinstance(each, Mapping)]
        if (isinstance(constraints, list))
        else []
    )
    return [
        *(_text(each, "entity") for each in fields.values() if _text(each, "type") == "ref"),
        *filter(None, (_text(each, "lines") for each in over)),
    ]
