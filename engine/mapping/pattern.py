"""What must a text look like? An RE2 expression that matches all of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Self

from engine.expression import EvaluationError
from engine.expression.functions.text import compiled
from engine.spec.values import ValueProblem

CODES: Final = {
    "wrong-pattern": "Not an RE2 expression.",
}


@dataclass(frozen=True, slots=True)
class Pattern:
    """An RE2 expression that the whole of a text must match; look-around and references back are none."""

    format: ClassVar[str] = "re2"

    text: str
    _full: Any = field(compare=False, repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Compile it, or say at which character it is none."""
        if not text:
            raise ValueProblem("an empty pattern matches the empty text only", code="wrong-pattern")
        try:
            return cls(text, compiled(text).fullmatch)
        except EvaluationError as error:
            what, _, fragment = str(error).rpartition(": ")
            at = text.find(fragment) if what else 0
            raise ValueProblem(str(error), code="wrong-pattern", offset=max(at, 0)) from None

    def matches(self, text: str) -> bool:
        """Whether all of a text matches; raises ``UnicodeError`` where it holds half a character."""
        return self._full(text) is not None

    def meaning(self) -> str:
        """Its text."""
        return self.text
