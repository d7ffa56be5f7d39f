"""
Histories: what happens to three systems and to the workers that sync them, step by step.

``Story`` knows the steps and looks after each run whether everything holds; ``play`` draws a history
from a seed. The same seed is the same history, save for which of two requests in flight comes first.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.checker import Violation
from tests.simulation.commits import SECOND
from tests.simulation.faults import CRASHES, THEFTS
from tests.simulation.serving import Reply
from tests.simulation.source import Stream
from tests.simulation.world import World

LEFT, RIGHT, PLAIN = "left/people", "right/people", "plain/notes"
PEOPLE = (LEFT, RIGHT)
SIDES = (*PEOPLE, PLAIN)
WHOLE = (RIGHT, PLAIN)
"""Those that are read from end to end every time."""

DISTURBANCES = ("error", "cut", "login", "insert", "delete", "update", "stale", "expired")
"""What may happen in the middle of a run."""


class Broken(AssertionError):
    """A history that ends with a broken promise."""

    def __init__(self, seed: object, steps: list[str], violations: list[Violation]) -> None:
        said = "\n".join(map(str, violations[:8]))
        super().__init__(f"seed {seed}\n" + "\n".join(steps) + f"\n=> {said}")
        self.violations = violations


@dataclass
class Story:
    """One history as it unfolds."""

    world: World
    seed: object
    pages: int = 1
    """How many pages become durable together."""
    steps: list[str] = field(default_factory=list)
    streams: dict[str, Stream] = field(init=False)

    def __post_init__(self) -> None:
        system = self.world.reset()
        self.steps.append(f"{self.pages} pages together")
        left = system.stream(LEFT, paging="cursor", size=2)
        right = system.stream(RIGHT, paging="offset", size=3, markers=False, since=False, order="shuffled")
        plain = system.stream(
            PLAIN, paging="offset", size=2, markers=False, since=False, order="shuffled", dated=False
        )
        self.streams = {LEFT: left, RIGHT: right, PLAIN: plain}

    def tick(self, seconds: float) -> None:
        """Time passes at the sources."""
        self.steps.append(f"tick {seconds}")
        self.world.system.clock.tick(seconds)

    def commit(self, side: str, key: str, said: Mapping[str, Any], *, late: float = 0) -> None:
        """Insert or update, as the source's own clock has it or so many seconds late."""
        self.steps.append(f"{side} commit {key} {dict(said)}" + (f" {late}s late" if late else ""))
        cursor = self.world.system.clock.now - int(late * SECOND)
        self.streams[side].log.commit(key, said, cursor=cursor)

    def restore(self, side: str, key: str) -> None:
        """Say again what was said before the last change."""
        versions = [each for each in self.streams[side].log.versions if each.key == key and not each.gone]
        if len(versions) > 1:
            self.commit(side, key, versions[-2].said)

    def waver(self, side: str, key: str, n: int, said: Mapping[str, Any]) -> None:
        """Say something else, and at the n-th request of the next run what was said before."""
        now = self.streams[side].log.current().get(key)
        self.commit(side, key, said)
        if now is not None and not now.deleted:
            self.disturb(side, n, "update", key, now.said)

    def delete(self, side: str, key: str) -> None:
        """Delete, each system in its own way."""
        log = self.streams[side].log
        if key not in log.current():
            return
        self.steps.append(f"{side} delete {key}")
        if side == LEFT:
            log.commit(key, {}, deleted=True)
        else:
            log.erase(key)

    def disturb(self, side: str, n: int, what: str, key: str, said: Mapping[str, Any]) -> None:
        """Something will happen at the n-th request of the next run."""
        self.steps.append(f"{side} will {what} {key} at request {n}")
        stream = self.streams[side]
        match what:
            case "error":
                stream.answer(n, Reply(status=503, body=b"busy"))
            case "expired":
                stream.answer(n, Reply(status=400, body=b'{"error": "cursor expired"}'))
            case "login":
                stream.answer(n, Reply(body=b"<html>log in</html>", media="text/html"))
            case "cut":
                stream.answer(n, Reply(body=b'{"data": [{"id": "x"}, {"id": "y', cut=20))
            case "insert" | "update":
                stream.before(n, lambda each: _commit(each, key, said))
            case "delete":
                stream.before(n, lambda each: _gone(each, key, marker=side == LEFT))
            case "stale":
                stream.before(n, _stale)

    def sync(
        self,
        *sides: str,
        full: bool = False,
        crash: tuple[str, int] | None = None,
        steal: tuple[str, int] | None = None,
    ) -> None:
        """A run, with what befalls it."""
        self.steps.append(
            f"sync {' '.join(sides)}"
            + (" --full" if full else "")
            + (f" crash {crash}" if crash else "")
            + (f" steal {steal}" if steal else "")
        )
        targets = [side.replace("/", ".") for side in sides]
        self.world.sync(*targets, full=full, crash=crash, steal=steal, pages=self.pages)
        for each in self.streams.values():
            each.calm()
        self._hold()

    def rebuild(self, seed: int, lot: int, crash: tuple[str, int] | None = None) -> None:
        """``replay --all``, shuffled, and perhaps cut off."""
        self.steps.append(f"rebuild seed {seed} lot {lot}" + (f" crash {crash}" if crash else ""))
        for each in self.streams.values():
            each.calm()
        self.world.sync()  # what is pending is not in any projection yet
        if crash:
            self.world.sync()  # nor may the run that goes on with the rebuild bring anything new
        self.world.rebuild(seed, lot=lot, crash=crash)
        self._hold()

    def finish(self) -> None:
        """One clean run, then one that reads everything: nothing may be missing."""
        for each in self.streams.values():
            each.calm()
        self.steps.append("clean sync")
        if not self._run(full=False):  # it went on where an earlier run was cut off
            self._run(*WHOLE, full=False)
        self._hold(clean=SIDES, reconciled=WHOLE)
        self.steps.append("full sync")
        self._run(LEFT, full=True)  # the others read everything every time
        self._hold(clean=SIDES, reconciled=SIDES)

    def _run(self, *sides: str, full: bool) -> bool:
        """A calm run, which has to be complete; whether it read the whole of what has no watermark."""
        report = self.world.sync(*(side.replace("/", ".") for side in sides), full=full)
        if report is None or not report.complete:
            errors = (
                [] if report is None else [each.fetched and each.fetched.error for each in report.streams]
            )
            raise Broken(self.seed, self.steps, [Violation("I9", f"a calm run failed: {errors}")])
        return all(
            each.fetched is not None and each.fetched.whole
            for each in report.streams
            if f"{each.stream.source}/{each.stream.stream}" in WHOLE
        )

    def _hold(self, *, clean: tuple[str, ...] = (), reconciled: tuple[str, ...] = ()) -> None:
        violations = self.world.check(clean=clean, reconciled=reconciled)
        if violations:
            raise Broken(self.seed, self.steps, violations)


