"""The statements of a batch for one entity and feed: the texts of ``sql/``, columns filled in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from engine.records.received import StreamName
from engine.records.shapes import EntityShape, Feed, FieldShape
from engine.store import graves, identities, kept
from engine.store.entities import canonical, contribution, history, quoted
from engine.store.fold import Ids, alone, fold, unions, whole
from engine.store.sql import statement


@dataclass(frozen=True, kw_only=True)
class Statements:
    """Made once a feed; the texts are built when first asked for."""

    shape: EntityShape
    feed: Feed
    ids: Ids
    """Of every stream that feeds the entity, and of those that its references point into."""
    wide: bool
    """Whether contributions carry values, as the tables stand."""

    @cached_property
    def _digest(self) -> str:
        columns = repr((self.shape.name, self.shape.stage_columns, len(self.references), len(self.sought)))
        return sha256(columns.encode()).hexdigest()[:16]

    @cached_property
    def references(self) -> tuple[tuple[FieldShape, StreamName], ...]:
        """The ``ref`` fields that this feed fills, and the stream that each one's key belongs to."""
        return tuple(
            (field, self.feed.refs[field.name])
            for field in self.shape.fields
            if field.refers_to and field.name in self.feed.refs
        )

    @cached_property
    def sought(self) -> tuple[tuple[FieldShape, str, int], ...]:
        """The ``ref`` fields that this feed fills by identity values: the entity, and which of its keys."""
        by = self.feed.by_identity
        return tuple((field, *by[field.name]) for field in self.shape.fields if field.name in by)

    @cached_property
    def space(self) -> str:
        """What is said before a key, where an id is made of it."""
        stream = self.feed.stream
        return f"{self.shape.name}\x1f{stream.source}\x1f{stream.stream}\x1f"

    @cached_property
    def names(self) -> dict[str, str]:
        """Identifiers that every text may use."""
        return {
            "stage": f'pg_temp."stage_{self._digest}"',
            "work": f'pg_temp."work_{self._digest}"',
            "fresh": f'pg_temp."fresh_{self._digest}"',
            "words": f'pg_temp."words_{self._digest}"',
            "contribution": contribution(self.shape.name),
            "canonical": canonical(self.shape.name),
            "history": history(self.shape.name),
        }

    def fill(self, name: str, file: str = "batch", **parts: str) -> str:
        """The text of a statement, by name."""
        return statement(file, name).format(**self.names, **parts)

    # The stage ----------------------------------------------------------------------------------------

    @cached_property
    def copy(self) -> str:
        """COPY into the stage."""
        return f"COPY {self.names['stage']} FROM STDIN"

    # What each row does ------------------------------------------------------------------------------

    def resolve(self, *, buried: bool, rebuild: bool) -> str:
        """The crosswalk; ``buried`` where the stream has tombstones."""
        joins, fate = [], "s._fate"
        incarnation, dead_run = ("b.before", "b.run") if buried else ("0::int2", "NULL::int8")
        if buried:
            joins.append(graves.buried("s", "s._record" if self.feed.opens else None))
        if self.feed.opens:
            joins.append(self.fill("outdated"))
            fate = (
                "CASE WHEN s._fate = 0 AND (r._incarnation, r._version, r._position, r._place)"
                f" > ({incarnation}, s._version, s._position, s._place) THEN 2::int2 ELSE s._fate END"
            )
        joins += self.parents
        numbers = range(len(self.references))
        return self.fill(
            "resolve",
            incarnation=incarnation,
            dead_run=dead_run,
            fate=fate,
            was="c._identity" if self.shape.kinds else "NULL::text[]",
            # A rebuild takes responses in any order: even an unchanged row moves its order key. So does a
            # patch that changes nothing.
            leave_same="false" if rebuild or self.feed.partial else "true",
            joins="\n        ".join(joins),
            p_parents="".join(f", p{n}._entity_id AS r{n}" for n in numbers),
            q_parents="".join(f", q.r{n}" for n in numbers),
        )

    @cached_property
    def parents(self) -> list[str]:
        """Joins of a staged row ``s`` to whom it refers to by keys, as far as the crosswalk knows them."""
        own_source, own_stream = self.ids[self.feed.stream]
        return [
            self.fill(
                "parent",
                parent=contribution(str(field.refers_to)),
                alias=f"p{n}",
                source_step=str(self.ids[parent][0] - own_source),
                stream_step=str(self.ids[parent][1] - own_stream),
                column=quoted(field.columns[0][0]),
            )
            for n, (field, parent) in enumerate(self.references)
        ]

    @cached_property
    def withdraw(self) -> str:
        """Elements that the batch's records said before."""
        return self.fill("withdraw", was="c._identity" if self.shape.kinds else "NULL::text[]")

    # What every record says --------------------------------------------------------------------------

    @cached_property
    def identity(self) -> str:
        """The row's normalised identity values, by kind."""
        return identities.array(self.shape, self.feed.stream.source)

    @cached_property
    def guards(self) -> tuple[str, ...]:
        """Fields that guard joins; none where contributions carry no values: one stream joins nothing."""
        return self.shape.guards if self.wide else ()

    def guarded(self, alias: str) -> str:
        """``(guard, value as text)`` of a row that says all fields, as ``VALUES`` has it."""
        return ", ".join(
            f'({n}::int2, {alias}.{quoted(name)}::text COLLATE "C")' for n, name in enumerate(self.guards)
        )

    @cached_property
    def _values(self) -> dict[str, str]:
        """Column → its value from the stage, with references resolved."""
        resolved = {field.name: self.parent(n) for n, (field, _) in enumerate(self.references)}
        resolved |= {field.name: f"w.h{n}" for n, (field, _, _) in enumerate(self.sought)}
        values = {}
        for field in self.shape.fields:
            for column, kind in field.columns:
                plain = f"NULL::{kind}" if field.refers_to else f"s.{quoted(column)}"
                values[column] = resolved.get(field.name, plain)
        return values

    def parent(self, n: int) -> str:
        """The entity that a row's n-th reference points at, where it is known."""
        return f"coalesce(i{n}.eid, w.r{n})" if self.here[n] else f"w.r{n}"

    @cached_property
    def here(self) -> tuple[bool, ...]:
        """For each reference: whether its parent may be in the same batch."""
        return tuple(
            parent == self.feed.stream and field.refers_to == self.shape.name
            for field, parent in self.references
        )

    @cached_property
    def parents_here(self) -> str:
        """Joins to parents in the same batch."""
        return "\n".join(
            self.fill("parent_here", alias=f"i{n}", column=quoted(field.columns[0][0]))
            for n, (field, _) in enumerate(self.references)
            if self.here[n]
        )

    def upsert(self, *, fresh: bool) -> str:
        """What every record says now; ``fresh`` where none of them was there before."""
        columns = [quoted(column) for column in self._values] if self.wide else []
        updates = ", _identity = excluded._identity" if self.shape.kinds else ""
        updates += kept.left(columns, marked=kept.marked(self.shape, self.feed))
        return self.fill(
            "upsert",
            identity_column=", _identity" if self.shape.kinds else "",
            identity_value=f", CASE WHEN w.lives THEN {self.identity} END" if self.shape.kinds else "",
            value_columns="".join(f", {column}" for column in columns),
            values="".join(f", {value}" for value in self._values.values()) if self.wide else "",
            parents_here=self.parents_here if self.wide else "",
            conflicts="" if fresh else self.fill("newer", updates=updates),
        )

    # What the entities are then ----------------------------------------------------------------------

    @cached_property
    def touch(self) -> str:
        """Entities of the batch."""
        sole = "(w.kind = 2 OR (w.kind = 3 AND w.lived)) AND w.lives"
        return self.fill("touch", many=f"NOT bool_and({sole}) OR count(*) > 1" if self.wide else "false")

    @cached_property
    def stub(self) -> str:
        """Rows to lock: not for newcomers, whom nobody else can know yet."""
        known = f"SELECT w.eid FROM {self.names['work']} w WHERE w.kind IN (3, 6, 7)"
        return self.fill("stub", stubbed=f"many OR id IN ({known})")

    @cached_property
    def ended(self) -> str:
        """Entities that are over."""
        sources = {
            self.ids[feed.stream][0]
            for feed in self.shape.feeds
            if feed.stream.source in self.shape.end_entity
        }
        by = self.fill("ended_by", sources=", ".join(map(str, sorted(sources)))) if sources else ""
        return self.fill("ended", ended_by=by)

    def sole(self, *, raw_id: bool) -> str:
        """Rows from the stage as they are."""
        said = "s._said"
        open_bits = [
            f"CASE WHEN {self._values[field.columns[0][0]]} IS NULL THEN {1 << field.bit}::int8 ELSE 0 END"
            for field in self.shape.fields
            if field.refers_to
        ]
        if open_bits:
            said = f"(s._said & ~({' | '.join(open_bits)}))"
        return self.fill(
            "sole",
            said=whole(self.shape, said),
            fresh_raw=", s._raw_id" if raw_id else "",
            sole_values=", ".join(self._sole_values()),
            sole_touched="JOIN _touched t ON t.id = w.eid AND NOT t.many AND NOT t.ended"
            if self.wide
            else "",
            parents_here=self.parents_here,
        )

    def _sole_values(self) -> list[str]:
        united = {
            field.columns[0][0]: field for field in self.shape.fields if field.name in unions(self.shape)
        }
        return [
            alone(united[column], value) if column in united else value
            for column, value in self._values.items()
        ]

    def fold(self, *, raw_id: bool) -> str:
        """Rows of entities with several contributors."""
        return fold(self.shape, self.ids, where="t.many AND NOT t.ended", raw_id=raw_id)

    def publish(self, rows: str, *, fresh: bool = False) -> str:
        """
        Write canonical rows: ``rows`` selects id, ``_won`` and every value column. ``fresh``: of entities
        that have none.
        """
        names = [quoted(column) for column in self._values]
        differs = self.fill(
            "differs",
            sets=", ".join(f"{name} = excluded.{name}" for name in names),
            olds=", ".join(f"o.{name}" for name in names),
            news=", ".join(f"excluded.{name}" for name in names),
        )
        conflicts = "" if fresh else differs
        return self.fill("publish", rows=rows, names=", ".join(names), conflicts=conflicts)

    @cached_property
    def freshen(self) -> str:
        """Columns of a canonical row to be, as an INSERT names them."""
        columns = ", ".join(quoted(column) for column in self._values)
        return f"INSERT INTO {self.names['fresh']} (id, _won, _raw_id, {columns})"

    @cached_property
    def publish_fresh(self) -> str:
        """From the rows about to be written."""
        columns = ", ".join(quoted(column) for column in self._values)
        return self.publish(f"SELECT id, _won, {columns} FROM {self.names['fresh']} WHERE true ORDER BY id")

    @cached_property
    def remember(self) -> str:
        """Former rows whose values change."""
        names = [quoted(column) for column in self._values]
        return self.fill(
            "remember",
            names=", ".join(names),
            olds=", ".join(f"o.{name}" for name in names),
            fresh_values=", ".join(f"r.{name}" for name in names),
        )

    @cached_property
    def end(self) -> str:
        """Ended entities leave."""
        names = [quoted(column) for column in self._values]
        return self.fill("end", names=", ".join(names), olds=", ".join(f"o.{name}" for name in names))
