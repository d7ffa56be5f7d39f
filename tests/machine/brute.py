"""What must stand in one lane after all that happened there: the whole state, from the events alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.machine.hearing import (
    FIELDS,
    PATCHES,
    REFERENCES,
    Heard,
    Stand,
    Who,
    address,
    heard_of,
    letters,
    stand,
)
from tests.machine.kin import Id, Kin
from tests.machine.rows import UNIQUE, Policy, Row, Voice, row_of

RECORD, RUN, DECISION, PIN = 1, 2, 3, 4
"""Why a row changed."""

BOSSES = {"hr.employees": "hr.employees", "hr.pool": "hr.employees"} | {
    each: each for each in ("pay.people", "crm.changes")
}
"""Whose keys the field ``boss`` of a stream holds."""
PLAIN = tuple(place for place, name in enumerate(FIELDS) if name not in REFERENCES)


@dataclass
class Pinned:
    """A field that somebody holds to a value."""

    of: Id
    name: str
    value: Any
    ends: bool
    over: bool = False


@dataclass
class Brute:
    """One lane."""

    policy: Policy
    kin: Kin = field(init=False)
    heard: dict[Who, list[Heard]] = field(default_factory=lambda: defaultdict(list))
    graves: dict[Who, list[int]] = field(default_factory=lambda: defaultdict(list))
    pins: list[Pinned] = field(default_factory=list)
    standing: dict[Id, Row] = field(default_factory=dict)
    """The rows after the last thing that happened."""
    history: dict[Id, list[tuple[int, tuple[Any, ...]]]] = field(default_factory=lambda: defaultdict(list))
    """By id: why each former row changed, and what it said beside references."""

    def __post_init__(self) -> None:
        self.kin = Kin(self.policy.guarded)

    # What happens -------------------------------------------------------------------------------------

    def hear(self, stream: str, responses: Sequence[tuple[int, int, Sequence[Mapping[str, Any]]]]) -> None:
        """Responses of a stream came together: ``(position, when, records)`` of each."""
        came: dict[Who, int] = {}
        with self._changing(RECORD):
            for position, founded, records in responses:
                for place, record in enumerate(records):
                    each = heard_of(stream, record, position, place, founded)
                    who = (stream, record["id"])
                    self.heard[who].append(each)
                    if not each.bad:
                        came[who] = min(founded, came.get(who, founded))
            if stream == PATCHES:  # of patches the first counts, whenever it came
                sound = {who: [each.founded for each in self.heard[who] if not each.bad] for who in came}
                came = {who: min(every) for who, every in sound.items()}
            self.kin.arrive(came, {who: self._stand(who) for who in came})

    def bury(self, stream: str, position: int, held: Collection[str]) -> list[str]:
        """A run that began at this position held only these keys; those that are gone now."""
        with self._changing(RUN):
            gone = [
                who[1]
                for who, each in self.kin.stands.items()
                if who[0] == stream and each.live and who[1] not in held
            ]
            for key in gone:
                self.graves[stream, key].append(position)
                self.kin.stands[stream, key] = self._stand((stream, key))
        return gone

    def decide(self, what: str, *given: Any, **more: Any) -> bool:
        """Somebody decides about identity; whether that can be."""
        with self._changing(DECISION):
            return bool(getattr(self.kin, what)(*given, **more))

    def pin(self, of: Id, name: str, value: Any, *, ends: bool) -> None:
        """Somebody holds a field to a value."""
        with self._changing(PIN):
            now = self.kin.now(of)
            for each in self.pins:
                each.over |= each.of == now and each.name == name
            self.pins.append(Pinned(now, name, value, ends))

    def lift(self, of: Id, name: str) -> int:
        """Somebody lets records say it again; how many pins that ended."""
        with self._changing(PIN):
            found = [each for each in self._standing(self.kin.now(of)) if each.name == name]
            for each in found:
                each.over = True
        return len(found)

    def lapse(self) -> None:
        """The time of pins with an end is over."""
        with self._changing(PIN):
            for each in self.pins:
                each.over |= each.ends

    def _stand(self, who: Who) -> Stand:
        return stand(who, self.heard[who], self.graves[who], self.policy.scopes)

    # What stands then ---------------------------------------------------------------------------------

    def rows(self) -> dict[Id, Row]:
        """Every entity that has not ended."""
        found = {}
        for entity in sorted(set(self.kin.belongs.values())):
            live = self.kin.live(entity)
            if not live or self._ended(entity, live):
                continue
            pins = {each.name: each.value for each in self._standing(entity)}
            voices = [
                Voice(who=who, version=self.kin.stands[who].version, says=self._says(who), live=who in live)
                for who, of in self.kin.belongs.items()
                if of == entity and (who in live or self._kept(who))
            ]
            found[entity] = row_of(self.policy, voices, pins)
        return self._unlike(found) if self.policy.unique else found

    @staticmethod
    def _unlike(rows: Mapping[Id, Row]) -> dict[Id, Row]:
        """Of rows that say the same only the oldest entity's."""
        places = [FIELDS.index(name) for name in UNIQUE]
        first: dict[tuple[Any, ...], Id] = {}
        for entity, (values, _) in sorted(rows.items()):
            said = tuple(values[place] for place in places)
            if None not in said:
                first.setdefault(said, entity)
        return {
            entity: row
            for entity, row in rows.items()
            if first.get(tuple(row[0][place] for place in places), entity) == entity
        }

    def _ended(self, entity: Id, live: Collection[Who]) -> bool:
        """A source whose delete ends the entity has said something of it and says nothing now."""
        ever = {who[0].split(".")[0] for who, of in self.kin.belongs.items() if of == entity}
        now = {who[0].split(".")[0] for who in live}
        return bool((ever - now) & self.policy.ends)

    def _kept(self, who: Who) -> bool:
        """Whether what a deleted record said last is kept."""
        return bool(self.kin.stands[who].last) and self._keeps(who)

    def _keeps(self, who: Who) -> bool:
        return who[0].split(".")[0] in self.policy.keeps

    def _says(self, who: Who) -> dict[str, Any]:
        says = dict(self.kin.stands[who].says or self.kin.stands[who].last)
        led = {
            "boss": self.kin.belongs.get((BOSSES[who[0]], says.get("boss", ""))),
            "mentor": self.kin.holder((1, address(says.get("mentor")) or "")),
        }
        return {
            name: led.get(name, value) for name, value in says.items() if led.get(name, value) is not None
        }

    def _standing(self, entity: Id) -> Iterator[Pinned]:
        return (each for each in self.pins if not each.over and self.kin.now(each.of) == entity)

    @contextmanager
    def _changing(self, cause: int) -> Iterator[None]:
        """Former rows are kept."""
        before = self.standing
        yield
        self.standing = self.rows()
        after = {entity: row[0] for entity, row in self.standing.items()}
        for entity, (values, _) in before.items():
            former = tuple(values[place] for place in PLAIN)
            merged = entity in self.kin.redirects
            if entity not in after:
                self.history[entity].append((DECISION if merged else cause, former))
            elif self.policy.history and former != tuple(after[entity][place] for place in PLAIN):
                self.history[entity].append((cause, former))

    def state(self) -> dict[str, list[tuple[Any, ...]]]:
        """All tables, as ``world.read`` gives them."""
        kin, rows = self.kin, self.standing
        said = [value for each in kin.stands.values() if each.live for value in each.values]
        held = {(kind, value): kin.holder((kind, value)) for kind, value in said}
        words = {who: each.says for who, each in kin.stands.items() if each.live}
        words |= {who: each.last for who, each in kin.stands.items() if self._kept(who)}
        return {
            "rows": [(entity, *row[0]) for entity, row in rows.items()],
            "winners": [(entity, name, *who) for entity, row in rows.items() for name, who in row[1]],
            "crosswalk": [(*who, entity) for who, entity in kin.belongs.items()],
            "values": [
                *((kind, value, of) for (kind, value), of in held.items() if of is not None),
                *((*value, None) for value in kin.disabled),
            ],
            "redirects": [(old, new) for old, (new, _) in kin.redirects.items()],
            "decisions": [(each.what, each.one, each.other, each.who, each.undone) for each in kin.decisions],
            "refusals": list(kin.refused),
            "queue": list(kin.queue(rows.keys())),
            "letters": [
                (*who, position)
                for who, heard in self.heard.items()
                for position in letters(who, heard, self.graves[who], kept=self._keeps(who))
            ],
            "open": [
                (*who, BOSSES[who[0]], says["boss"], kin.belongs[who])
                for who, says in words.items()
                if "boss" in says and (BOSSES[who[0]], says["boss"]) not in kin.belongs
            ],
            "sought": [(*who, address(says["mentor"])) for who, says in words.items() if "mentor" in says],
            "history": [
                (entity, told)
                for entity, former in self.history.items()
                if (told := _collapsed(former, rows.get(entity)))
            ],
        }


def _collapsed(former: Sequence[tuple[int, tuple[Any, ...]]], row: Row | None) -> tuple[Any, ...]:
    """Without rows that differ from the next one in nothing but references."""
    now = None if row is None else tuple(row[0][place] for place in PLAIN)
    return collapsed(former, now)


def collapsed(former: Sequence[tuple[int, tuple[Any, ...]]], now: tuple[Any, ...] | None) -> tuple[Any, ...]:
    """Of former rows ``(cause, values)`` those whose values the next one does not have."""
    following = [*(values for _, values in former[1:]), now]
    return tuple(each for each, then in zip(former, following, strict=True) if each[1] != then)
