"""The verb ``test``: does every mapping do what the cases beside it say? Offline."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import SettingsError, SpecError
from engine.flow.check import check
from engine.flow.files import SHIPPED, catalogue
from engine.flow.loading import Loaded, load_project
from engine.mapping.casebook import CaseResult, run_cases
from engine.mapping.plan import plan_of
from engine.mapping.rates import Rates, rates_of
from engine.mapping.shape import entity_shape
from engine.mapping.units import Units, units_of
from engine.records import Feed, StreamName


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """How the cases of one file went."""

    file: str
    mapping: str
    cases: Sequence[CaseResult]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialReport:
    """How all cases went."""

    files: Sequence[FileResult]

    @property
    def failed(self) -> int:
        """Cases that differ from what they say."""
        return sum(not case.passed for file in self.files for case in file.cases)

    @property
    def passed(self) -> int:
        """Cases that are as they say."""
        return sum(case.passed for file in self.files for case in file.cases)


def trial(directory: Path, paths: Collection[Path] = ()) -> TrialReport:
    """
    Run the cases of a project, and those of the catalogue for the mappings that it uses.

    ``paths`` choose files and folders. Raises ``SpecError`` with every problem of the project, and
    ``SettingsError`` where a path holds no tests.
    """
    checked = check(directory)
    if checked.problems:
        raise SpecError(checked.problems)
    loaded = load_project(checked.directory)
    units = units_of(loaded.units)
    rates = rates_of(loaded.rates)
    chosen = _chosen(loaded, paths)
    return TrialReport(files=[_file(loaded, mapping, units, rates) for mapping in chosen])


def _chosen(loaded: Loaded, paths: Collection[Path]) -> list[str]:
    """Mappings with tests, in the order of their names."""
    every = {name: _path(loaded, document.file) for name, document in sorted(loaded.tests.items())}
    if not paths:
        return list(every)
    found: list[str] = []
    for path in paths:
        whole = path.resolve()
        inside = [
            name
            for name, file in every.items()
            if file == whole or whole in file.parents or file == whole.with_suffix(".test.yaml")
        ]
        if not inside:
            raise SettingsError(f"there are no tests in {path}")
        found += [name for name in inside if name not in found]
    return found


def _path(loaded: Loaded, file: str) -> Path:
    if file.startswith(SHIPPED):
        return catalogue() / file.removeprefix(SHIPPED)
    return loaded.directory / file


def _file(loaded: Loaded, mapping: str, units: Units, rates: Rates) -> FileResult:
    """The cases of one mapping, as if its stream alone fed the entity: a policy changes no mapping."""
    document = loaded.mappings[mapping]
    said = document.need()
    source, _, stream = str(said.from_).partition(".")
    feed = Feed(
        mapping=mapping,
        stream=StreamName(source=source, stream=stream),
        entity=str(said.to),
        opens=said.each is not None,
        keyed=bool(said.key_parts) and said.each is None,
    )
    contract = loaded.entities[feed.entity]
    shape = entity_shape(contract.need(), None, [feed], frozenset())
    plan = plan_of(
        mapping, document, contract, shape, lambda: units, tables=loaded.tables, rates=lambda: rates
    )
    tests = loaded.tests[mapping]
    return FileResult(file=tests.file, mapping=mapping, cases=run_cases(plan, tests))
