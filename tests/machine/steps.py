"""What may happen in a lane, and what does, drawn from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.machine.contract import STREAMS
from tests.machine.hearing import PATCHES, Heard, Who, heard_of, stand

STEPS = 12
PINS: Mapping[str, Sequence[Any]] = {
    "name": ("Pin", "Nip"),
    "nick": ("Pin",),
    "level": (77,),
    "tags": (("p", "q r"), ()),
}


@dataclass(frozen=True)
class Step:
    """What happens in a lane; numbers choose among what is there."""

    what: str
    stream: str = ""
    pages: tuple[tuple[Mapping[str, Any], ...], ...] = ()
    picks: tuple[int, ...] = ()
    name: str = ""
    value: Any = None
    flag: bool = False

    def __str__(self) -> str:
        given = {name: value for name, value in vars(self).items() if value not in ("", (), None, False)}
        return ", ".join(f"{name}={value!r}" for name, value in given.items())


def drawn(dice: random.Random, lane: int) -> Step:
    """What happens next."""
    whats = ("hear", "enumerate", "merge", "split", "part", "keep_apart", "pin", "lift", "lapse")
    what = dice.choices(whats, (62, 16, 4, 4, 2, 2, 5, 2, 2))[0]
    picks = tuple(dice.randrange(1000) for _ in range(3))
    if what in {"hear", "enumerate"}:
        stream = dice.choice(STREAMS)
        pages = [
            tuple(record(dice, lane, stream) for _ in range(dice.choice([1, 1, 1, 2, 2, 3])))
            for _ in range(dice.choice([1, 1, 2]) - (what == "enumerate" and dice.random() < 0.4))
        ]
        return Step(what, stream=stream, pages=tuple(pages))
    name = dice.choice(list(PINS))
    value = dice.choice(PINS[name]) if what == "pin" else None
    return Step(what, picks=picks, name=name, value=value, flag=dice.random() < 0.4)


SAID: Mapping[str, Sequence[Any]] = {
    "at": (1, 2, 3, 4, 5, 6, None),
    "number": ("n1", "n2", "N1 ", "n3", None, ""),
    "born": ("1990-01-01", "1990-01-01", "1991-02-02", None, None, None),
    "name": ("Ada", "Bo", "Cy", None, ""),
    "nick": ("x", "y", None),
    "level": (1, 2, 3, 3, None, 2, 2, 1, 3, "x"),
    "tags": (["b", "a"], ["a"], [], ["c", "c", None], None),
}
"""Few values, so that many are the same."""
EMAILS = ("a", "b", " A", "c", "all")


def record(dice: random.Random, lane: int, stream: str) -> dict[str, Any]:
    """What a source sends of somebody."""
    emails = [f"{name}@{lane}" for name in EMAILS]
    every: dict[str, Any] = {name: dice.choice(some) for name, some in SAID.items()}
    every |= {
        "site": f"{lane}s",
        "email": dice.choice([*emails, None, None]),
        "boss": dice.choice([None, None, *(f"{lane}:{key}" for key in "abcd")]),
        "link": dice.choice([None] * 8 + ["", *(f"{lane}:{key}" for key in "abcd")]),
        "mentor": dice.choice([None, None, *emails]),
        "state": "draft" if dice.random() < 0.08 else "active",
    }
    if stream == PATCHES:
        every = {name: value for name, value in every.items() if name == "at" or dice.random() < 0.5}
    if dice.random() < 0.1 and stream in {"hr.employees", PATCHES}:
        every["gone"] = True
    return {"id": f"{lane}:{dice.choice('abcd')}"} | every


def start_of(number: int, stream: str) -> int:
    """The position of a stream when a step begins; its responses have the next ones."""
    return 1000 * number + 100 * STREAMS.index(stream)


@dataclass
class Lives:
    """
    Sees to it that every record that says something lives at some time.

    One whose word was overtaken before it counted has no id; a rebuild that meets its words in another order
    gives it one, see ``docs/decisions/007``.
    """

    heard: dict[Who, tuple[Heard, ...]] = field(default_factory=dict)
    graves: dict[Who, tuple[int, ...]] = field(default_factory=dict)
    lived: frozenset[Who] = frozenset()

    def take(self, number: int, step: Step) -> bool:
        """Take a step, unless it is not as it should be."""
        heard, graves = dict(self.heard), dict(self.graves)
        start = start_of(number, step.stream) if step.stream else 0
        touched = set()
        for position, records in enumerate(step.pages, start + 1):
            for place, record in enumerate(records):
                who = (step.stream, record["id"])
                touched.add(who)
                heard[who] = (*heard.get(who, ()), heard_of(step.stream, record, position, place, 0))
        live = {who for who in touched if stand(who, heard[who], graves.get(who, ()), {}).live}
        unborn = [who for who in touched - live - self.lived if any(map(_says, heard[who]))]
        if unborn:
            return False
        if step.what == "enumerate":
            held = {record["id"] for records in step.pages for record in records}
            for who, words in heard.items():
                if (
                    who[0] == step.stream
                    and who[1] not in held
                    and stand(who, words, graves.get(who, ()), {}).live
                ):
                    graves[who] = (*graves.get(who, ()), start)
        self.heard, self.graves, self.lived = heard, graves, self.lived | live
        return True


def _says(each: Heard) -> bool:
    return not each.bad and not each.gone and (each.patch or each.record.get("state") != "draft")


def history(lane: int) -> list[Step]:
    """The steps of a lane."""
    dice = random.Random(f"history {lane}")
    lives = Lives()
    steps: list[Step] = []
    for number in range(1, dice.randint(STEPS // 2, STEPS) + 1):
        step = drawn(dice, lane)
        while not lives.take(number, step):
            step = drawn(dice, lane)
        steps.append(step)
    return steps


def sound(steps: Sequence[Step | None]) -> bool:
    """Whether every record that says something lives at some time."""
    lives = Lives()
    return all(step is None or lives.take(number, step) for number, step in enumerate(steps, 1))


def without(steps: Sequence[Step | None], number: int) -> Iterator[list[Step | None]]:
    """The same with less at one place: without the step, or without one of its responses or records."""
    step = steps[number]
    if step is None:
        return
    fewer: list[Step | None] = [None]
    for n, page in enumerate(step.pages):
        before, after = step.pages[:n], step.pages[n + 1 :]
        fewer.append(Step(step.what, stream=step.stream, pages=before + after))
        if len(page) > 1:
            fewer += [
                Step(step.what, stream=step.stream, pages=(*before, page[:m] + page[m + 1 :], *after))
                for m in range(len(page))
            ]
    for each in fewer:
        told = [*steps[:number], each, *steps[number + 1 :]]
        if sound(told):
            yield told
