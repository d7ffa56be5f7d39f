"""What do the cursors of one window say? How far it was read, and whether they ascend as declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.fetch.incremental import Point, Window, Windows
from engine.records.received import Watermark


class Order:
    """
    What the cursors of one window say, page by page: the largest one, and whether they ascend as
    declared. ``through`` is how far everything was read, for a window that is cut short. Times are
    looked at only where they are declared to ascend: else they decide nothing.
    """

    def __init__(self, windows: Windows, window: Window) -> None:
        self._windows = windows
        self.timed = windows.timed
        self._ascending = windows.incremental.order == "ascending"
        self._floor = window.lower
        self.largest: Point | None = None
        self.unreadable = 0
        self.broken = False

    def observe(self, values: Sequence[Any]) -> None:
        """The cursors of a page, in the order in which its records came, as JSON has them."""
        if self.timed and not self._ascending:
            return
        for value in values:
            point = self.read(value)
            if point is None:
                self.unreadable += 1
            elif self.largest is None or _before(self.largest, point):
                self.largest = point
            elif self._ascending and point != self.largest:
                self.broken = True

    def read(self, value: Any) -> Point | None:
        """One cursor; None where it is null or malformed."""
        scale = self._windows.scale
        if scale is not None:
            return scale.read(value)
        return value if isinstance(value, str) and value else None

    def state(self) -> dict[str, Any]:
        """JSON for ``restore``: goes with the progress of the window."""
        largest = None if self.largest is None else self._windows.canonical(self.largest)
        return {"largest": largest, "broken": self.broken, "unreadable": self.unreadable}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what an earlier run saw of this window."""
        largest = state["largest"]
        self.largest = None if largest is None else self._windows.point(largest)
        self.broken, self.unreadable = state["broken"], state["unreadable"]

    def through(self, window: Window) -> Watermark | None:
        """
        How far a stream that ascends is complete in the middle of a window, never beyond T0; None
        where it does not ascend, or nothing says so.
        """
        point = self.largest
        if not self._ascending or self.broken or self.unreadable or point is None:
            return None
        if self.timed:
            if not isinstance(point, int) or not isinstance(window.upper, int):
                return None
            point = min(point, window.upper)
        if self._floor is not None and not _before(self._floor, point):
            return None
        return Watermark(value=self._windows.canonical(point), type=self._windows.incremental.type)


def _before(left: Point, right: Point) -> bool:
    """Whether one point lies before another; texts by code point."""
    if isinstance(left, int) and isinstance(right, int):
        return left < right
    return str(left) < str(right)
