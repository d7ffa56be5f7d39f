"""The verb ``test``: does every mapping and contract do what cases and recordings say? Offline."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import SettingsError, SpecError
from engine.flow import recording
from engine.flow.check import check
from engine.flow.compared import differences
from engine.flow.files import SHIPPED, catalogue
from engine.flow.loading import Loaded, load_project
from engine.flow.playback import play
from engine.mapping.case import TestFile
from engine.mapping.casebook import CaseResult, Over, run_cases
from engine.mapping.codes import codes_of
from engine.mapping.contract_cases import FOLDER, contract_plan
from engine.mapping.lines import lines_checks
from engine.mapping.plan import Plan, plan_of
from engine.mapping.program import compile_program
from engine.mapping.rates import Rates, rates_of
from engine.mapping.shape import entity_shape
from engine.mapping.units import Units, units_of
from engine.records.received import StreamName
from engine.records.shapes import Feed
from engine.spec.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """How the cases of one file went."""

    file: str
    mapping: str
    """``connector/name``; ``entities/<entity>`` where they are of a contract."""
    cases: Sequence[CaseResult]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingResult:
    """How a recorded walk went, played again."""

    folder: str
    pages: int
    records: int
    differences: Sequence[str]
    """Empty where everything is as it was accepted."""
    updated: bool = False
    """What differs was accepted now."""

    @property
    def passed(self) -> bool:
        """Whether nothing differs."""
        return not self.differences or self.updated


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialReport:
    """How all cases and recordings went."""

    files: Sequence[FileResult]
    recordings: Sequence[RecordingResult] = ()

    @property
    def failed(self) -> int:
        """Cases and recordings that differ from what they say."""
        cases = sum(not case.passed for file in self.files for case in file.cases)
        return cases + sum(not each.passed for each in self.recordings)

    @property
    def passed(self) -> int:
        """Cases and recordings that are as they say."""
        cases = sum(case.passed for file in self.files for case in file.cases)
        return cases + sum(each.passed for each in self.recordings)


def trial(directory: Path, paths: Collection[Path] = (), *, update: bool = False) -> TrialReport:
    """
    Run the cases of a project, and those of the catalogue for the mappings and entities that it uses;
    play its recordings, and with ``update`` accept what comes of them.

    ``paths`` choose files and folders. Raises ``SpecError`` with every problem of the project, and
    ``SettingsError`` where a path holds no tests.
    """
    checked = check(directory)
    if checked.problems:
        raise SpecError(checked.problems)
    loaded = load_project(checked.directory)
    units = units_of(loaded.units, codes_of(loaded.codes))
    rates = rates_of(loaded.rates)
    chosen, folders = _chosen(loaded, paths)

    def plan(mapping: str) -> Plan:
        folder, _, entity = mapping.partition("/")
        if folder == FOLDER:
            return contract_plan(loaded.entities[entity], lambda: units, lambda: rates)
        return _plan(loaded, mapping, units, rates)

    return TrialReport(
        files=[
            _file(loaded.tests[mapping], mapping, plan(mapping), _over(loaded, mapping, plan))
            for mapping in chosen
        ],
        recordings=[_played(loaded, folder, plan, update=update) for folder in folders],
    )


def _chosen(loaded: Loaded, paths: Collection[Path]) -> tuple[list[str], list[Path]]:
    """Mappings and contracts with tests, in the order of their names, and recordings."""
    every = {name: _path(loaded, document.file) for name, document in sorted(loaded.tests.items())}
    recorded = list(recording.found(loaded.directory))
    if not paths:
        return list(every), recorded
    found: list[str] = []
    folders: list[Path] = []
    for path in paths:
        whole = path.resolve()
        inside = [
            name
            for name, file in every.items()
            if file == whole or whole in file.parents or file == whole.with_suffix(".test.yaml")
        ]
        played = [each for each in recorded if whole in {each.resolve(), *each.resolve().parents}]
        if not inside and not played:
            raise SettingsError(f"there are no tests in {path}")
        found += [name for name in inside if name not in found]
        folders += [each for each in played if each not in folders]
    return found, folders


def _path(loaded: Loaded, file: str) -> Path:
    if file.startswith(SHIPPED):
        return catalogue() / file.removeprefix(SHIPPED)
    return loaded.directory / file


def _file(tests: Document[TestFile], mapping: str, plan: Plan, over: Over) -> FileResult:
    return FileResult(file=tests.file, mapping=mapping, cases=run_cases(plan, tests, over))


def _over(loaded: Loaded, name: str, plan: Callable[[str], Plan]) -> Over:
    """Constraints over lines of the contract that tests stand beside."""
    folder, _, entity = name.partition("/")
    if folder != FOLDER:
        return ()
    contract = loaded.entities[entity].need()
    named = {entity, *(str(each.over.lines) for each in contract.constraints if each.over)}
    shapes = {each: entity_shape(loaded.entities[each].need(), None, ()) for each in named}
    checks = lines_checks(contract, shapes[entity], shapes)
    return [(each, plan(f"{FOLDER}/{each.lines}")) for each in checks]


def _played(loaded: Loaded, folder: Path, plan: Callable[[str], Plan], *, update: bool) -> RecordingResult:
    """A recording, walked again through the mappings that read its stream."""
    taken = recording.read(folder)
    known = loaded.connectors.get(taken.connector)
    if known is None:
        raise SettingsError(f"{folder}: there is no connector '{taken.connector}' in this project")
    programs = {
        name: compile_program(plan(name))
        for name, document in sorted(loaded.mappings.items())
        if str(document.need().from_) == f"{taken.connector}.{taken.stream}"
    }
    played = play(known.need(), programs, taken)
    found = differences(taken, played)
    if update and found:
        requests = zip(taken.taken, played.requests, strict=False)
        answers = [replace(answer, request=request) for answer, request in requests]
        recording.write(folder, replace(taken, taken=answers, expected=played.expected()))
    return RecordingResult(
        folder=folder.relative_to(loaded.directory).as_posix(),
        pages=len(played.pages),
        records=sum(len(decoded.records) for _, decoded in played.pages),
        differences=found,
        updated=update and bool(found),
    )


def _plan(loaded: Loaded, mapping: str, units: Units, rates: Rates) -> Plan:
    """A mapping compiled as if its stream alone fed the entity: a policy changes no mapping."""
    document = loaded.mappings[mapping]
    said = document.need()
    source, _, stream = str(said.from_).partition(".")
    feed = Feed(
        mapping=mapping,
        stream=StreamName(source=source, stream=stream),
        entity=str(said.to),
        opens=said.each is not None,
        keyed=bool(said.key_parts) and said.each is None,
        partial=loaded.connectors[source].need().stream(stream).partial,
    )
    contract = loaded.entities[feed.entity]
    shape = entity_shape(contract.need(), None, [feed], frozenset())
    composite = len(loaded.connectors[source].need().stream(stream).key) > 1
    return plan_of(
        mapping,
        document,
        contract,
        shape,
        lambda: units,
        tables=loaded.tables,
        rates=lambda: rates,
        contracts={name: each.draft for name, each in loaded.entities.items()},
        composite=composite,
    )
