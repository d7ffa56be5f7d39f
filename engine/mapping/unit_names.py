"""Which units does a text name? Names, products and powers only: pint's evaluator never sees a text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_NAME = r"[A-Za-z_°µμΩÅ%][A-Za-z0-9_°µμΩÅ%]*"
_LONGEST: Final = 100
_TOKEN = re.compile(rf"\s*(?:({_NAME})|([0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{{1,2}})?)|(\*\*|[*/^()-]))")
_POWER: Final = 9


class UnitProblem(ValueError):
    """A text that names no unit, or one that does not fit; ``offset`` counts characters from 0."""

    def __init__(self, message: str, *, code: str = "wrong-unit", offset: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.offset = offset


def read_product(text: str) -> Iterator[tuple[str, int, int]]:
    """Split ``kg * m / s**2`` into (name, power, offset); raise ``UnitProblem`` for anything else."""
    for name, power, offset in _factors(text, 0):
        if not name[0].isdigit():
            yield name, power, offset
        elif name != "1":
            raise UnitProblem(f"a number, {name}, cannot stand in a unit", offset=offset)


@dataclass(frozen=True, slots=True)
class Definition:
    """One line of a definition file, checked."""

    line: str
    names: Mapping[str, int]
    """What it defines: name, symbol, aliases; each with its offset in the line."""
    uses: tuple[tuple[str, int], ...]
    """The units that it is defined by, with their offsets."""


def read_definition(line: str) -> Definition | None:
    """Check a line ``name = [dimension] | number * units = symbol = alias``; None for an empty one."""
    bare = line.partition("#")[0].rstrip()
    if not bare.strip():
        return None
    parts = bare.split("=")
    if len(parts) < 2:
        raise UnitProblem("a unit is defined as: name = number * other_unit")
    names: dict[str, int] = {}
    start = 0
    for index, part in enumerate(parts):
        name, offset = part.strip(), start + len(part) - len(part.lstrip())
        start += len(part) + 1
        if index == 1 or name == "_":
            continue
        if re.fullmatch(_NAME, name) is None:
            raise UnitProblem(f"{name!r} cannot name a unit", offset=offset)
        names.setdefault(name, offset)
    if re.fullmatch(r"\s*\[[a-z_]{1,40}\]\s*", parts[1]):
        return Definition(bare, names, ())
    factors = _factors(parts[1], len(parts[0]) + 1)
    return Definition(bare, names, tuple((name, at) for name, _, at in factors if not name[0].isdigit()))


def _factors(text: str, start: int) -> list[tuple[str, int, int]]:
    if len(text) > _LONGEST:
        raise UnitProblem(f"a unit of more than {_LONGEST} characters", offset=start)
    factors: list[tuple[str, int, int]] = []
    sign, at = 1, 0
    tokens = _tokens(text, start)
    while at < len(tokens):
        word, offset = tokens[at]
        at += 1
        if not (word[0].isalnum() or word[0] in "_°%"):
            raise UnitProblem(f"a unit is expected where {word!r} stands", offset=offset)
        power = 1
        if at < len(tokens) and tokens[at][0] in {"**", "^"}:
            power, at = _power(tokens, at + 1, offset)
        factors.append((word, sign * power, offset))
        if at == len(tokens):
            return factors
        operator, where = tokens[at]
        if operator not in {"*", "/"}:
            raise UnitProblem("units are joined by * and /", offset=where)
        sign, at = (1 if operator == "*" else -1), at + 1
    raise UnitProblem("a unit is missing" if factors else "a unit is expected", offset=start + len(text))


def _power(tokens: list[tuple[str, int]], at: int, offset: int) -> tuple[int, int]:
    sign = 1
    if at < len(tokens) and tokens[at][0] == "-":
        sign, at = -1, at + 1
    if at == len(tokens) or not tokens[at][0].isdigit() or not 1 <= int(tokens[at][0][:3]) <= _POWER:
        raise UnitProblem(f"a power is a whole number from 1 to {_POWER}", offset=offset)
    return sign * int(tokens[at][0]), at + 1


def _tokens(text: str, start: int) -> list[tuple[str, int]]:
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            stray = at + len(text[at:]) - len(text[at:].lstrip())
            raise UnitProblem(f"{text[stray]!r} cannot stand in a unit", offset=start + stray)
        index = found.lastindex or 1
        tokens.append((found[index], start + found.start(index)))
        at = found.end()
    return tokens
