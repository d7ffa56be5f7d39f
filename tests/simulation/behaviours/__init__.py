"""What sources do, one behaviour a function, each beside the defence that it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from engine.flow.sync import StreamReport
from tests.simulation.histories import LEFT, PLAIN, RIGHT, Broken
from tests.simulation.source import Stream
from tests.simulation.world import World


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One row of the table of what sources do."""

    number: int
    happens: Callable[[Scene], None]
    """Plays it and asserts what is expected beyond the invariants."""
    without: Callable[[], AbstractContextManager[Any]]
    """Removes the defence, so that ``happens`` has to fail."""

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.number}-{self.happens.__name__.replace('_', '-')}"


class Scene:
    """A fresh world, and short words for what happens in it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.system = world.reset()
        self.clock = self.system.clock

    def left(self, *, spec: Mapping[str, Any] | None = None, **manner: Any) -> Stream:
        """The incremental stream, in this manner and described by these keys."""
        if spec:
            self.world.speak("left", **spec)
        return self.system.stream(LEFT, **{"paging": "cursor", "size": 2} | manner)

    def right(self, *, spec: Mapping[str, Any] | None = None, **manner: Any) -> Stream:
        """The stream that is read whole, in this manner and described by these keys."""
        if spec:
            self.world.speak("right", **spec)
        usual = {"paging": "offset", "size": 2, "markers": False, "since": False}
        return self.system.stream(RIGHT, **usual | manner)

    def plain(self, **manner: Any) -> Stream:
        """The stream whose records have no version, in this manner."""
        usual = {"paging": "offset", "size": 2, "markers": False, "since": False, "dated": False}
        return self.system.stream(PLAIN, **usual | manner)

    def put(self, stream: Stream, *keys: str, late: float = 0, tick: float = 1, **said: Any) -> None:
        """Commit a version of each of these records; time passes after each."""
        for key in keys:
            cursor = self.clock.now - int(late * 1_000_000)
            stream.log.commit(key, {"number": f"{stream.name}{key}", "name": key} | said, cursor=cursor)
            self.clock.tick(tick)

    def sync(
        self, *, full: bool = False, crash: tuple[str, int] | None = None, pages: int = 1
    ) -> StreamReport:
        """A run of the one stream there is (the last one made)."""
        target = list(self.system.streams)[-1].replace("/", ".")
        report = self.world.sync(target, full=full, crash=crash, pages=pages)
        if report is None:
            assert crash is not None, "the run came to no end"
            return StreamReport(stream=None, fetched=None, counts={})  # type: ignore[arg-type] # nobody reads it
        assert crash is None, f"the run never came to {crash}"
        return report.streams[0]

    def done(self, **how: Any) -> StreamReport:
        """A run that has to be complete."""
        report = self.sync(**how)
        assert report.complete, f"not complete: {report.fetched and report.fetched.error}"
        return report

    def fails(self, **how: Any) -> str:
        """A run that has to fail; with which code."""
        report = self.sync(**how)
        assert report.fetched is not None
        assert report.fetched.error is not None, "it looks complete"
        return report.fetched.error.code

    def holds(self, *, clean: bool = False, reconciled: bool = False) -> None:
        """Nothing is wrong; ``clean``: nor is anything missing."""
        names = list(self.system.streams)[-1:]
        found = self.world.check(clean=names if clean else (), reconciled=names if reconciled else ())
        if found:
            raise Broken("of a behaviour", [], found)

    def live(self) -> dict[str, Mapping[str, Any]]:
        """What speaks now, by key."""
        state = self.world.checker.look()
        return {key: each.values for (_, key), each in state.contributions.items() if each.live}

    def watermark(self, stream: Stream) -> str | None:
        """How far a stream is known complete."""
        return self.world.checker.look().watermarks.get((stream.name, ""), ("", None))[1]
