"""Text, as the source wrote it."""

from __future__ import annotations

from typing import Any, ClassVar

from engine.expression import text_of
from engine.mapping.misfit import Misfit, kind_of, shown
from engine.mapping.pattern import Pattern
from engine.mapping.texts import storable
from engine.mapping.types import Field
from engine.spec.component import component, field


@component()
class Patterned(Field):
    """A type whose values may have to look like something."""

    pattern: Pattern | None = field(
        "An RE2 expression that matches the whole of every value.", default=None, examples=("[A-Z]{2}[0-9]+",)
    )

    @property
    def bounded(self) -> bool:
        """Whether it has a pattern."""
        return self.pattern is not None

    def bound(self, value: str) -> None:
        """Hold a text that was read against the pattern."""
        if self.pattern is not None and not self.pattern.matches(value):
            raise Misfit("pattern-mismatch", f"{shown(value)} does not match {self.pattern.text}")


@component("string")
class String(Patterned):
    """Text. Takes text, numbers as the source wrote them, and booleans as ``true`` and ``false``."""

    keyed: ClassVar[bool] = True

    def read(self, value: Any) -> str:
        """Take a scalar as text."""
        if type(value) is str:
            return storable(value)
        if isinstance(value, list | dict):
            raise Misfit("wrong-type", f"{kind_of(value)} is no text")
        return text_of(value)
