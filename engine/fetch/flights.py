"""
Pages in flight: asked for side by side, taken in order.

Where a source says how much there is, the pages after this one are known before they come. They are
asked for ahead, as many as the connector allows at once. A walk that turns out otherwise (a page of
another length, an early end) lets them go: what nobody takes is as if it had never been asked for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Generic, Self, TypeVar

from engine.fetch.pagination import Page

T = TypeVar("T")


class Flights(Generic[T]):
    """Requests of one walk that are on their way; ``most`` 1 asks for one page after the other."""

    def __init__(self, most: int, book: Callable[[Page], Callable[[], T]]) -> None:
        """``book`` is called in the order of the pages; what it gives sends the request, on any thread."""
        self._most, self._book = most, book
        self._waiting: deque[tuple[Page, Future[T]]] = deque()
        self._threads: ThreadPoolExecutor | None = None
        self._straight = most > 1
        """False once a walk went elsewhere than foreseen: then every page is awaited."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._drop()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)

    def take(self, page: Page) -> T:
        """The answer for a page, in flight already or asked for now; raises what asking raised."""
        if self._waiting:
            foreseen, flight = self._waiting.popleft()
            if foreseen.scope() == page.scope():
                return flight.result()
            self._turn()
        return self._book(page)()

    def send(self, pages: Iterable[Page]) -> None:
        """Ask for the pages that follow, up to the limit; those in flight already are the first of them."""
        if not self._straight:
            return
        ahead = list(islice(pages, self._most))
        both = zip(ahead, self._waiting, strict=False)
        if any(page.scope() != foreseen.scope() for page, (foreseen, _) in both):
            self._turn()
            return
        for page in ahead[len(self._waiting) :]:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self._most, thread_name_prefix="page")
            self._waiting.append((page, self._threads.submit(self._book(page))))

    def _turn(self) -> None:
        """The walk goes elsewhere than foreseen."""
        self._drop()
        self._straight = False

    def _drop(self) -> None:
        for _, flight in self._waiting:
            flight.cancel()
        self._waiting.clear()