def _commit(stream: Stream, key: str, said: Mapping[str, Any]) -> None:
    _tick(stream)
    stream.log.commit(key, said)


def _gone(stream: Stream, key: str, *, marker: bool) -> None:
    _tick(stream)
    if key not in stream.log.current():
        return
    if marker:
        stream.log.commit(key, {}, deleted=True)
    else:
        stream.log.erase(key)


def _tick(stream: Stream) -> None:
    if stream.manner.dated:  # who says no time needs none, and the others are let alone
        stream.clock.tick(1)


def _stale(stream: Stream) -> None:
    stream.lag = min(2, len(stream.log.versions))


def drawn(random_: random.Random) -> dict[str, Any]:
    """What a record says; one in eight cannot fit, one in ten is a draft."""
    bad = random_.random()
    return {
        "number": random_.choice(["n1", "n2", "N2 ", "n3", "n4", None]),
        "email": random_.choice(["a@x", "b@x", "B@X", "c@x", None, None]),
        "name": None if bad < 0.06 else random_.choice(["Ada", "Bob", "Cy"]),
        "mood": random_.choice(["glad", "sad", None]),
        "age": "many" if bad > 0.94 else random_.choice([1, 2, None]),
        "status": "draft" if random_.random() < 0.1 else "active",
    }


