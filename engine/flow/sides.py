"""The base and the head of a review: a project's files without problems, compiled."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.flow.check import Project, check
from engine.flow.workspace import compile_project
from engine.records.shapes import EntityShape
from engine.review.side import Side


def side_of(project: Project, former: Mapping[str, EntityShape]) -> Side:
    """``former``: the shapes that are stored, by entity; raises ``SpecError`` with every problem."""
    shapes, programs = compile_project(project, former)
    return Side(
        connectors=project.connectors,
        entities=project.entities,
        policies=project.policies,
        mappings=project.mappings,
        feeds=project.feeds,
        shapes=shapes,
        programs=programs,
    )


def side_in(directory: Path, former: Mapping[str, EntityShape], shipped_in: Path | None = None) -> Side:
    """The side of a folder; raises ``SpecError`` with every problem."""
    return side_of(check(directory, shipped_in).need(), former)
