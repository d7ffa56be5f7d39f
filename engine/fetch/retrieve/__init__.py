"""How are the records of a stream had? By walking its pages."""

from __future__ import annotations

from typing import ClassVar

from engine.spec.component import Component


class Retriever(Component):
    """How the answers that hold a stream's records are had."""

    reserved: ClassVar[tuple[str, ...]] = ("job",)
