"""The body says where the next page is."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from engine.expression import Expression
from engine.fetch.pagination import Arrival, Page, Paginator, ends, evaluate, follow, stops
from engine.spec.component import component, field


@component("next_url")
class NextUrl(Paginator):
    """Follow the URL that the body holds while there is one."""

    next: Expression = field(
        "Reads the URL; null, false, an empty text or list ends the walk.",
        examples=('body."@odata.nextLink"',),
    )
    more: Expression | None = field("The walk ends where this is not true.", default=None)
    origin: Literal["ours"] | None = field(
        "``ours``: of a URL only path and query are used. Left out, another origin is refused.",
        default=None,
    )

    def after(self, page: Page, arrival: Arrival) -> Page | None:
        """The page that the URL leads to, resolved against the URL of its request."""
        if stops(self.more, arrival):
            return None
        link = evaluate(self.next, arrival.scope, "next")
        if ends(link):
            return None
        return replace(
            page,
            number=page.number + 1,
            url=follow(link, arrival, self.origin),
            came=page.came + arrival.elements,
        )
