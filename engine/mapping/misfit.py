"""Why does a value not fit? The one exception of the room: caught per record, turned into faults."""

from __future__ import annotations

from engine.expression.errors import shown

__all__ = ["Misfit", "kind_of", "shown"]


class Misfit(ValueError):
    """A value that a step or a type refuses; ``code`` is one of ``steps.FAULTS``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def kind_of(value: object) -> str:
    """Name the JSON type of a value, with its article."""
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return "a number"
