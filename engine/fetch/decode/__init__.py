"""What do these bytes say? The decoders, from a body to a document."""

from __future__ import annotations

from typing import ClassVar

from engine.spec.component import Component


class Decoder(Component):
    """How the bytes of a body become a document; wins over Content-Type."""

    reserved: ClassVar[tuple[str, ...]] = ("jsonl", "csv", "xml", "zip", "gzip")
