"""What does every verb stand on? A project without problems, compiled, beside its database."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.errors import Problem, SpecError
from engine.fetch.deletes.marker import Marker
from engine.fetch.listing import Listing, listing_of
from engine.fetch.stream import Stream
from engine.flow.check import Project, check
from engine.flow.sources import Source, sources_of
from engine.mapping.plan import plan_of
from engine.mapping.program import Program, compile_program
from engine.mapping.shape import entity_shape
from engine.records.received import StreamName
from engine.records.shapes import EntityShape, Feed
from engine.settings import Settings
from engine.spec.meaning import fingerprint, meaning
from engine.store.database import Database
from engine.store.gate import SharedGate
from engine.store.names import Names
from engine.store.shapes import stored_shapes

Say = Callable[[str], None]


def state_folder(settings: Settings) -> Path:
    """Where the embedded PostgreSQL of a project lives."""
    return settings.directory / ".syncline"


def open_database(settings: Settings, environment: Mapping[str, str], say: Say, *, migrate: bool) -> Database:
    """The project's database: by URL, or embedded."""
    url = settings.database_url(environment)
    return Database.open(url if url is not None else state_folder(settings), say=say, migrate=migrate)


@dataclass(slots=True, kw_only=True)
class Workspace:
    """A project, its programs and its database, opened for one verb."""

    project: Project
    database: Database
    names: Names
    shapes: Mapping[str, EntityShape]
    """By entity that something feeds."""
    programs: Mapping[str, Program]
    """By mapping, ``connector/name``."""
    sources: Mapping[str, Source]
    gate: SharedGate

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        say: Say,
        environment: Mapping[str, str] = os.environ,
        migrate: bool = True,
        shipped_in: Path | None = None,
        database: Database | None = None,
    ) -> Self:
        """
        Check a project, open its database and compile; raises ``SpecError`` with every problem.

        ``shipped_in``: the folder of the catalogue, ``database``: to be closed with the workspace, in place
        of the package's and the project's own.
        """
        project = check(directory, shipped_in).need()
        if database is None:
            database = open_database(project.settings, environment, say, migrate=migrate)
        try:
            with database.connect(label="syncline compile") as connection:
                former = stored_shapes(connection)
            shapes, programs = compile_project(project, former)
        except BaseException:
            database.close()
            raise
        gate = SharedGate(database, holder=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}")
        return cls(
            project=project,
            database=database,
            names=Names(database),
            gate=gate,
            shapes=shapes,
            programs=programs,
            sources=sources_of(project, environment, gate),
        )

    def close(self) -> None:
        """Leave the sources and the database."""
        for each in self.sources.values():
            each.close()
        self.gate.close()
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def feeds(self, stream: StreamName) -> tuple[Feed, ...]:
        """What a stream feeds."""
        return tuple(each for each in self.project.feeds if each.stream == stream)

    def source(self, stream: StreamName) -> Source:
        """The source that a stream belongs to."""
        return self.sources[stream.source]


def compile_project(
    project: Project, former: Mapping[str, EntityShape]
) -> tuple[dict[str, EntityShape], dict[str, Program]]:
    """
    Shapes of all entities that something feeds, and the programs of their mappings.

    ``former``: those that are stored, by entity.
    """
    shapes = {
        name: entity_shape(
            project.entity(name),
            project.policy(name),
            [feed for feed in project.feeds if feed.entity == name],
            project.timed,
            former.get(name),
        )
        for name in sorted({feed.entity for feed in project.feeds})
    }
    contracts = {name: document.need() for name, document in project.entities.items()}
    programs: dict[str, Program] = {}
    problems: list[Problem] = []
    for feed in project.feeds:
        if feed.mapping in programs:
            continue
        stream = project.connector(feed.stream.source).stream(feed.stream.stream)
        try:
            plan = plan_of(
                feed.mapping,
                project.mappings[feed.mapping],
                project.entities[feed.entity],
                shapes[feed.entity],
                lambda: project.units,
                tables=project.tables,
                rates=lambda: project.rates,
                contracts=contracts,
                composite=len(stream.key) > 1,
                reading=_reading(stream, listing_of(project.connector(feed.stream.source), stream.name)),
            )
        except SpecError as error:
            problems += error.problems
            continue
        programs[feed.mapping] = compile_program(plan)
    if problems:
        raise SpecError(problems)
    return shapes, programs


def _reading(stream: Stream, listing: Listing | None) -> str:
    """The fingerprint of what a stream, and what lists its deletes, make of their responses."""
    marker = stream.deletes if isinstance(stream.deletes, Marker) else None
    said = (stream.records, stream.when, stream.key, stream.version, marker, stream.decode)
    read = [None if each is None else meaning(each) for each in said]
    lists = [] if listing is None else [_reading(listing.stream, None), listing.ordered]
    return fingerprint([*read, *(["partial"] if stream.partial else []), *lists])
