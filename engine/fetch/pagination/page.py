"""Pages have numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from engine.expression import Expression
from engine.fetch.pagination import Arrival, Page, PageSize, Paginator, counted, reached, short, stops
from engine.fetch.place import Place
from engine.spec.component import component, field


@component("page")
class PageNumber(Paginator):
    """Ask for pages by number, until one comes without a record or the last is reached."""

    into: Place | None = field(
        "Where the number goes; not where ``${page.number}`` stands in the request.",
        default=None,
        examples=("query.page",),
    )
    first: int = field("Number of the first page.", default=1, minimum=0)
    size: PageSize | None = field("How many records a page should hold.", default=None)
    last: Expression | None = field(
        "Reads the number of the last page.", default=None, examples=("body.total_pages",)
    )
    total: Expression | None = field("Reads how many records there are in all.", default=None)
    more: Expression | None = field("The walk ends where this is not true.", default=None)

    def opening(self) -> Page:
        """The page ``first``."""
        return Page(number=self.first, size=self.size.value if self.size else None)

    def places(self, page: Page) -> tuple[tuple[Place, Any], ...]:
        """The number, and the size."""
        number = () if self.into is None else ((self.into, page.number),)
        return number if self.size is None else (*number, (self.size.into, self.size.value))

    def after(self, page: Page, arrival: Arrival) -> Page | None:
        """The next number."""
        came = page.came + arrival.elements
        ends = (
            not arrival.elements
            or stops(self.more, arrival)
            or reached(self.last, page.number, arrival, "last")
            or reached(self.total, came, arrival, "total")
            or short(self.size, arrival)
        )
        return None if ends else replace(page, number=page.number + 1, came=came)

    def ahead(self, page: Page, arrival: Arrival) -> Iterator[Page]:
        """Up to the last, or to the total with every page as long as this one."""
        last, total = counted(self.last, arrival, "last"), counted(self.total, arrival, "total")
        if last is None and total is not None and arrival.elements:
            last = page.number + (total - page.came - 1) // arrival.elements
        for number in range(page.number + 1, (last or 0) + 1):
            page = replace(page, number=number, came=page.came + arrival.elements)
            yield page

    def announced(self, arrival: Arrival) -> int | None:
        """What ``total`` says."""
        return counted(self.total, arrival, "total")
