"""Which record of another stream does a record say that it is one with? A link of a mapping, ready to run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from engine.expression import EvaluationError
from engine.mapping.keys import joined_key, part_readings
from engine.mapping.misfit import Misfit
from engine.mapping.parts import Link
from engine.mapping.readings import Reading, Sources
from engine.records.received import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledLink:
    """One link, read as a ``ref`` by a stream's key is."""

    to: str
    """``connector.stream``."""
    place: str
    """``file:line``."""
    reading: Reading
    """The parts of the key."""
    kind: int | None
    """Of the identity value that it says; None where no source that is installed answers."""

    def read(self, sources: Sources) -> str | None:
        """The key that it leads to, None for nobody; raises ``Misfit`` and ``EvaluationError``."""
        return linked(self.reading.read(sources))

    def fault(self, error: Misfit | EvaluationError) -> Fault:
        """What is wrong with a record whose link cannot be read."""
        return Fault(code=error.code, message=f"link to {self.to}: {error}", rule=self.place)


def linked(parts: tuple[Any, ...] | None) -> str | None:
    """The text of a key; None where it, or a part of it, is null or empty."""
    return None if parts is None or "" in parts else joined_key(parts)


def compiled(link: Link, *, place: str, blank: frozenset[str], kind: int | None) -> CompiledLink:
    """Make a link ready; ``blank`` are the texts that are null."""
    parts = tuple(replace(part, blank=blank) for part in part_readings(link.key_parts, "links"))
    return CompiledLink(to=link.to, place=place, reading=Reading(key="links", parts=parts), kind=kind)
