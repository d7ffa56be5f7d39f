"""Pages start at a record's number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from engine.expression import Expression
from engine.fetch.pagination import Arrival, Page, PageSize, Paginator, counted, reached, short, stops
from engine.fetch.place import Place
from engine.spec.component import component, field


@component("offset")
class Offset(Paginator):
    """Pass over the records that came, until a page comes without one or the total is reached."""

    into: Place | None = field(
        "Where the offset goes; not where ``${page.offset}`` stands in the request.",
        default=None,
        examples=("query.offset",),
    )
    first: int = field("Offset of the first record (SCIM: 1).", default=0, minimum=0)
    size: PageSize | None = field("How many records a page should hold.", default=None)
    total: Expression | None = field(
        "Reads how many records there are in all.", default=None, examples=("body.totalResults",)
    )
    more: Expression | None = field("The walk ends where this is not true.", default=None)

    def opening(self) -> Page:
        """The page that starts at ``first``."""
        return Page(offset=self.first, size=self.size.value if self.size else None)

    def places(self, page: Page) -> tuple[tuple[Place, Any], ...]:
        """The offset, and the size."""
        offset = () if self.into is None else ((self.into, page.offset),)
        return offset if self.size is None else (*offset, (self.size.into, self.size.value))

    def after(self, page: Page, arrival: Arrival) -> Page | None:
        """The offset moves by the elements that came, whatever was asked for."""
        came = page.came + arrival.elements
        ends = (
            not arrival.elements
            or stops(self.more, arrival)
            or reached(self.total, came, arrival, "total")
            or short(self.size, arrival)
        )
        if ends:
            return None
        return replace(page, number=page.number + 1, offset=self.first + came, came=came)

    def ahead(self, page: Page, arrival: Arrival) -> Iterator[Page]:
        """Up to the total, every page as long as this one."""
        total, step = counted(self.total, arrival, "total"), arrival.elements
        for following in range(page.came + step, total or 0, step or 1):
            page = replace(page, number=page.number + 1, offset=self.first + following, came=following)
            yield page

    def announced(self, arrival: Arrival) -> int | None:
        """What ``total`` says."""
        return counted(self.total, arrival, "total")
