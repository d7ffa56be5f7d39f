"""What is the next page? The paginators: how a stream walks from one page to the next."""

from __future__ import annotations

from typing import ClassVar

from engine.spec.component import Component


class Paginator(Component):
    """How a stream walks from one page to the next."""

    reserved: ClassVar[tuple[str, ...]] = ("keyset",)
