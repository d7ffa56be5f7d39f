"""What the simulated project's files mean, said once more and without the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tests.simulation.facts import NEVER, micros

ENTITIES = {"left/people": "person", "right/people": "person", "plain/notes": "note"}
"""What a stream's records become."""
FIELDS = {"person": ("number", "email", "name", "mood", "age"), "note": ("name", "mood", "age")}
UNDATED = frozenset({"plain/notes"})
"""Streams whose records have no version: who was asked for last is right."""
IDENTITY = (("number", str.upper), ("email", str.lower))
"""Kinds of identity key, in order: the field, and what makes two of its texts one (after trimming)."""
SOURCES = ("left", "right")
"""Whose value is taken, best first."""
LATEST = frozenset({"mood"})
"""Fields that take the newest version's value instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one record of a page is to become."""

    kind: Literal["says", "filtered", "deleted", "dead"]
    key: str | None
    version: int
    values: Mapping[str, Any]


def outcome(stream: str, record: Any) -> Outcome:
    """As ``mappings/*/*.yaml`` say, with the connectors' ``key``, ``version`` and marker."""
    if not isinstance(record, dict):
        record = {}
    key = _text(record.get("id"))
    version = None if stream in UNDATED else micros(record.get("updated_at"))
    values = {name: record.get(name) for name in FIELDS[ENTITIES[stream]]}
    kind: Literal["says", "filtered", "deleted", "dead"] = "says"
    if key is None:
        kind = "dead"
    elif record.get("deleted") is True:
        kind = "deleted"
    elif record.get("status") == "draft":
        kind = "filtered"
    elif not isinstance(values["name"], str) or not isinstance(values["age"], int | None):
        kind = "dead"
    return Outcome(kind=kind, key=key, version=NEVER if version is None else version, values=values)


def identity(values: Mapping[str, Any]) -> set[tuple[int, str]]:
    """The identity values that a record says."""
    return {
        (kind, fold(values[name].strip()))
        for kind, (name, fold) in enumerate(IDENTITY)
        if values.get(name) is not None
    }


def _text(key: Any) -> str | None:
    return None if key is None else str(key)
