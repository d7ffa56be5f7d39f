"""A loaded file: what it says, as plain data and as components, and everything wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from engine.errors import Problem, SpecError
from engine.spec.component import Component, Path
from engine.spec.source import Source

T = TypeVar("T", bound=Component)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Generic[T]):
    """One file of the language."""

    source: Source
    draft: T | None
    """Built as far as it could be: elements of lists and maps with problems are left out whole, other
    settings with problems hold their default; None where something required is missing. A misspelt key is
    read as the one that was meant, any other that is none is passed over."""
    problems: tuple[Problem, ...]
    doubted: frozenset[Path] = frozenset()
    """Components that may lack something only because a key is not known: what they lack is not reported."""

    @property
    def file(self) -> str:
        """Its name, as problems show it."""
        return self.source.file

    @property
    def data(self) -> Any:
        """What it says, as plain data."""
        return self.source.data

    @property
    def value(self) -> T | None:
        """The component; None while the file has problems."""
        return None if self.problems else self.draft

    def need(self) -> T:
        """The component; raises SpecError with every problem of the file."""
        if self.value is None:
            raise SpecError(self.problems)
        return self.value

    def lacks(self, name: str, *path: str | int) -> bool:
        """Whether the mapping at ``path`` surely has no such key: broken files are given the doubt."""
        known = self.names(*path)
        return name not in known and (bool(known) or not self.problems)

    def names(self, *path: str | int) -> frozenset[str]:
        """The keys of the mapping at ``path``, also of a file with problems."""
        node = self.source.node_at(path)
        return frozenset(node.value) if node is not None and node.kind == "map" else frozenset()

    def problem(self, path: Sequence[str | int], code: str, message: str, offset: int = 0) -> Problem:
        """Point at the value at ``path`` (or at its nearest ancestor), ``offset`` characters in."""
        return self.source.problem(path, code, message, offset)

    def key_problem(self, path: Sequence[str | int], code: str, message: str) -> Problem:
        """Point at the key that ``path`` ends with."""
        return self.source.key_problem(path, code, message)

    def warning(self, path: Sequence[str | int], code: str, message: str, offset: int = 0) -> Problem:
        """Point at the value at ``path``: what stands there is valid, and cannot be meant."""
        return replace(self.source.problem(path, code, message, offset), severity="warning")

    def key_warning(self, path: Sequence[str | int], code: str, message: str) -> Problem:
        """Point at the key that ``path`` ends with, as ``warning``."""
        return replace(self.source.key_problem(path, code, message), severity="warning")

    def line(self, path: Sequence[str | int]) -> int:
        """The line on which the key or element at ``path`` starts."""
        return self.source.line(path)
