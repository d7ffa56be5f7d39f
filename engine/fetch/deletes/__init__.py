"""What is gone at the source? How deleted records are found."""

from __future__ import annotations

from engine.spec.component import Component


class Deletes(Component):
    """How records that were deleted at the source are found."""
