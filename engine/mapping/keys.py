"""How is a key written as text? Its parts, each read by itself, escaped and joined."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from engine.expression import key_text
from engine.mapping.misfit import Misfit
from engine.mapping.parts import KeyPart
from engine.mapping.readings import Reading
from engine.mapping.texts import escaped, storable_key


def part_readings(parts: Iterable[KeyPart], key: str = "key") -> tuple[Reading, ...]:
    """The parts of a key, ready to be read; ``key`` is that of the file in which they stand."""
    return tuple(Reading(key=key, expression=part.value, of=part.of) for part in parts)


def joined_key(values: Sequence[Any]) -> str:
    """
    The text of a key: one part as it is, several escaped with a slash between, as streams write theirs.

    Raises ``Misfit`` for what no index can hold or a part that is null, and ``EvaluationError`` for a
    list or an object.
    """
    texts = [key_text(value) for value in values]
    present = [text for text in texts if text is not None]
    if len(present) < len(texts):
        raise Misfit("key-missing", "its key is null")
    return storable_key(present[0] if len(present) == 1 else "/".join(map(escaped, present)))
