"""
What do mappings make of what is stored, and what do they leave lying there?

Of each field which mappings say it, in how many rows it stands, and whether it is the same in all; of each
stream which paths of its records no rule reads, and the line that would. Fed with decoded records: pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from engine.expression import Expression
from engine.mapping.plan import Plan
from engine.mapping.program import Program
from engine.mapping.readings import Reading
from engine.mapping.types import Field
from engine.records.received import Decoded
from engine.review.masked import example
from engine.review.profile import Profile
from engine.review.reach import TOP, Reach, Seen, Steps
from engine.review.ready import path_text
from engine.review.suggest import Suggestion, Target, is_named, suggestion, without


class Saying(msgspec.Struct, frozen=True, kw_only=True):
    """What a mapping says of a field."""

    mapping: str
    place: str
    """``file:line`` of its rule."""
    records: int
    """Records that it made something of; with ``each``, their elements."""
    filled: int
    """Those of them that say the field."""


class FieldCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """One field of an entity."""

    field: str
    type: str
    filled: int | None
    """Rows in which it is not null; None where there is no column yet."""
    constant: str | None
    """The value that stands in every row that has one, masked where it is personal; None: they differ."""
    mappings: list[Saying]
    """Those with a rule for it."""


class EntityCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """One entity, as it stands."""

    entity: str
    rows: int
    fields: list[FieldCoverage]


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """A path of stored records that no rule reads."""

    path: str
    """JMESPath; elements of a list, and keys that are no names, are one."""
    filled: int
    """Records that have a value there."""
    types: list[str]
    """The most frequent first; of texts what is written in all of them."""
    example: str
    masked: bool
    suggestion: Suggestion | None


class StreamCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """One stream, of whichever source."""

    stream: str
    """``connector.stream``"""
    records: int
    """Records that were looked at."""
    of: int
    """Records that say something now."""
    paths: int
    """Paths that hold values."""
    unread: list[Unread]
    """The fullest first."""


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """What is mapped, and what is not."""

    entities: list[EntityCoverage]
    streams: list[StreamCoverage]
    sampled: bool
    """Not all records were looked at; figures of rows are of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is stored in one column of an entity."""

    filled: int
    constant: str | None


class Streamed:
    """
    The records of one stream, counted as they pass.

    ``own``: what the stream itself reads of them, or another stream that asks for each.
    """

    def __init__(self, stream: str, programs: Sequence[Program], own: Iterable[Expression]) -> None:
        self.stream, self._programs = stream, programs
        self.of = 0
        self._reach, self._bases = Reach(), dict[str, Steps]()
        for expression in own:
            self._reach.read(expression)
        self._reach.whole.discard(())  # a key that is the hash of all is no rule that reads all
        for each in programs:
            self._bases[each.mapping] = reached(each.plan, self._reach)
        self._profile = Profile(self._reach.named)
        self.made: Counter[str] = Counter()
        self.said: dict[str, Counter[int]] = {each.mapping: Counter() for each in programs}

    @property
    def records(self) -> int:
        """How many passed."""
        return self._profile.records

    def add(self, decoded: Decoded, chosen: Collection[int]) -> None:
        """Count records of a response, by their indices."""
        for index in chosen:
            self._profile.add(decoded.records[index])
        skip = set(range(len(decoded.records))).difference(chosen)
        for program in self._programs:
            self._map(program, decoded, skip)

    def _map(self, program: Program, decoded: Decoded, skip: Collection[int]) -> None:
        """Which fields the files, as they are, make of these records."""
        shape, said = program.plan.shape, self.said[program.mapping]
        if program.patcher is not None:
            for patch in program.map(_without(decoded, skip)).patches:
                self.made[program.mapping] += 1
                there = [each.bit for each in shape.fields if patch.says.get(each.columns[0][0]) is not None]
                said.update(there)
            return
        mapped = program.map(decoded, skip=skip)
        for fate, line in zip(mapped.fates, mapped.lines, strict=True):
            if fate == 0:
                self.made[program.mapping] += 1
                mask = int(line.split("\t", _SAID + 1)[_SAID])
                said.update(each.bit for each in shape.fields if mask >> each.bit & 1)

    def done(self, targets: list[Target]) -> StreamCoverage:
        """What no rule reads of them; ``targets``: the stream's mappings, without their ``base``."""
        paths = {each.steps: each for each in self._profile.paths()}
        placed = [replace(each, base=self._bases[each.mapping]) for each in targets]
        unread = []
        left = [each for each in paths.values() if not self._reach.covers(each.steps)]
        for stands in sorted(left, key=lambda each: (not is_named(each, placed), -each.filled)):
            line = suggestion(stands, paths, placed) if stands.filled else None
            placed = placed if line is None else without(placed, line)
            kinds = {each.mapping: each.types for each in placed}
            field = kinds[line.mapping].get(line.field) if line is not None else None
            shown, masked = example(stands, personal=field is not None and field.pii)
            unread.append(
                Unread(
                    path=path_text(stands.steps),
                    filled=stands.filled,
                    types=_types(stands.types, stands.forms),
                    example=shown,
                    masked=masked,
                    suggestion=line,
                )
            )
        return StreamCoverage(
            stream=self.stream,
            records=self.records,
            of=self.of,
            paths=len(paths),
            unread=sorted(unread, key=lambda each: -each.filled),
        )


