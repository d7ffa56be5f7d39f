"""One request, one page."""

from engine.fetch.pagination import Paginator
from engine.spec.component import component


@component("none")
class NoPagination(Paginator):
    """The whole stream is one page."""
