"""Where does one answer leave a walk?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.errors import FetchError
from engine.fetch.exchange import Answer
from engine.fetch.incremental import Window
from engine.fetch.pagination import Page
from engine.fetch.reading import Reading
from engine.records.received import Watermark

Then = Literal["more", "done", "skipped", "split", "resync", "restarted", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One answer, and where it leaves the walk."""

    answer: Answer
    position: int
    """Drawn when the request was sent."""
    attempts: int
    page: Page
    window: Window | None
    """With its upper end, as soon as T0 is known."""
    reading: Reading
    """Without records (``Verdict.REFUSED``) where the answer was not to be read."""
    then: Then
    """
    ``more`` follows · ``done``: the window is read to its end · ``skipped``: so it is, there was
    nothing · ``split``: read its halves instead · ``resync``: the watermark is void · ``restarted``:
    the window begins again · ``failed``: ``error`` is raised next.
    """
    resume: Mapping[str, Any] | None
    """JSON to go on with after this page; None where the window has to start again."""
    watermark: Watermark | None
    """
    How far the partition is complete once this step is durable; None: no further than before. With a
    lookback it may lie behind what is known already; the larger one counts.
    """
    error: FetchError | None = None
    notes: tuple[str, ...] = ()
    """
    ``order-broken``: not ascending as declared; ``total-not-reached``: fewer came than announced;
    ``total-moved``: what was announced changed on the way. After either of the last two nobody may
    take an absent record for deleted.
    """
