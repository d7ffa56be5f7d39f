"""What do the lines of units/*.txt define? Each checked, then given to pint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.errors import Problem
from engine.mapping.near_units import known_units, meant
from engine.mapping.unit_names import Definition, UnitProblem, read_definition


def define(registry: Any, own: set[str], files: Sequence[tuple[str, str]]) -> Iterator[Problem]:
    """Add the definitions of ``files`` to a registry, and their names to ``own``; say what is wrong."""
    for file, text in files:
        for number, line in enumerate(text.split("\n"), start=1):
            try:
                definition = read_definition(line)
                if definition is not None:
                    _add(registry, definition)
                    own |= set(definition.names)
            except UnitProblem as problem:
                yield Problem(file, number, problem.offset + 1, problem.code, str(problem))


def _add(registry: Any, definition: Definition) -> None:
    for name, offset in definition.names.items():
        if name in known_units(registry):
            raise UnitProblem(f"unit {name!r} exists already", code="duplicate-unit", offset=offset)
    for name, offset in definition.uses:
        if not registry.parse_unit_name(name):
            raise unknown_unit(registry, name, offset, {})
    registry.define(definition.line)


def unknown_unit(registry: Any, name: str, offset: int, codes: Mapping[str, str]) -> UnitProblem:
    """Say that a name is no unit, with the unit or code that was probably meant."""
    said = f"{name!r} is not a unit{meant(registry, name, codes)}"
    return UnitProblem(said, code="unknown-unit", offset=offset)
