"""
Identity in a batch: who is new, who belongs to whom.

Simple cases are set-based: a newcomer whose values nobody holds, or one entity that has no record of
this stream and differs in no guard. The others go through the resolver. A record that returns gets its
entity back, unless another of its stream lives there by now: then it is a newcomer.

What is looked up is read back once the entities are locked; a rival who was faster means that the whole
transaction is tried again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection

from engine.records.identity import Arrival, Assignments, GuardValue, IdentityValue, Resolver, StreamId
from engine.store import identities, references
from engine.store.merging import kept_apart, merge
from engine.store.planner import INDEXED, STAGED
from engine.store.statements import Statements


class Rival(Exception):
    """Another transaction was faster: try this one again from the start."""

    def __init__(self, crowded: frozenset[UUID] = frozenset()) -> None:
        super().__init__()
        self.crowded = crowded
        """Entities whose records cannot be one: a rival's doing, unless they are met again."""


class Joins:
    """The identity of one batch; every step runs inside the batch's transaction."""

    def __init__(
        self,
        connection: Connection[Any],
        statements: Statements,
        *,
        entity: int,
        resolve: Resolver,
        met: Collection[UUID] = (),
    ) -> None:
        """``met``: entities that an earlier try found crowded, and looked at anew did not change."""
        self._met = met
        self._connection = connection
        self._texts = statements
        self._resolve = resolve
        source, stream = statements.ids[statements.feed.stream]
        self._stream: StreamId = (source, stream)
        self._entity = entity
        self._names = {"entity": entity, "source": source, "stream": stream, "space": statements.space}
        self._releasing = False
        self.disabled: list[IdentityValue] = []
        """Values that this batch showed to be nobody's."""
        self.apart = False
        """Whether records came anew that had belonged to entities."""
        said = identities.said(statements.shape, statements.feed.stream.source)
        self._kinds = ", ".join(f"({kind}::int2, {value})" for kind, value in said.items())

    def _run(self, name: str, more: dict[str, Any] | None = None, **parts: str) -> Any:
        text = self._texts.fill(name, "identity", **parts)
        return self._connection.execute(text, self._names | (more or {}))

    def assign(self) -> None:
        """Give every newcomer of the batch its entity, and claim the values that nobody holds."""
        execute = self._connection.execute
        self.apart = self._run("returning").fetchone() is not None and self._part()
        claims = self._run("claim", kinds=self._kinds, identity=self._texts.identity).rowcount
        self._releasing = self._run("released", identity=self._texts.identity).rowcount > 0
        if self._releasing:
            execute(INDEXED)
            self._run("lock_releasing")
            self._run("release", {"after": False})
        if claims:
            self._claim()
        if self.apart:
            self._run("apart_known")
            self._run("apart_decision")
            references.look_again(self._connection, self._texts)

    def _part(self) -> bool:
        """Whoever returns and finds another of its stream in its entity comes anew; whether somebody does."""
        gone = [key for (key,) in self._run("dying")]
        self._connection.execute(INDEXED)
        found: int = self._run("apart", {"gone": gone}).rowcount
        self._connection.execute(STAGED)
        if found:
            self._run("apart_work")
        return found > 0

    def _claim(self) -> None:
        """Join whoever holds a value; claim what nobody holds."""
        execute = self._connection.execute
        execute(INDEXED)
        owned = self._run("owned").rowcount
        execute(STAGED)
        contested = [key for (key,) in self._run("contested")]
        if owned or contested:
            self._attach(contested)
        wanted, kept = self._run("keep_claims").fetchone()
        if wanted != kept:
            raise Rival

    def _attach(self, contested: Sequence[str]) -> None:
        self._run("attach")
        self._connection.execute(INDEXED)
        self._run("attach_taken")
        guards = self._texts.guards
        beside = self._run("beside", guards=self._texts.guarded("c")).rowcount if guards else 0
        self._connection.execute(STAGED)
        if beside:
            self._run("attach_guarded", guards=self._texts.guarded("s"))
        self._run("attach_crowded")
        hard = [key for (key,) in self._run("hard", {"contested": contested})]
        self._run("attach_simple", {"hard": hard})
        if hard:
            self.apply(self._hard(hard))

    def _hard(self, keys: Sequence[str]) -> Assignments:
        """Hand over to the resolver what it has to see."""
        said: dict[str, list[IdentityValue]] = defaultdict(list)
        who: dict[str, tuple[Any, ...]] = {}
        held: dict[IdentityValue, UUID] = {}
        rows = self._run("hard_claims", {"keys": list(keys)}).fetchall()
        for key, kind, value, entity, newcomer, owner, disabled, version, position, place in rows:
            who[key] = (position, place, version, key, entity, newcomer)
            if not disabled:
                said[key].append((kind, value))
                if owner is not None:
                    held[kind, value] = owner
        concerned = {*held.values(), *(each[4] for each in who.values() if not each[5])}
        gone = {key for (key,) in self._run("dying")}
        members: dict[UUID, set[StreamId]] = {entity: set() for entity in concerned}
        self._connection.execute(INDEXED)
        for entity, source, stream, key in self._run("hard_members", {"entities": list(concerned)}):
            if (source, stream) != self._stream or key not in gone:
                members[entity].add((source, stream))
        self._connection.execute(STAGED)
        arrivals = [
            Arrival(
                key=key,
                entity=entity,
                newcomer=newcomer,
                stream=self._stream,
                values=tuple(sorted(said[key])),
            )
            for _, _, _, key, entity, newcomer in sorted(who.values(), key=lambda each: each[:4])
        ]
        frozen = {entity: frozenset(streams) for entity, streams in members.items()}
        guarded = self._guarded(list(concerned), list(keys)) if self._texts.guards else {}
        parted = kept_apart(self._connection, self._entity, concerned)
        return self._resolve(arrivals, held, frozen, guarded, parted)

    def _guarded(self, entities: Sequence[UUID], keys: Sequence[str]) -> Mapping[UUID, frozenset[GuardValue]]:
        """What guards joins, as this batch leaves the entities concerned and its newcomers."""
        names = self._texts.guards
        found: dict[UUID, set[GuardValue]] = defaultdict(set)
        anew = {key for (key,) in self._run("saying_anew")}
        more = {"entities": entities, "keys": keys}
        self._connection.execute(INDEXED)
        rows = self._run("hard_guards", more, guards=self._texts.guarded("c")).fetchall()
        self._connection.execute(STAGED)
        for entity, source, stream, key, guard, value in rows:
            if (source, stream) != self._stream or key not in anew:
                found[entity].add((names[guard], value))
        for entity, guard, value in self._run("said_guards", more, guards=self._texts.guarded("s")):
            found[entity].add((names[guard], value))
        return {entity: frozenset(values) for entity, values in found.items()}

    def apply(self, found: Assignments) -> None:
        """Write what the resolver found."""
        for old, (new, key) in sorted(found.merges.items()):
            merge(self._connection, self._texts, self._names, old=old, new=new, key=key)
        if found.joins:
            keys, entities = list(found.joins), list(found.joins.values())
            self._run("join", {"keys": keys, "entities": entities})
        if found.refusals:
            kinds = [each.value[0] for each in found.refusals]
            values = [each.value[1] for each in found.refusals]
            self.disabled += [each.value for each in found.refusals]
            columns = {
                "keys": [each.key for each in found.refusals],
                "kinds": kinds,
                "values": values,
                "entities": [each.entity for each in found.refusals],
                "others": [each.other for each in found.refusals],
                "whys": [each.why for each in found.refusals],
            }
            self._run("refuse", columns)
            self._run("disable", {"kinds": kinds, "values": values, "owners": columns["others"]})
            self._run("disabled", {"kinds": kinds, "values": values})
            self._run("disabled_owned", {"kinds": kinds, "values": values})

    def confirm(self) -> None:
        """Read back, now that the entities are locked, what was looked up before; raises ``Rival``."""
        moved = self._connection.execute(self._texts.fill("moved")).fetchone()
        if moved or self._run("lost").fetchone():
            raise Rival
        crowded = frozenset(entity for (entity,) in self._run("crowded"))
        if self._texts.guards:
            differing = self._run("differing", guards=self._texts.guarded("c"))
            crowded |= {entity for (entity,) in differing}
        if crowded.difference(self._met):
            raise Rival(crowded)
        if self._releasing:
            # Records of one entity may have let go of one value together.
            self._run("release", {"after": True})
