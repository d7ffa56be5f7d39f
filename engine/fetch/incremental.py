"""How far is a stream complete, and what is asked for next? Windows over the cursor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from zoneinfo import ZoneInfo

from engine.errors import PermanentFetchError
from engine.expression import EvaluationError, Template
from engine.fetch.place import Place
from engine.fetch.stream import Incremental
from engine.fetch.times import DAY, SECOND, Kind, Scale
from engine.records.received import Watermark
from engine.spec.values import Duration, ValueProblem

Point = int | str
"""A place on the cursor: microseconds since 1970, an integer, or (types string and token) text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of the cursor, its lower end included."""

    lower: Point | None = None
    """None: from the very beginning."""
    upper: Point | None = None
    """
    Where the watermark stands once all of it is read. Of the last window of a run by time this is
    T0, the server's time at the run's first exchange; None until that is known, and always for
    integers, texts and tokens.
    """
    open: bool = True
    """The last one of a run: its upper end is not sent, so that records from the future come too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The next window, and what is to be said about it."""

    window: Window
    full: bool = False
    """It starts where the stream does, not at the watermark."""
    notes: tuple[str, ...] = ()
    """``retention``: the source has forgotten what lies after the watermark."""


class Windows:
    """Plans the windows of one stream. Pure: time comes in as what the server said."""

    def __init__(self, incremental: Incremental) -> None:
        self.incremental = incremental
        zone = None if incremental.zone is None else ZoneInfo(incremental.zone)
        kind: Kind | None = incremental.type if incremental.type not in {"string", "token"} else None  # type: ignore[assignment] # what is left is a kind
        self.scale = None if kind is None else Scale(kind=kind, format=incremental.format, zone=zone)
        self.timed = kind in {"timestamp", "date"}

    def plan(
        self, watermark: Watermark | None, scope: Mapping[str, Any], *, now: int, full: bool = False
    ) -> Plan:
        """
        The first window of a run.

        ``now`` is the server's time in microseconds: T0 where it is known, else the database's clock
        less the declared skew. ``full`` leaves the watermark out of it.
        """
        mark = None if watermark is None or watermark.value is None else self.point(watermark.value)
        notes: tuple[str, ...] = ()
        if mark is not None and self._forgotten(mark, now):
            mark, notes = None, ("retention",)
        if mark is None or full:
            start = self.start(scope, now=now)
            return Plan(window=self.cut(start, now=now), full=True, notes=notes)
        return Plan(window=self.cut(self._back(mark), now=now))

    def reread(self, watermark: Watermark) -> int:
        """Where a run by time begins that goes on from a watermark, in microseconds: lookback included."""
        point = self._back(self.point(watermark.value or ""))
        return point if isinstance(point, int) else 0

    def following(self, window: Window, *, now: int) -> Window | None:
        """The window after one that was read to its end; None after the last, which reaches ``now``."""
        reached = self.timed and isinstance(window.upper, int) and window.upper > now
        return None if window.open or reached else self.cut(window.upper, now=now)

    def cut(self, lower: Point | None, *, now: int) -> Window:
        """The window that starts at ``lower``: open where it reaches ``now``, or cannot be cut."""
        length = self._span(self.incremental.window)
        if not length or not self.timed or not isinstance(lower, int) or self.scale is None:
            return Window(lower=lower)
        upper = self._cut(lower + length)
        while upper <= lower:
            length += DAY
            upper = self._cut(lower + length)
        return Window(lower=lower) if upper >= now else Window(lower=lower, upper=upper, open=False)

    def halves(self, window: Window, *, now: int) -> tuple[Window, Window]:
        """``split``: two windows in place of one; raises ``PermanentFetchError`` where there are none."""
        upper = window.upper if window.upper is not None else now if self.timed else None
        if isinstance(window.lower, int) and isinstance(upper, int) and self.scale is not None:
            middle = self._cut(window.lower + (upper - window.lower) // 2)
            if window.lower < middle < upper:
                return (
                    Window(lower=window.lower, upper=middle, open=False),
                    replace(window, lower=middle),
                )
        raise PermanentFetchError("the window cannot be halved any further", code="window-indivisible")

    def dated(self, window: Window, started: int) -> Window:
        """
        The window of a run whose T0 has become known. One that was planned by a clock that is ahead
        of the server's is the last one: what lies between T0 and its end is yet to come.
        """
        if not self.timed or self.scale is None or (window.open and window.upper is not None):
            return window
        upper = self.scale.floor(started)
        if isinstance(window.lower, int):
            upper = max(upper, window.lower)
        if isinstance(window.upper, int) and window.upper <= upper:
            return window
        return replace(window, upper=upper, open=True)

    def watermark(self, window: Window, largest: Point | None) -> Watermark | None:
        """
        How far the stream is complete once a window is read to its end; None where it says nothing.

        By time: the window's upper end, whatever the records say. By integer or text: ``largest``
        of what came, and never less than the lower end. By token: ``largest`` is the last token.
        """
        point = window.upper if self.timed else largest
        if not self.timed and isinstance(point, int) and isinstance(window.lower, int):
            point = max(point, window.lower)
        if point is None:
            return None
        return Watermark(value=self.canonical(point), type=self.incremental.type)

    def canonical(self, point: Point) -> str:
        """A point as it is kept in the database."""
        return point if isinstance(point, str) or self.scale is None else self.scale.canonical(point)  # type: ignore[return-value] # a point without a scale is text

    def restore(self, lower: str | None, upper: str | None, *, open_: bool) -> Window:
        """A window that was kept as the canonical text of its ends."""
        return Window(
            lower=None if lower is None else self.point(lower),
            upper=None if upper is None else self.point(upper),
            open=open_,
        )

    def start(self, scope: Mapping[str, Any], *, now: int) -> Point | None:
        """Where the stream starts: ``start`` as a time, or so long before ``now``."""
        said: Any = self.incremental.start
        if isinstance(said, Template):
            try:
                said = said.render(scope)
            except EvaluationError as error:
                raise PermanentFetchError(f"incremental.start: {error}", code="expression-error") from None
        return None if said is None else self._end(said, "incremental.start", now=now)

    def between(self, lower: str, upper: str, *, now: int) -> Window:
        """
        The window that somebody asks for: ends are written as ``start`` may be, an empty one is open.

        Raises ``PermanentFetchError`` for an end that is no value of the cursor's type.
        """
        first = self._end(lower, "the start of the window", now=now) if lower else None
        if not upper:
            return Window(lower=first)
        last = self._end(upper, "the end of the window", now=now)
        if isinstance(first, int) and isinstance(last, int) and last <= first:
            raise PermanentFetchError("the window ends before it starts", code="incremental-start")
        return Window(lower=first, upper=last, open=False)

    def _end(self, said: Any, name: str, *, now: int) -> Point:
        if self.scale is None:
            return str(said)
        if isinstance(said, str) and self.timed:
            try:
                return self.scale.floor(now + int(Duration.parse(said).seconds * SECOND))
            except ValueProblem:
                said = said.strip()
        kind, zone = self.scale.kind, self.scale.zone
        for scale in (Scale(kind=kind, zone=zone), Scale(kind=kind, format="date", zone=zone), self.scale):
            point = scale.read(said)
            if point is not None:
                return point
        raise PermanentFetchError(f"{name} is {said!r}, no {kind}", code="incremental-start")

    def scope(self, window: Window) -> dict[str, Any]:
        """``window`` as expressions see it: ``start`` and ``end`` as the stream writes them."""
        upper = window.upper
        return {
            "start": self._written(window.lower, None, "lower"),
            "end": self._written(upper, None, "upper"),
        }

    def places(self, window: Window) -> tuple[tuple[Place, Any], ...]:
        """What the requests of a window need, and where. An open end is left out."""
        found: list[tuple[Place, Any]] = []
        ends: tuple[tuple[Any, Point | None, Literal["lower", "upper"]], ...] = (
            (self.incremental.from_, window.lower, "lower"),
            (self.incremental.until, None if window.open else window.upper, "upper"),
        )
        for bound, point, end in ends:
            if bound is not None and point is not None:
                found.append((bound.into, self._written(point, bound.format, end)))
        return tuple(found)

    def _written(self, point: Point | None, style: str | None, end: Literal["lower", "upper"]) -> Any:
        if point is None or self.scale is None or isinstance(point, str):
            return point
        return self.scale.write(point, style, end=end)

    def point(self, text: str) -> Point:
        """What ``canonical`` wrote."""
        return text if self.scale is None else self.scale.from_canonical(text)

    def _cut(self, point: int) -> int:
        """The latest end of a window, not after ``point``, that a request can say exactly."""
        if self.scale is None:
            return point
        point = self.scale.floor(point)
        until = self.incremental.until
        if until is None or until.format is None:
            return point
        return Scale(kind=self.scale.kind, format=until.format, zone=self.scale.zone).floor(point)

    def _back(self, mark: Point) -> Point:
        span = self._span(self.incremental.lookback)
        return mark - span if isinstance(mark, int) and span else mark

    def _forgotten(self, mark: Point, now: int) -> bool:
        span = self._span(self.incremental.retention)
        return bool(span) and self.timed and isinstance(mark, int) and mark < now - span

    def _span(self, length: Duration | int | None) -> int:
        if length is None:
            return 0
        return length if isinstance(length, int) else int(length.seconds * SECOND)
