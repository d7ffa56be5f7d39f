"""What can be wrong with an expression, when it is read and when it is evaluated."""

from __future__ import annotations


class ExpressionError(ValueError):
    """A text that is no expression of ours; found when the file is read."""

    def __init__(self, message: str, *, code: str = "expression-syntax", offset: int = 0) -> None:
        super().__init__(message)
        self.code = code
        """``expression-syntax``, ``expression-unknown-function``, ``expression-arity`` or
        ``expression-limit``."""
        self.offset = offset
        """Where, in characters from 0, inside the text that was parsed."""


class EvaluationError(ValueError):
    """An expression that has no value for this document."""

    code = "expression-error"


def shown(value: object) -> str:
    """Quote a value inside a message: at most 60 characters, control characters escaped."""
    text = repr(value) if isinstance(value, str) else f"{value!s}"
    text = text.encode("ascii", "backslashreplace").decode() if not text.isprintable() else text
    return text if len(text) <= 60 else f"{text[:57]}…"
