"""The Link header says where the next page is."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from engine.expression import Expression
from engine.fetch.pagination import Arrival, Page, Paginator, follow, stops
from engine.spec.component import component, field


@component("link")
class Link(Paginator):
    """Follow the Link header's ``rel="next"`` while there is one."""

    more: Expression | None = field(
        "The walk ends where this is not true.", default=None, examples=("links.next.results == 'true'",)
    )
    origin: Literal["ours"] | None = field(
        "``ours``: of a link only path and query are used. Left out, another origin is refused.",
        default=None,
    )

    def after(self, page: Page, arrival: Arrival) -> Page | None:
        """The page that the link leads to, resolved against the URL of its request."""
        link = (arrival.scope.get("links") or {}).get("next", {}).get("url")
        if not link or stops(self.more, arrival):
            return None
        return replace(
            page,
            number=page.number + 1,
            url=follow(link, arrival, self.origin),
            came=page.came + arrival.elements,
        )