_SAID = 9
"""Of a line the column that says which fields it says: see ``EntityShape.stage_columns``."""


def reached(plan: Plan, reach: Reach) -> Steps:
    """Note all that a mapping reads of a record; the place of the element that its rules read."""
    element, parent = list(TOP), list(TOP)
    for level in plan.each:
        element, parent = reach.open(level, element), element
    if plan.when is not None:
        reach.ask(plan.when)
    starts: Mapping[str | None, Sequence[Seen]] = {None: element, "record": TOP, "parent": parent}
    rules = [leaf for rule in plan.rules if rule is not None for leaf in rule.leaves]
    links: list[Reading] = [leaf for link in plan.links for leaf in link.reading.leaves]
    for reading in (*plan.key, *rules, *links):
        if reading.expression is not None and reading.of in starts:
            reach.read(reading.expression, starts[reading.of])
    return element[0].steps if element and not element[0].entry and not element[0].lists else ()


def entity_coverage(
    entity: str,
    types: Mapping[str, Field],
    *,
    rows: int,
    standing: Mapping[str, Standing],
    programs: Iterable[Program],
    streams: Iterable[Streamed],
) -> EntityCoverage:
    """Its fields; ``standing``: what is stored, by field."""
    passed = list(streams)
    sayings: dict[str, list[Saying]] = {name: [] for name in types}
    for program in programs:
        for shape, rule in zip(program.plan.shape.fields, program.plan.rules, strict=True):
            if rule is None:
                continue
            holding = [each for each in passed if program.mapping in each.said]
            saying = Saying(
                mapping=program.mapping,
                place=rule.place,
                records=sum(each.made[program.mapping] for each in holding),
                filled=sum(each.said[program.mapping][shape.bit] for each in holding),
            )
            sayings[shape.name].append(saying)
    fields = []
    for name, kind in types.items():
        there = standing.get(name)
        fields.append(
            FieldCoverage(
                field=name,
                type=kind.tag or "",
                filled=None if there is None else there.filled,
                constant=None if there is None else there.constant,
                mappings=sayings[name],
            )
        )
    return EntityCoverage(entity=entity, rows=rows, fields=fields)


def _types(types: Mapping[str, int], forms: Mapping[str, int]) -> list[str]:
    """``text`` as what is written in all texts, where that is one thing."""
    written = next(iter(forms)) if len(forms) == 1 else "text"
    return [written if each == "text" else each for each in types]


def _without(decoded: Decoded, skip: Collection[int]) -> Decoded:
    """A response with some of its records."""
    kept = [index for index in range(len(decoded.records)) if index not in skip]
    place = {index: at for at, index in enumerate(kept)}
    return replace(
        decoded,
        records=[decoded.records[index] for index in kept],
        places=[decoded.places[index] for index in kept],
        keys=[decoded.keys[index] for index in kept],
        versions=[decoded.versions[index] for index in kept],
        hashes=[decoded.hashes[index] for index in kept],
        fates=[decoded.fates[index] for index in kept],
        faults={place[index]: each for index, each in decoded.faults.items() if index in place},
    )
