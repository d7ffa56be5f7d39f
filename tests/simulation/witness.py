"""What could a run have seen? The commits that nobody may miss, told from those that were late or hidden."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from tests.simulation.commits import Version
from tests.simulation.facts import micros
from tests.simulation.source import System


class Witness:
    """Watches runs begin and watermarks move, beside the logs of one system."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._logged: dict[str, int] = {}
        """Commits of each stream that were weighed for being late."""
        self._runs: dict[str, tuple[int, int]] = {}
        """Commits of each stream when its last run began, and pages that it had delivered by then."""
        self._earned: dict[str, tuple[str | None, int]] = {}
        """Its watermark, and the commits when the run began that moved it there."""
        self._excused: dict[str, set[int]] = defaultdict(set)
        """Commits that said a time which the stream was past already, or that a replica did not show."""

    def begin(self, names: Iterable[str], found: Iterable[tuple[str, str | None, bool]]) -> None:
        """Runs of these streams begin; ``found``: watermarks, and (True) the ends of windows in hand."""
        found = list(found)
        self._earn((of, value) for of, value, window in found if not window)
        ends: dict[str, int] = {}
        for of, value, _ in found:
            ends[of] = max(micros(value or "") or 0, ends.get(of, 0))
        for name, stream in self._system.streams.items():
            for each in stream.log.versions[self._logged.get(name, 0) :]:
                if each.cursor < ends.get(name, 0):
                    self._excused[name].add(each.n)
            self._logged[name] = len(stream.log.versions)
        for name in names:
            self._runs[name] = (self._logged[name], len(self._system.streams[name].delivered))

    def settle(self, marks: Iterable[tuple[str, str | None]]) -> None:
        """The runs are over; ``marks``: where the watermarks stand."""
        for name, (known, pages) in self._runs.items():
            seen = min((seen for seen, _ in self._system.streams[name].delivered[pages:]), default=known)
            self._excused[name].update(range(seen, known))
        self._earn(marks)

    def due(self, name: str) -> Iterator[Version]:
        """Current versions that the last run should have seen."""
        return self._among(name, self._runs.get(name, (0, 0))[0])

    def earned(self, name: str) -> Iterator[Version]:
        """Current versions that the run should have seen that moved the watermark where it is."""
        return self._among(name, self._earned.get(name, (None, 0))[1])

    def _earn(self, marks: Iterable[tuple[str, str | None]]) -> None:
        for name, mark in marks:
            if self._earned.get(name, (None, 0))[0] != mark:
                self._earned[name] = (mark, self._runs.get(name, (0, 0))[0])

    def _among(self, name: str, first: int) -> Iterator[Version]:
        for each in self._system.streams[name].log.current().values():
            if each.n < first and each.n not in self._excused[name]:
                yield each
