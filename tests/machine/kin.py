"""Who is one? Every join, refusal, return and decision, made again by looking at all live records."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from tests.machine.hearing import Stand, Value, Who

T = TypeVar("T")
Id = str
"""Of an entity, as PostgreSQL writes it: quicker to compare than a ``UUID``."""

Refusal = tuple[str, str, int | None, str | None, Id, Id, str]
"""``(stream, key, kind, value, entity, other, why)``."""


def made(who: Who, founded: int, former: Id | None = None) -> Id:
    """The id of whoever this record founds, as ``data-model`` has it: the time, then a hash of the record."""
    source, stream = who[0].split(".")
    parts = ["person", source, stream, who[1], *([] if former is None else [former])]
    digest = hashlib.md5("\x1f".join(parts).encode(), usedforsecurity=False).hexdigest()
    return str(UUID(f"{founded:012x}8{digest[13:16]}8{digest[17:]}"))


@dataclass
class Decision:
    """A merge, a split or two that are kept apart."""

    what: str
    one: Id
    other: Id
    undone: bool = False
    who: str | None = None


@dataclass
class Kin:
    """Which entity each record belongs to, and all that was ever decided about it."""

    guarded: bool
    stands: dict[Who, Stand] = field(default_factory=dict)
    belongs: dict[Who, Id] = field(default_factory=dict)
    redirects: dict[Id, tuple[Id, int]] = field(default_factory=dict)
    """Id that went → the one it became, and by which decision."""
    disabled: set[Value] = field(default_factory=set)
    decisions: list[Decision] = field(default_factory=list)
    sides: list[tuple[int, Id, Who]] = field(default_factory=list)
    """Which records stood on which side of a decision."""
    refused: list[Refusal] = field(default_factory=list)

    def now(self, of: Id) -> Id:
        """What an id became."""
        return self.redirects[of][0] if of in self.redirects else of

    def live(self, of: Id) -> list[Who]:
        """The live records of an entity."""
        return [who for who, entity in self.belongs.items() if entity == of and self.stands[who].live]

    def holder(self, value: Value) -> Id | None:
        """Who holds a value: whoever has a live record that says it, while it may join."""
        if value in self.disabled:
            return None
        return next(
            (self.belongs[who] for who, each in self.stands.items() if each.live and value in each.values),
            None,
        )

    # What records show --------------------------------------------------------------------------------

    def arrive(self, came: Mapping[Who, int], after: Mapping[Who, Stand]) -> None:
        """Records of one stream came together; ``came``: when each was asked for first."""
        before = {who: self.stands.get(who, Stand()) for who in came}
        own = {
            who: made(who, founded)
            for who, founded in came.items()
            if who not in self.belongs and after[who].live
        }
        former = {who: self.belongs[who] for who in self._crowded_out(came, before, after)}
        own |= {who: made(who, came[who], left) for who, left in former.items()}
        self.stands |= after
        newly = {
            who
            for who in came
            if after[who].live and (not before[who].live or before[who].values != after[who].values)
        }
        becomes = self._settle(own, newly)
        for who, entity in own.items():
            self.belongs[who] = becomes.get(entity, entity)
        for who, left in former.items():
            self.refused.append((*who, None, None, self.belongs[who], left, "its place was taken"))

    def _crowded_out(
        self, came: Iterable[Who], before: Mapping[Who, Stand], after: Mapping[Who, Stand]
    ) -> list[Who]:
        """Who says something again, and finds another of its stream in its place."""
        out = []
        back = [
            who for who in sorted(came) if who in self.belongs and not before[who].live and after[who].live
        ]
        taken: set[Id] = set()
        for who in back:
            entity = self.belongs[who]
            there = [
                each
                for each in self.live(entity)
                if each[0] == who[0] and after.get(each, Stand(live=True)).live
            ]
            if there or entity in taken:
                out.append(who)
            taken.add(entity)
        return out

    def _settle(self, own: Mapping[Who, Id], newly: Collection[Who]) -> dict[Id, Id]:
        """Join whoever shares a value, where nothing forbids it; what each id becomes."""
        mine = {who: entity for who, entity in {**self.belongs, **own}.items() if self.stands[who].live}
        new = set(own.values())
        sayers: dict[Value, set[Id]] = defaultdict(set)
        for who, entity in mine.items():
            for value in self.stands[who].values - self.disabled:
                sayers[value].add(entity)
        shared = {value: entities for value, entities in sayers.items() if len(entities) > 1}
        why = {value: self._forbids(entities, mine) for value, entities in shared.items()}
        joining = {value: entities for value, entities in shared.items() if not why[value]}
        for chain in _chains(joining.values()):
            reason = self._forbids(chain, mine)
            if reason:
                why |= {value: reason for value, entities in joining.items() if entities <= chain}
        for who in sorted(newly):
            for value in sorted(self.stands[who].values & {value for value, reason in why.items() if reason}):
                other = min(shared[value] - {mine[who]})
                self.refused.append((*who, *value, mine[who], other, why[value]))
        becomes: dict[Id, Id] = {}
        for chain in _chains(entities for value, entities in shared.items() if not why[value]):
            becomes |= dict.fromkeys(chain, min(chain - new or chain))
        for old, stays in sorted(becomes.items()):
            if old not in new and old != stays:
                self._merge(stays, old)
        self.disabled |= {value for value, reason in why.items() if reason}
        return becomes

    def _forbids(self, entities: Collection[Id], mine: Mapping[Who, Id]) -> str:
        """Why these are not one; empty where they may be."""
        reasons = []
        streams = [who[0] for who, entity in mine.items() if entity in entities]
        if len(streams) > len(set(streams)):
            reasons.append("two records of one stream")
        born = {
            (entity, self.stands[who].says["born"])
            for who, entity in mine.items()
            if entity in entities and "born" in self.stands[who].says
        }
        if self.guarded and any(a[0] != b[0] and a[1] != b[1] for a in born for b in born):
            reasons.append("born differs")
        if self.apart(entities):
            reasons.append("kept apart")
        return ", ".join(reasons)

    def apart(self, entities: Collection[Id]) -> list[int]:
        """Decisions that keep two of these apart."""
        return [
            number
            for number, each in enumerate(self.decisions)
            if each.what in {"apart", "split"}
            and not each.undone
            and self.now(each.one) != self.now(each.other)
            and {self.now(each.one), self.now(each.other)} <= set(entities)
        ]

    def _decide(self, what: str, one: Id, other: Id, who: str | None) -> int:
        self.decisions.append(Decision(what, one, other, who=who))
        return len(self.decisions) - 1

    def _merge(self, stays: Id, goes: Id, who: str | None = None) -> int:
        number = self._decide("merge", stays, goes, who)
        for record, entity in list(self.belongs.items()):
            if entity in {stays, goes}:
                self.sides.append((number, entity, record))
                self.belongs[record] = stays
        self.redirects = {
            old: (stays if new == goes else new, by) for old, (new, by) in self.redirects.items()
        }
        self.redirects[goes] = (stays, number)
        return number

    # What people decide -------------------------------------------------------------------------------

    def merge(self, one: Id, other: Id, *, overrule: bool) -> bool:
        """A person says that two are one; whether that can be."""
        stays, goes = sorted((self.now(one), self.now(other)))
        streams = [who[0] for entity in {stays, goes} for who in self.live(entity)]
        apart = self.apart({stays, goes})
        if stays == goes or len(streams) > len(set(streams)) or (apart and not overrule):
            return False
        self._merge(stays, goes, "ada")
        for number in apart:
            self.decisions[number].undone = True
        for value in list(self.disabled):
            sayers = {
                self.belongs[who] for who, each in self.stands.items() if each.live and value in each.values
            }
            if sayers == {stays}:
                self.disabled.discard(value)
        return True

    def keep_apart(self, one: Id, other: Id) -> bool:
        """A person says that two are never one."""
        stays, apart = sorted((self.now(one), self.now(other)))
        if stays == apart or self.apart({stays, apart}):
            return False
        self._decide("apart", stays, apart, "ada")
        return True

    def split(self, former: Id) -> bool:
        """A person takes a merge back."""
        if former not in self.redirects:
            return False
        survivor, merged = self.redirects[former]
        records = {who for who, entity in self.belongs.items() if entity == survivor}
        went = {who for number, side, who in self.sides if number == merged and side == former}
        stayed = {who for number, side, who in self.sides if number == merged or side == survivor} - went
        gone, kept = records & went, (records & stayed) - went
        theirs, ours = self._said(gone) - self.disabled, self._said(kept) - self.disabled
        if not gone:
            return False
        since = records - gone - kept
        for group in _chains([{who, *self._sharing(who, since)} for who in since]):
            said = self._said(group) - self.disabled
            if said & theirs and not said & ours:
                gone |= group
        del self.redirects[former]
        self._part(survivor, former, gone)
        self.decisions[merged].undone = True
        return True

    def part(self, of: Id, gone: set[Who], own: Id | None) -> bool:
        """A person gives records an entity of their own; ``own``: its id, where the engine made one."""
        survivor = self.now(of)
        records = {who for who, entity in self.belongs.items() if entity == survivor}
        if not gone <= records or gone == records or own is None:
            return False
        self._part(survivor, own, gone)
        return True

    def _part(self, survivor: Id, parted: Id, gone: set[Who]) -> None:
        number = self._decide("split", survivor, parted, "ada")
        for who in gone:
            self.sides.append((number, parted, who))
            self.belongs[who] = parted
        for old, (new, by) in list(self.redirects.items()):
            brought = {who for of, side, who in self.sides if of == by and side == old}
            standing = {self.belongs[who] for who in brought} & {survivor, parted}
            if new == survivor and standing == {parted}:
                self.redirects[old] = (parted, by)
        stay = {who for who, entity in self.belongs.items() if entity == survivor}
        self.disabled |= self._said(gone) & self._said(stay)

    def _said(self, records: Iterable[Who]) -> set[Value]:
        return {value for who in records if self.stands[who].live for value in self.stands[who].values}

    def _sharing(self, who: Who, others: Iterable[Who]) -> set[Who]:
        mine = self._said([who]) - self.disabled
        return {each for each in others if self._said([each]) & mine}

    def queue(self, standing: Collection[Id]) -> set[tuple[Id, Id]]:
        """Refusals of two that are still two, both with a row, and about whom nobody has decided."""
        pairs = {
            (min(one, other), max(one, other))
            for *_, entity, whom, _ in self.refused
            for one, other in [(self.now(entity), self.now(whom))]
            if one != other and one in standing and other in standing
        }
        return {pair for pair in pairs if not self.apart(pair)}


def _chains(sets: Iterable[Collection[T]]) -> list[set[T]]:
    """Sets that overlap, directly or by others, as one."""
    chains: list[set[T]] = []
    for each in sets:
        joined = set(each)
        for chain in [chain for chain in chains if chain & joined]:
            joined |= chain
            chains.remove(chain)
        chains.append(joined)
    return chains
