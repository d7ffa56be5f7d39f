"""
What people decide about identity: two entities are one, one is two, two are never one.

Each decision is one transaction that no writer runs beside. It changes what a rebuild keeps (the
crosswalk, holders of values, redirects) and folds the entities concerned.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from engine.errors import SettingsError, StoreError
from engine.records.identity import IdentityValue
from engine.records.received import StreamName
from engine.records.shapes import EntityShape
from engine.store import holders, pins, references
from engine.store.batch import prepared
from engine.store.database import Connection
from engine.store.merging import MERGE, merge, pairs_apart
from engine.store.numbering import entity_id, stream_ids, streams_of
from engine.store.parting import Member, columns, going, members, said_by, sides
from engine.store.refold import refold
from engine.store.show import current
from engine.store.statements import Statements
from engine.store.versions import flip


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision and what it left."""

    number: int
    stays: UUID
    other: UUID
    """The id that went, that came back, or that is kept apart."""
    records: int
    """That were moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """Carries out what a person decides about entities of one shape, and commits."""

    connection: Connection
    shape: EntityShape
    who: str | None
    why: str

    def merge(self, one: UUID, other: UUID, *, overrule: bool = False) -> Decided:
        """
        Make two entities one; the older id stays.

        Raises ``SettingsError`` where they are one already, where two live records of one stream would
        stand together, and, unless it is to ``overrule``, where somebody decided to keep them apart.
        """
        texts, names = self._begin()
        new, old = self._two(one, other)
        crowd = self._run(texts, "crowded", {"ids": [new, old]}).fetchone()
        if crowd is not None:
            raise SettingsError(
                f"{', '.join(crowd[1])} of {crowd[0]} would be one: two records of a stream never are;"
                " let the source say that one of them is gone"
            )
        apart = [number for _, _, number in pairs_apart(self.connection, names["entity"], [new, old])]
        if apart and not overrule:
            raise SettingsError(
                f"decision {apart[-1]} keeps {new} and {old} apart: --overrule makes them one all the same"
            )
        decision = merge(
            self.connection, texts[0], names, old=old, new=new, key=None, who=self.who, why=self.why
        )
        moved = self.connection.execute(
            "SELECT count(*) FROM syncline.identity_member WHERE decision = %s AND entity_id = %s",
            [decision, old],
        ).fetchone()
        self._run(texts, "undo", {"decision": decision, "decisions": apart})
        revived = self._run(texts, "revive", {**names, "new": new}).fetchall()
        self._fold(texts[0], decision, [new], revived)
        self.connection.commit()
        return Decided(number=decision, stays=new, other=old, records=moved[0] if moved else 0)

    def split(self, former: UUID) -> Decided:
        """
        Undo the merge that made ``former`` another entity: it gets its id, its records and their values back.

        Raises ``SettingsError`` where it was never merged, or nothing is left of what it brought.
        """
        texts, names = self._begin()
        row = self.connection.execute(
            "SELECT r.new, r.decision FROM syncline.redirect r"
            " JOIN syncline.identity_decision d ON d.id = r.decision AND d.entity = %s WHERE r.old = %s",
            [names["entity"], former],
        ).fetchone()
        if row is None:
            raise SettingsError(
                f"{former} is no {self.shape.name} that was merged into another: give the id that went, or"
                " --record for a record that joined"
            )
        survivor, merged = row
        records = members(self.connection, self.shape, survivor)
        went, stayed = sides(self.connection, merged, former, survivor)
        gone = going(records, went=went, stayed=stayed, disabled=self._disabled(names, records))
        if not gone & went:
            raise SettingsError(
                f"none of the records that came with {former} is known to stand in {survivor}: name what is"
                " to be parted with --record"
            )
        self.connection.execute("DELETE FROM syncline.redirect WHERE old = %s", [former])
        return self._part(texts, names, survivor, former, gone, undoes=merged)

    def part(self, of: UUID, chosen: Sequence[tuple[StreamName, str]]) -> Decided:
        """
        Records become an entity of their own.

        Raises ``SettingsError`` for one that does not stand in the entity, and where none would stay.
        """
        texts, names = self._begin()
        survivor = current(self.connection, of)
        records = members(self.connection, self.shape, survivor)
        ids = stream_ids(self.connection, {stream for stream, _ in chosen})
        gone = set()
        for stream, key in chosen:
            member = (*ids[stream], key)
            if member not in records:
                raise SettingsError(f"{key} of {stream} is no record of {self.shape.name} {survivor}")
            gone.add(member)
        if gone == set(records):
            raise SettingsError(f"these are all records of {self.shape.name} {survivor}: nothing would stay")
        return self._part(texts, names, survivor, None, gone)

    def keep_apart(self, one: UUID, other: UUID) -> Decided:
        """Let nothing make these two one; raises ``SettingsError`` where they are, or it is so already."""
        texts, names = self._begin()
        stays, other = self._two(one, other)
        apart = pairs_apart(self.connection, names["entity"], [stays, other])
        if apart:
            raise SettingsError(f"decision {apart[-1][2]} keeps {stays} and {other} apart already")
        pair = {**names, "one": stays, "other": other, **self._signed()}
        (number,) = self._run(texts, "apart", pair).fetchone()
        self.connection.commit()
        return Decided(number=number, stays=stays, other=other, records=0)

    # How ----------------------------------------------------------------------------------------------

    def _begin(self) -> tuple[Sequence[Statements], dict[str, Any]]:
        """Every feed's statements, and numbers; no writer runs from here on."""
        first = prepared(self.connection, self.shape, self.shape.feeds[0])
        streams = {each for feed in self.shape.feeds for each in streams_of(self.shape, feed)}
        ids = stream_ids(self.connection, streams)
        texts = [first, *(replace(first, feed=feed, ids=ids) for feed in self.shape.feeds[1:])]
        flip(self.connection)
        entity = entity_id(self.connection, self.shape.name)
        row = self.connection.execute(
            "SELECT rebuilding FROM syncline.entity WHERE id = %s", [entity]
        ).fetchone()
        if row is not None and row[0]:
            raise StoreError(f"{self.shape.name} is being rebuilt: try again when it is done", code="held")
        if not texts[0].wide:
            raise SettingsError(
                f"one mapping feeds {self.shape.name}: its entities are records of one stream, which are"
                " never joined"
            )
        return texts, {"entity": entity, "source": None, "stream": None}

    def _signed(self) -> dict[str, str | None]:
        return {"who": self.who, "why": self.why}

    def _run(self, texts: Sequence[Statements], name: str, values: Mapping[str, Any]) -> Any:
        return self.connection.execute(texts[0].fill(name, "decisions"), values)

    def _two(self, one: UUID, other: UUID) -> tuple[UUID, UUID]:
        """As what they were merged into, the older first."""
        now = sorted({current(self.connection, one), current(self.connection, other)})
        if len(now) < 2:
            raise SettingsError(f"{one} and {other} are one {self.shape.name}: {now[0]}")
        return now[0], now[1]

    def _disabled(
        self, names: Mapping[str, Any], records: Mapping[Member, frozenset[IdentityValue]]
    ) -> set[Any]:
        values = sorted(said_by(records, records))
        return set(
            self.connection.execute(
                "SELECT i.kind, i.value FROM syncline.identity_key i"
                " JOIN unnest(%s::int2[], %s::text[]) x(kind, value) USING (kind, value)"
                " WHERE i.entity = %s AND i.disabled",
                [[kind for kind, _ in values], [value for _, value in values], names["entity"]],
            ).fetchall()
        )

    def _part(
        self,
        texts: Sequence[Statements],
        names: Mapping[str, Any],
        survivor: UUID,
        former: UUID | None,
        gone: Collection[Member],
        *,
        undoes: int | None = None,
    ) -> Decided:
        """Move records to an entity: ``former``, or one of their own."""
        said = members(self.connection, self.shape, survivor)
        pair = {**names, **columns(gone), **self._signed(), "survivor": survivor, "parted": former}
        (pair["decision"],) = self._run(texts, "split", pair).fetchone()
        if former is None:
            _, stream, key = min(gone)
            first = {"space": _space(texts, stream), "key": key}
            (pair["parted"],) = self._run(texts, "own_id", pair | first).fetchone()
        if undoes is not None:
            self._run(texts, "undo", {"decision": pair["decision"], "decisions": [undoes]})
        ids = {"ids": [survivor, pair["parted"]]}
        for step in ("merge_stub", "merge_lock"):
            self.connection.execute(texts[0].fill(step, "identity"), ids)
        for step in ("parted_members", "part", "part_open", "part_redirects"):
            self._run(texts, step, pair)
        theirs, ours = said_by(said, gone), said_by(said, set(said) - set(gone))
        for step, values in (("part_keys", theirs - ours), ("part_shared", theirs & ours)):
            self._run(texts, step, pair | _arrays(values))
        self._fold(texts[0], pair["decision"], [survivor, pair["parted"]], sorted(theirs))
        pins.repoint(self.connection, self.shape.name, [survivor, pair["parted"]])
        self._look_again(texts, survivor, {stream for _, stream, _ in gone})
        self.connection.commit()
        return Decided(number=pair["decision"], stays=survivor, other=pair["parted"], records=len(gone))

    def _fold(
        self, texts: Statements, decision: int, entities: Sequence[UUID], values: Sequence[IdentityValue]
    ) -> None:
        """What the entities are now, and what refers to them by values that passed between them."""
        self.connection.execute("DELETE FROM _touched")
        self.connection.execute(
            "INSERT INTO _touched SELECT x, true, false, 0 FROM unnest(%s::uuid[]) x ORDER BY x",
            [list(entities)],
        )
        refold(self.connection, texts, cause=MERGE, cause_id=decision, remember=True)
        by = holders.referring(self.connection, self.shape.name)
        holders.rehold(self.connection, texts, by, disabled=values)

    def _look_again(self, texts: Sequence[Statements], survivor: UUID, streams: Collection[int]) -> None:
        """What refers to the survivor through streams whose records went is pending again."""
        self.connection.execute("INSERT INTO _apart VALUES (NULL, %s, NULL)", [survivor])
        for each in texts:
            if each.ids[each.feed.stream][1] in streams:
                references.look_again(self.connection, each)


def _space(texts: Sequence[Statements], stream: int) -> str:
    """What is said before a key of a stream, where an id is made of it."""
    return next((each.space for each in texts if each.ids[each.feed.stream][1] == stream), texts[0].space)


def _arrays(values: Collection[IdentityValue]) -> dict[str, list[Any]]:
    ordered = sorted(values)
    return {"kinds": [kind for kind, _ in ordered], "values": [value for _, value in ordered]}
