"""
Do the invariants hold? The database against the sources' own logs, and against a recount of its bytes.

I1 to I8 of the promise, looked at between two steps; I9 is seen where runs end. Nothing of the engine
is imported: what its tables should hold is worked out again, from ``rules`` and ``recount``.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.simulation.commits import Version
from tests.simulation.facts import Facts, State, micros
from tests.simulation.recount import Name, Recount, components, fold, newest, recount
from tests.simulation.rules import FIELDS, UNDATED, identity
from tests.simulation.source import System
from tests.simulation.witness import Witness


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken promise."""

    invariant: str
    message: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.message}"


class Checker:
    """Looks at one database beside one system, as often as asked."""

    def __init__(self, url: str, system: System) -> None:
        self._facts = Facts(url, FIELDS)
        self._system = system
        self._witness = Witness(system)
        self._orders: dict[Name, tuple[int, int, int, int]] = {}
        self._marks: dict[tuple[str, str], tuple[str, str | None]] = {}

    def close(self) -> None:
        """Leave the database."""
        self._facts.close()

    def forget(self, system: System) -> None:
        """Begin again, with an empty database and another system."""
        self._system, self._witness = system, Witness(system)
        self._orders, self._marks = {}, {}

    def look(self) -> State:
        """What stands in the database."""
        return self._facts.look()

    def note(self, names: Iterable[str]) -> None:
        """A run of these streams begins."""
        self._witness.begin(names, self._facts.ends())

    def check(
        self, *, clean: frozenset[str] = frozenset(), reconciled: frozenset[str] = frozenset()
    ) -> list[Violation]:
        """
        Everything that does not hold now. ``clean``: streams whose last run was calm and complete;
        ``reconciled``: those of them that read everything.
        """
        state = self.look()
        found = recount(state)
        self._witness.settle((of, value) for (of, _), (_, value) in state.watermarks.items())
        violations = [
            *self._exact(state, found),
            *self._accounted(state, found),
            *self._projected(state, found),
            *self._identified(state, found),
            *self._letters(state, found),
            *self._ahead(state, found),
            *self._forward(state),
        ]
        for name in sorted(clean | reconciled):
            violations += self._complete(state, found, name, all_of_it=name in reconciled)
        for name in sorted(reconciled):
            violations += self._absent(state, found, name)
        return violations

    def _exact(self, state: State, found: Recount) -> Iterator[Violation]:
        """I7, and that a response which nobody can read is known as such."""
        for each in state.responses:
            if each.body is None:
                yield Violation("I7", f"response {each.id} has lost its bytes")
                continue
            digest = hashlib.sha256(each.body).digest()
            if each.altered == 0 and digest != each.sha256:
                yield Violation("I7", f"response {each.id}: sha256 is not that of its bytes")
            if each.altered == 0 and digest not in self._system.streams[each.stream].sent:
                yield Violation("I7", f"response {each.id} is not what was sent: {each.body[:80]!r}")
            if (each.verdict == 2) != (each.id in found.unreadable):
                yield Violation("I7", f"response {each.id}: verdict {each.verdict} of {each.body[:80]!r}")

    def _accounted(self, state: State, found: Recount) -> Iterator[Violation]:
        """I6: every record of every response in exactly one column of its ledger row, or still to do."""
        booked = {(each["raw_id"], each["mapping"]) for each in state.ledger}
        for response in state.responses:
            name = (response.id, response.stream)
            if name not in booked and name not in state.pending:
                yield Violation(
                    "I6", f"response {response.id} of {response.stream} is neither done nor pending"
                )
        for row in state.ledger:
            counts = found.counts[row["raw_id"]]
            parts = sum(row[each] for each in ("changed", "same", "stale", "filtered", "dead"))
            own, dead, out = sum(counts.values()), counts["dead"], counts["filtered"]
            said = f"response {row['raw_id']}: {dict(row)} for {dict(counts)}"
            if row["records"] != own or parts != own:
                yield Violation("I6", f"{said}: not {own} records")
            elif row["twin"] is None and not row["dead"] <= dead <= row["dead"] + row["stale"]:
                yield Violation("I6", f"{said}: dead")
            elif row["twin"] is None and not row["filtered"] <= out <= row["filtered"] + row["stale"]:
                yield Violation("I6", f"{said}: filtered")
            elif row["twin"] is not None and dead:
                yield Violation("I6", f"{said}: a twin's dead letters were passed over")

    def _projected(self, state: State, found: Recount) -> Iterator[Violation]:
        """Contributions are the newest good versions, canonical rows their fold; one row an entity (I2)."""
        live = found.live(state)
        have = {name: each for name, each in state.contributions.items() if each.live}
        for name in sorted(live.keys() - have.keys()):
            yield Violation("I1", f"{name} should say {live[name].record} and says nothing")
        for name in sorted(have.keys() - live.keys()):
            yield Violation("I1", f"{name} still says {have[name].values}")
        entities: dict[UUID, dict[Name, Any]] = defaultdict(dict)
        for name in live.keys() & have.keys():
            said, best = have[name], live[name]
            if dict(said.values) != dict(best.outcome.values):
                yield Violation("I1", f"{name} says {said.values}, not {best.outcome.values}")
            if said.order[:2] != best.order[:2]:
                yield Violation("I4", f"{name} stands at {said.order}, not {best.order}")
            if said.entity is None:
                yield Violation("I2", f"{name} belongs to no entity")
            else:
                entities[said.entity][name] = best
        for gone in sorted(state.rows.keys() - entities.keys()):
            yield Violation("I2", f"row {gone} has nobody who speaks for it: {state.rows[gone]}")
        for entity, members in entities.items():
            row = state.rows.get(entity)
            if entity in state.redirects:
                yield Violation("I2", f"{entity} was merged away and {sorted(members)} belong to it")
            if row is None:
                yield Violation("I2", f"entity {entity} of {sorted(members)} has no row")
                continue
            wanted = fold(members)
            if dict(row) != wanted:
                yield Violation("I5", f"row {entity} is {dict(row)}, its contributions say {wanted}")
            values = sum(1 for each in row.values() if each is not None)
            if state.provenance.get(entity, 0) != values:
                yield Violation(
                    "I5", f"row {entity}: {state.provenance.get(entity, 0)} of {values} explained"
                )

    def _identified(self, state: State, found: Recount) -> Iterator[Violation]:
        """I2: who shares a value is one, who never did is not, and no two of one stream are."""
        roots = components(found.done)
        holders: dict[tuple[int, str], dict[UUID, Name]] = defaultdict(dict)
        members: dict[UUID, list[Name]] = defaultdict(list)
        for name, each in state.contributions.items():
            if not each.live or each.entity is None:
                continue
            members[each.entity].append(name)
            for value in identity(each.values):
                holders[value].setdefault(each.entity, name)
        for value, owners in holders.items():
            disabled = state.identity.get(value, (None, False))[1]
            if len(owners) > 1 and not disabled:
                yield Violation("I2", f"{value} is said by {sorted(owners.values())}, which are not one")
        for entity, names in members.items():
            streams = [stream for stream, _ in names]
            if len(set(streams)) < len(streams):
                yield Violation("I2", f"{entity} holds two records of one stream: {sorted(names)}")
            if len({roots.get(name, name) for name in names}) > 1:
                yield Violation("I2", f"{entity} joins {sorted(names)}, which never shared a value")

    def _letters(self, state: State, found: Recount) -> Iterator[Violation]:
        """I6: a dead letter for each record whose newest version is dead, and for no other."""
        wanted = {
            (name[0], name[1]): (each.raw_id, each.place, each.outcome.version)
            for name, each in found.refused().items()
        }
        done = {row["raw_id"] for row in state.ledger}
        for stream, each in found.keyless:
            if each.raw_id in done:
                subject = (stream, f"#{each.raw_id}:{each.place}")
                wanted[subject] = (each.raw_id, each.place, each.outcome.version)
        have = {(row["stream"], row["subject"]): row for row in state.letters}
        for name in sorted(wanted.keys() - have.keys()):
            yield Violation("I6", f"{name} was swallowed: response and place {wanted[name][:2]}")
        for name in sorted(have.keys() - wanted.keys()):
            yield Violation("I6", f"{name} is dead without reason: {have[name]['problems']}")
        for name in wanted.keys() & have.keys():
            row = have[name]
            if (row["raw_id"], row["place"], row["version"]) != wanted[name]:
                yield Violation("I6", f"dead letter {dict(row)} is not {wanted[name]}")
            if not row["problems"] or not all(each.get("code") for each in row["problems"]):
                yield Violation("I6", f"dead letter {name} does not say why")

    def _forward(self, state: State) -> Iterator[Violation]:
        """I4: nothing goes back."""
        for name, each in state.contributions.items():
            before = self._orders.get(name)
            if before is not None and each.order[:2] < before[:2]:
                yield Violation("I4", f"{name} went back from {before} to {each.order}")
        for where, (kind, value) in self._marks.items():
            now = state.watermarks.get(where, (kind, None))
            if now[1] is None or (kind != "token" and _point(*now) < _point(kind, value)):
                yield Violation("I4", f"the watermark of {where} went back from {value} to {now[1]}")
        self._orders = {name: each.order for name, each in state.contributions.items()}
        self._marks = dict(state.watermarks)

    def _ahead(self, state: State, found: Recount) -> Iterator[Violation]:
        """I3: what could be seen with a cursor at or before the watermark is in raw."""
        for (name, partition), (kind, value) in state.watermarks.items():
            point = micros(value or "") if kind == "timestamp" else None
            if point is None or partition:
                continue
            now = self._system.clock.now
            if point > max([now, *(at for _, at in self._system.streams[name].delivered)]):
                yield Violation("I3", f"the watermark of {name} is in the source's future: {value}")
            # In the middle of a window ties may be yet to come: the next run reads them again.
            point -= any(of == name for of, _ in state.windows)
            for each in self._witness.earned(name):
                if each.cursor <= point and not _stored(found, name, each):
                    yield Violation("I3", f"watermark {value} of {name}, and not in raw: {_short(each)}")

    def _complete(self, state: State, found: Recount, name: str, *, all_of_it: bool) -> Iterator[Violation]:
        """I1: after a clean run every final version is in raw, and nothing waits."""
        stream = self._system.streams[name]
        due = stream.log.current().values() if all_of_it else self._witness.due(name)
        for each in due:
            if each.deleted and not stream.manner.markers:
                continue
            if not _stored(found, name, each):
                yield Violation("I1", f"never came from {name}: {_short(each)}")
        if any(mapping == name for _, mapping in state.pending):
            yield Violation("I9", f"{name} still has pending responses after a clean run")

    def _absent(self, state: State, found: Recount, name: str) -> Iterator[Violation]:
        """What a complete reading of everything did not hold says no more; not so for a stream of markers."""
        stream = self._system.streams[name]
        if stream.manner.markers:
            return
        current = {str(each.record()["id"]) for each in stream.log.current().values() if not each.deleted}
        last = max((each["id"] for each in state.runs.values() if each["stream"] == name), default=0)
        proof = (state.runs[last]["proof"] or {}) if last else {}
        if "refused" in (proof.get("deletions") or {}):
            return
        for of, key in sorted(found.live(state)):
            if of == name and key not in current:
                yield Violation("I1", f"{name} {key} was erased at the source and still speaks")


def _stored(found: Recount, stream: str, version: Version) -> bool:
    record = version.record()
    key = record["id"]
    if key is None:
        return any(of == stream and each.record == record for of, each in found.keyless)
    kept = found.kept.get((stream, str(key)), [])
    if stream in UNDATED:  # what came before may have said the same: only the last answer counts
        last = newest(kept)
        return last is not None and last.record == record
    return any(each.record == record for each in kept)


def _point(kind: str, value: str | None) -> tuple[float, str]:
    if kind == "integer":
        return int(value or 0), ""
    return 0, value or ""


def _short(version: Version) -> str:
    return f"commit {version.n} of {version.key!r} at {(version.committed - version.cursor) / 1e6:+}s late"


def digest(state: State) -> Mapping[UUID, Any]:
    """Canonical rows, to compare with those after a rebuild."""
    return {entity: dict(row) for entity, row in state.rows.items()}
