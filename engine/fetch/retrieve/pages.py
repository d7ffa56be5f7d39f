"""One request a page."""

from engine.fetch.retrieve import Retriever
from engine.spec.component import component


@component("pages")
class Pages(Retriever):
    """Ask for the records themselves, page by page."""
