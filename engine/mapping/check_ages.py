"""Can it be known of every record that says a field when its source confirmed it last?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.errors import Problem
from engine.mapping.policy import Policy, Strategy
from engine.records.received import StreamName
from engine.records.shapes import Feed
from engine.spec.component import Path
from engine.spec.document import Document
from engine.spec.values import Duration


def age_problems(
    document: Document[Policy],
    path: Path,
    strategy: Strategy,
    says: Iterable[Feed],
    readings: Mapping[StreamName, str | Duration | None],
) -> Iterable[Problem]:
    """
    ``says``: the feeds that say what the strategy decides. ``readings``: how often each stream is read
    whole (None: by every run), or why it is not.
    """
    limit = strategy.max_age
    if limit is None:
        return
    at = (*path, "max_age")
    for feed in sorted(says, key=lambda each: (str(each.stream), each.mapping)):
        often = readings.get(feed.stream)
        if feed.keyed:
            said = f"{feed.mapping} has a key of its own, and which of its records still say one is not kept"
            yield document.problem(at, "age-unknown", f"max_age cannot be told of {feed.stream}: {said}")
        elif isinstance(often, str):
            said = f"max_age cannot be told of {feed.stream}: {often}"
            yield document.problem(at, "age-unknown", said)
        elif often is not None and often.seconds >= limit.seconds:
            said = (
                f"max_age {limit.text} is over before {feed.stream} is read whole again, every {often.text}:"
                " all of its records would age in between"
            )
            yield document.problem(at, "age-too-short", said)
