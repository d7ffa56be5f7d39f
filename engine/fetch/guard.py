"""Does this walk get anywhere? What keeps paging from going on for ever, or past records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import xxhash

from engine.errors import PermanentFetchError
from engine.fetch.decode.verdict import encode_sorted
from engine.fetch.pagination import Page
from engine.fetch.reading import Reading

MAX_EMPTY = 1000
"""Pages without a record, one after another, after which a walk is not going anywhere."""
MAX_PAGES = 1_000_000
"""No window has more pages than this."""


class Guard:
    """Watches one walk from page to page."""

    def __init__(self, page: Page) -> None:
        """``page``: the first one, which may be the one to resume with."""
        self._seen: set[int] = set() if page.mark is None else {_digest(page.mark)}
        self._said: Sequence[int | bytes] = ()
        self._empty = 0
        self._pages = 0
        self._tie: Any = None

    def turn(self, reading: Reading, following: Page, url: str) -> None:
        """From a page, asked for at ``url``, to the next; raises ``PermanentFetchError``."""
        self._pages += 1
        self._empty = 0 if reading.elements else self._empty + 1
        if self._empty >= MAX_EMPTY or self._pages >= MAX_PAGES:
            raise PermanentFetchError(
                f"{self._pages} pages, the last {self._empty} without a record, and no end",
                code="endless-paging",
            )
        if following.mark is None:
            self._counted(reading)
            return
        self._seen.add(_digest(url))
        mark = _digest(following.mark)
        if mark in self._seen:
            raise PermanentFetchError(
                "the source hands out a page token that it has handed out before", code="token-repeated"
            )
        self._seen.add(mark)

    def ties(self, cursors: Sequence[Any], token: Any, *, unique: bool) -> None:
        """
        A page's cursors, in the order of its records, and the token that it leads to.

        Paging by the cursor itself passes over records that share one value where a page ends
        between them, unless the next page starts with that value once more. Raises
        ``PermanentFetchError`` where it may have happened; with ``unique`` (numbers and texts, which
        may be ids) only where a value was seen to be shared.
        """
        if self._tie is not None and self._tie not in cursors:
            raise _plateau(self._tie)
        self._tie = None
        if token is None or not cursors or cursors[-1] != token:
            return
        shared = len(cursors) > 1 and cursors[-2] == token
        if shared and cursors[0] == token:
            raise _plateau(token)
        if shared or not unique:
            self._tie = token

    def _counted(self, reading: Reading) -> None:
        said = reading.hashes if reading.skimmed is None else (reading.skimmed,)
        if reading.elements and said == self._said:
            raise PermanentFetchError(
                "two pages in a row are the same: the source does not heed the paging", code="page-repeated"
            )
        self._said = said


def _digest(mark: Any) -> int:
    return xxhash.xxh3_64_intdigest(encode_sorted(mark))


def _plateau(value: Any) -> PermanentFetchError:
    return PermanentFetchError(
        f"cursor plateau: records that share the cursor {value!r} lie on both sides of a page's end, "
        "and paging by the cursor alone may pass over some; page by something that tells them apart",
        code="cursor-plateau",
    )
