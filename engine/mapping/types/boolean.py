"""True or false."""

from __future__ import annotations

from typing import Any, ClassVar

from engine.mapping.misfit import Misfit, shown
from engine.mapping.types import Field
from engine.spec.component import component

_TRUTH = {"true": True, "false": False}


@component("boolean")
class Boolean(Field):
    """``true`` or ``false``, as JSON or as text; anything else needs ``map``."""

    sql: ClassVar[str] = "boolean"

    def read(self, value: Any) -> bool:
        """Take a boolean."""
        truth = value if isinstance(value, bool) else _TRUTH.get(value) if isinstance(value, str) else None
        if truth is None:
            raise Misfit("not-a-boolean", f"{shown(value)} is neither true nor false: map it")
        return truth

    def write(self, value: bool) -> tuple[str]:  # noqa: FBT001 - the value is what it is
        """Write ``t`` or ``f``."""
        return ("t" if value else "f",)
