"""Long text: paragraphs, notes."""

from __future__ import annotations

from typing import ClassVar

from engine.mapping.types.string import String
from engine.spec.component import component


@component("text")
class Text(String):
    """Prose: as ``string``, but never part of an identity key."""

    keyed: ClassVar[bool] = False
