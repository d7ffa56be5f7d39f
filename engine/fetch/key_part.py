"""What tells records apart? One part of a key."""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.expression import Expression
from engine.spec.component import Component, component, field


@component()
class KeyPart(Component):
    """One part of a record's key."""

    short: ClassVar[str | None] = "value"

    value: Expression = field("Reads the record, or what ``of`` names.", examples=("id",))
    of: Literal["partition"] | None = field("Read the partition instead of the record.", default=None)
