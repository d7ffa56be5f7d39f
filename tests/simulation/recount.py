"""What stored bytes should have become: every record of every response weighed again."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.facts import State, elements
from tests.simulation.rules import ENTITIES, FIELDS, LATEST, SOURCES, Outcome, identity, outcome

Name = tuple[str, str]
"""A record: (stream, key)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One record of one response."""

    raw_id: int
    place: int
    order: tuple[int, int, int, int]
    record: Any
    outcome: Outcome


@dataclass(slots=True)
class Recount:
    """What the canonical side should say of the responses that are done."""

    kept: dict[Name, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    """Every record with a key, of all that is stored, done or not."""
    done: dict[Name, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    keyless: list[tuple[str, Seen]] = field(default_factory=list)
    counts: dict[int, Counter[str]] = field(default_factory=dict)
    """By raw id: outcomes of its records."""
    unreadable: set[int] = field(default_factory=set)

    def live(self, state: State) -> dict[Name, Seen]:
        """The records that should speak now, each as its newest good version."""
        found = {}
        for name, seen in self.done.items():
            best = newest(each for each in seen if each.outcome.kind != "dead")
            if best is None or best.outcome.kind != "says":
                continue
            if not any(at > best.order[2] for at, _ in state.tombstones.get(name, ())):
                found[name] = best
        return found

    def refused(self) -> dict[Name, Seen]:
        """The records whose newest version could not become canonical."""
        tops = {name: newest(seen) for name, seen in self.done.items()}
        return {name: top for name, top in tops.items() if top and top.outcome.kind == "dead"}


def newest(seen: Iterable[Seen]) -> Seen | None:
    """The one with the highest order key."""
    return max(seen, key=lambda each: each.order, default=None)


def recount(state: State) -> Recount:
    """Read all that is stored."""
    found = Recount()
    done = {each["raw_id"] for each in state.ledger}
    for response in state.responses:
        page = None
        if response.body is not None and 200 <= response.status < 300:
            page = elements(response.body)
        if page is None:
            found.unreadable.add(response.id)
        counts = found.counts[response.id] = Counter()
        for place, record in enumerate(page or ()):
            if record is None:
                continue
            made = outcome(response.stream, record)
            counts[made.kind] += 1
            graves = () if made.key is None else state.tombstones.get((response.stream, made.key), ())
            incarnation = sum(1 for at, _ in graves if at <= response.position)
            seen = Seen(
                raw_id=response.id,
                place=place,
                order=(incarnation, made.version, response.position, place),
                record=record,
                outcome=made,
            )
            if made.key is None:
                found.keyless.append((response.stream, seen))
                continue
            name = (response.stream, made.key)
            found.kept[name].append(seen)
            if response.id in done:
                found.done[name].append(seen)
    return found


def fold(members: Mapping[Name, Seen]) -> dict[str, Any]:
    """One entity's row, field by field, as the policy says it."""

    def rank(name: Name) -> int:
        source = name[0].partition("/")[0]
        return SOURCES.index(source) if source in SOURCES else len(SOURCES)

    row: dict[str, Any] = dict.fromkeys(field for stream, _ in members for field in FIELDS[ENTITIES[stream]])
    for name in row:
        said = [(who, each) for who, each in members.items() if each.outcome.values[name] is not None]
        if not said:
            continue
        _, best = min(
            said,
            key=lambda pair: (
                0 if name in LATEST else rank(pair[0]),
                -pair[1].outcome.version,
                pair[0],
            ),
        )
        row[name] = best.outcome.values[name]
    return row


def components(seen: Mapping[Name, list[Seen]]) -> dict[Name, Name]:
    """Which records ever said a value that another said, directly or by others: each one's representative."""
    parent: dict[Name, Name] = {name: name for name in seen}

    def root(name: Name) -> Name:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    holder: dict[tuple[int, str], Name] = {}
    for name, versions in seen.items():
        for each in versions:
            if each.outcome.kind == "dead":
                continue
            for value in identity(each.outcome.values):
                other = holder.setdefault(value, name)
                parent[root(name)] = root(other)
    return {name: root(name) for name in seen}
