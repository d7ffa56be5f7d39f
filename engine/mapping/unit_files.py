"""What do the lines of units/*.txt define? Each checked, then given to pint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from engine.errors import Problem
from engine.mapping.unit_names import Definition, UnitProblem, read_definition
from engine.spec.say import near


def known_units(registry: Any) -> Mapping[str, Any]:
    """Every definition of a registry of pint, by every name."""
    known: Mapping[str, Any] = registry._units  # noqa: SLF001 - pint has no other list
    return known


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
            raise unknown_unit(registry, name, offset, ())
    registry.define(definition.line)


def unknown_unit(registry: Any, name: str, offset: int, codes: Iterable[str]) -> UnitProblem:
    """Say that a name is no unit, with the unit or code that is spelt nearly so."""
    known = [each for each in (*codes, *known_units(registry)) if len(each) > 1 and each.isascii()]
    hint = near(name, known)
    return UnitProblem(f"{name!r} is not a unit{hint}", code="unknown-unit", offset=max(0, offset))
