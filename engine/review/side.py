"""One version of a project, as far as a review reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.fetch.connector import Connector
from engine.mapping.entity import Entity
from engine.mapping.policy import Policy
from engine.mapping.program import Program
from engine.mapping.rules import MappingFile
from engine.records.shapes import EntityShape, Feed
from engine.spec.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The base or the head: files without problems, compiled."""

    connectors: Mapping[str, Document[Connector]]
    entities: Mapping[str, Document[Entity]]
    policies: Mapping[str, Document[Policy]]
    mappings: Mapping[str, Document[MappingFile]]
    """By ``connector/name``."""
    feeds: tuple[Feed, ...]
    """Every mapping applied to every source that syncs its stream."""
    shapes: Mapping[str, EntityShape]
    """By entity that something feeds."""
    programs: Mapping[str, Program]
    """By mapping that something feeds, ``connector/name``."""
