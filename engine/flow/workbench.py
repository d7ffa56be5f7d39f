"""What do those stand on who only try something? A project, compiled, with its sources and no database."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.errors import SettingsError
from engine.fetch.gate import MemoryGate
from engine.flow.check import Project, check
from engine.flow.sources import Source, sources_of
from engine.flow.workspace import compile_project
from engine.mapping.program import Program
from engine.records.received import StreamName
from engine.records.shapes import Feed
from engine.spec.say import near


@dataclass(slots=True, kw_only=True)
class Workbench:
    """A project whose sources can be asked and whose mappings can be run; it keeps nothing."""

    project: Project
    programs: Mapping[str, Program]
    """By mapping, ``connector/name``."""
    sources: Mapping[str, Source]

    @classmethod
    def open(cls, directory: Path, *, environment: Mapping[str, str] = os.environ) -> Self:
        """Check a project and compile it; raises ``SpecError`` with every problem."""
        project = check(directory).need()
        _, programs = compile_project(project, {})
        return cls(
            project=project,
            programs=programs,
            sources=sources_of(project, environment, MemoryGate()),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in self.sources.values():
            each.close()

    def stream(self, target: str) -> tuple[Source, StreamName]:
        """What ``SOURCE.STREAM`` names; raises ``SettingsError`` where there is no such thing."""
        name, _, stream = target.partition(".")
        if name not in self.sources:
            raise SettingsError(f"there is no source '{name}' in syncline.yaml{near(name, self.sources)}")
        source = self.sources[name]
        known = list(map(str, source.connector.streams))
        if not stream:
            raise SettingsError(f"say which stream: {', '.join(f'{name}.{each}' for each in known)}")
        if stream not in known:
            said = f"connector '{source.connector.connector}' has no stream '{stream}'"
            raise SettingsError(f"{said}{near(stream, known)}")
        return source, StreamName(source=name, stream=stream)

    def feeds(self, stream: StreamName, mapping: str | None = None) -> tuple[Feed, ...]:
        """What a stream feeds; raises ``SettingsError`` where ``mapping`` is named and not among it."""
        found = tuple(each for each in self.project.feeds if each.stream == stream)
        if mapping is None:
            return found
        chosen = tuple(each for each in found if mapping in {each.mapping, each.mapping.partition("/")[2]})
        if not chosen:
            known = [each.mapping for each in found]
            raise SettingsError(f"{stream} is not read by a mapping '{mapping}'{near(mapping, known)}")
        return chosen
