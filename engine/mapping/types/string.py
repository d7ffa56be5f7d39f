"""Text, as the source wrote it."""

from __future__ import annotations

from typing import Any, ClassVar

from engine.expression import text_of
from engine.mapping.misfit import Misfit, kind_of
from engine.mapping.texts import storable
from engine.mapping.types import Field
from engine.spec.component import component


@component("string")
class String(Field):
    """Text. Takes text, numbers as the source wrote them, and booleans as ``true`` and ``false``."""

    keyed: ClassVar[bool] = True

    def read(self, value: Any) -> str:
        """Take a scalar as text."""
        if type(value) is str:
            return storable(value)
        if isinstance(value, list | dict):
            raise Misfit("wrong-type", f"{kind_of(value)} is no text")
        return text_of(value)
