"""Anything that JSON can hold."""

from __future__ import annotations

from typing import Any, ClassVar

from engine.mapping.texts import json_text
from engine.mapping.types import Field
from engine.spec.component import component


@component("json")
class Json(Field):
    """A value of any shape, kept as jsonb; numbers keep their digits."""

    sql: ClassVar[str] = "jsonb"
    plain: ClassVar[bool] = False

    def read(self, value: Any) -> str:
        """Take any value that PostgreSQL can hold, as canonical JSON."""
        return json_text(value)
