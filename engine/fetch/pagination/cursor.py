"""Each page hands out what to send for the next one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from engine.expression import Expression
from engine.fetch.pagination import (
    Arrival,
    Page,
    PageSize,
    Paginator,
    counted,
    ends,
    evaluate,
    reached,
    short,
    stops,
)
from engine.fetch.place import Place
from engine.spec.component import Path, component, field


@component("cursor")
class Cursor(Paginator):
    """Send back the cursor that the last page handed out. An empty page does not end the walk."""

    next: Expression = field(
        "Reads the next cursor; null, false, an empty text or list ends the walk.",
        examples=("body.meta.next_cursor",),
    )
    into: Place | None = field(
        "Where the cursor goes; not where ``${page.token}`` stands in the request.",
        default=None,
        examples=("query.cursor",),
    )
    size: PageSize | None = field("How many records a page should hold.", default=None)
    total: Expression | None = field("Reads how many records there are in all.", default=None)
    more: Expression | None = field("The walk ends where this is not true.", default=None)

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """A cursor that is a URL is ``next_url``."""
        if self.into is not None and self.into.part == "url":
            yield ("into",), "wrong-combination", "a cursor that is a URL is written 'type: next_url'"

    def opening(self) -> Page:
        """A page without a cursor."""
        return Page(size=self.size.value if self.size else None)

    def places(self, page: Page) -> tuple[tuple[Place, Any], ...]:
        """The cursor from the second page on, and the size."""
        token = () if self.into is None or page.token is None else ((self.into, page.token),)
        return token if self.size is None else (*token, (self.size.into, self.size.value))

    def after(self, page: Page, arrival: Arrival) -> Page | None:
        """The page that the cursor leads to."""
        came = page.came + arrival.elements
        if (
            stops(self.more, arrival)
            or reached(self.total, came, arrival, "total")
            or short(self.size, arrival)
        ):
            return None
        token = evaluate(self.next, arrival.scope, "next")
        if ends(token):
            return None
        return replace(page, number=page.number + 1, token=token, came=came)

    def announced(self, arrival: Arrival) -> int | None:
        """What ``total`` says."""
        return counted(self.total, arrival, "total")