def play(world: World, seed: int) -> Story:
    """One random history; raises ``Broken`` with the seed and every step."""
    dice = random.Random(seed)
    others = random.Random(f"{seed} plain")  # what befalls the people does not hang on the notes
    story = Story(world, seed, pages=dice.choice([1, 2, 16]))
    for _ in range(dice.randint(2, 4)):
        for _ in range(dice.randint(1, 5)):
            _something(story, dice)
        _run(story, dice)
        if others.random() < 0.6:
            _notes(story, others)
    story.finish()
    return story


def _something(story: Story, dice: random.Random) -> None:
    side, key = dice.choice(PEOPLE), f"k{dice.randint(1, 5)}"
    match dice.choices(("commit", "late", "delete", "tick", "disturb"), (10, 2, 3, 3, 2))[0]:
        case "commit":
            story.commit(side, key, drawn(dice))
            if dice.random() < 0.6:
                story.tick(1)
        case "late":
            story.commit(side, key, drawn(dice), late=dice.choice([0.5, 3, 60]))
        case "delete":
            story.delete(side, key)
        case "tick":
            story.tick(dice.choice([0.25, 1, 5, 3600]))
        case "disturb":
            story.disturb(side, dice.randint(0, 3), dice.choice(DISTURBANCES), key, drawn(dice))


def _run(story: Story, dice: random.Random) -> None:
    sides = dice.choice([(LEFT,), (RIGHT,), PEOPLE])
    full = dice.random() < 0.15
    match dice.choices(("sync", "crash", "steal", "rebuild"), (8, 5, 2, 1))[0]:
        case "sync":
            story.sync(*sides, full=full)
        case "crash":
            story.sync(*sides, full=full, crash=(dice.choice(CRASHES), dice.randint(1, 2)))
        case "steal":
            side = dice.choice(PEOPLE)  # of one stream: a worker may well go on with another
            story.sync(side, full=full, steal=(dice.choice(THEFTS), dice.randint(1, 2)))
        case "rebuild":
            crash = (dice.choice(CRASHES[7:]), dice.randint(1, 3)) if dice.random() < 0.4 else None
            story.rebuild(dice.randint(0, 99), dice.randint(1, 4), crash)


def _notes(story: Story, dice: random.Random) -> None:
    """The same for records without a version, which like to say again what they said before."""
    for _ in range(dice.randint(1, 4)):
        _turn(story, dice, f"k{dice.randint(1, 5)}")
    match dice.choices(("sync", "crash", "steal", "back"), (3, 3, 1, 3))[0]:
        case "sync":
            story.sync(PLAIN)
        case "crash":
            story.sync(PLAIN, crash=(dice.choice(CRASHES), dice.randint(1, 3)))
        case "steal":
            story.sync(PLAIN, steal=(dice.choice(THEFTS), dice.randint(1, 2)))
        case "back":  # between the two views: one batch holds both
            story.sync(PLAIN)
            known = sorted(story.streams[PLAIN].log.current()) or ["k1"]
            said = drawn(dice) | ({"age": "many"} if dice.random() < 0.3 else {})
            story.waver(PLAIN, dice.choice(known), (len(known) + 1) // 2, said)
            story.sync(PLAIN, crash=("rows.copy", 1) if dice.random() < 0.3 else None)


def _turn(story: Story, dice: random.Random, key: str) -> None:
    match dice.choices(("commit", "restore", "waver", "delete", "disturb"), (6, 2, 3, 2, 2))[0]:
        case "commit":
            story.commit(PLAIN, key, drawn(dice))
        case "restore":
            story.restore(PLAIN, key)
        case "waver":
            story.waver(PLAIN, key, dice.randint(0, 5), drawn(dice))
        case "delete":
            story.delete(PLAIN, key)
        case "disturb":
            story.disturb(PLAIN, dice.randint(0, 5), dice.choice(DISTURBANCES), key, drawn(dice))


def seeds(first: int, count: int) -> Iterator[int]:
    """The seeds of a series."""
    yield from range(first, first + count)
