"""The codes of the room: each that is documented is used, each that is used is documented."""

from __future__ import annotations

import re
from pathlib import Path

import engine.mapping
from engine.expression import instants
from engine.mapping import check, doubts, lines, lookups, pattern
from engine.mapping.steps import FAULTS

CODES = {**check.CODES, **lines.FAULTS, **lookups.CODES, **pattern.CODES, **doubts.WARNINGS}
_QUOTED = re.compile(r'"([a-z]+(?:-[a-z0-9]+)+)"')
_NO_CODES = {"time-format", "utf-8"}
"""A format's name and an encoding."""
_KERNEL = {"missing-key", "not-built", "out-of-range", "wrong-type", "wrong-value"}
"""Codes of the language kernel that this room uses too."""


def _used() -> set[str]:
    used = set()
    for file in (*Path(engine.mapping.__file__).parent.rglob("*.py"), Path(instants.__file__)):
        lines = [line for line in file.read_text().splitlines() if not re.match(r'    "[a-z-]+": "', line)]
        used |= set(_QUOTED.findall("\n".join(lines)))
    return used | {"unit-missing", "per-missing", "required"}  # composed of the rule's key; one word


def test_every_code_that_is_used_is_documented() -> None:
    assert _used() - _NO_CODES <= {*CODES, *FAULTS, *_KERNEL}


def test_every_code_that_is_documented_is_used() -> None:
    assert {*CODES, *FAULTS} - _used() <= {"expression-error"}
