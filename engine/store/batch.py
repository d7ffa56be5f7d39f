"""
The steps of transaction 2, each in a statement of its own.

The crosswalk, identity, contributions, locks, and in a new snapshot the fold; then the books.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import psycopg

from engine.records.identity import Resolver
from engine.records.mapped import Accounting
from engine.records.received import Rejection
from engine.records.shapes import EntityShape, Feed
from engine.store import dead_letters, holders, last_words, ledger, newcomers, references, uniques
from engine.store.database import Connection, commit
from engine.store.entities import stored_columns, value_columns
from engine.store.graves import Grave
from engine.store.joins import Joins, Rival
from engine.store.leases import Lease, fence
from engine.store.numbering import entity_id, mapping_id, stream_ids, streams_of
from engine.store.overlay import overlay, pinned
from engine.store.planner import INDEXED, PROBING, STAGED
from engine.store.points import reach
from engine.store.refold import refold_others
from engine.store.sql import statement
from engine.store.staging import Graves, Part, Row, Staged, refusal, repeated, rows_of, stage
from engine.store.statements import Statements
from engine.store.temporary import make_all
from engine.store.versions import writing
from engine.store.withholding import withhold

REFUSED = (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.ProgramLimitExceeded)
"""What PostgreSQL says of a value that it does not take."""


def prepared(connection: Connection, shape: EntityShape, feed: Feed) -> Statements:
    """The statements of a feed for the tables as they stand, with their temporary tables made."""
    ids = stream_ids(connection, streams_of(shape, feed))
    stored = stored_columns(connection, shape.name)
    wide = any(column in stored for column, _ in value_columns(shape))
    texts = Statements(shape=shape, feed=feed, ids=ids, wide=wide)
    make_all(connection, texts)
    connection.commit()
    return texts


@dataclass(kw_only=True)
class Batch:
    """One batch of one feed, as often as it has to be tried."""

    connection: Connection
    lease: Lease
    shape: EntityShape
    feed: Feed
    activation: int
    parts: Sequence[Part]
    resolve: Resolver
    rebuild: bool
    fresh: bool
    """The stream had said nothing yet when its run began: who is new to it is written without looking."""
    refused: dict[Row, Rejection] = field(default_factory=dict)
    crowded: set[UUID] = field(default_factory=set)
    """Entities that an earlier try found with two records of one stream, or differing in a guard."""

    def run(self) -> Sequence[Accounting]:
        """Once through the whole transaction."""
        texts = prepared(self.connection, self.shape, self.feed)
        names = self._names(texts)
        rows = None
        if self.refused:
            rows = [row for row in rows_of(self.parts) if row not in self.refused]
        staged = self._stage(texts, rows)
        reach("rows.copy")
        fence(self.connection, self.lease)
        reach("rows.fenced")
        self._rows(texts, names)
        reach("rows.folded")
        accounts = self._books(texts, names, staged)
        commit(self.connection, "rows")
        return accounts

    def _names(self, texts: Statements) -> dict[str, int]:
        source, stream = texts.ids[self.feed.stream]
        names = {
            "source": source,
            "stream": stream,
            "activation": self.activation,
            "mapping": mapping_id(self.connection, self.feed.mapping),
            "entity": entity_id(self.connection, self.shape.name),
        }
        self.connection.commit()
        return names

    def _stage(self, texts: Statements, rows: Collection[Row] | None) -> Staged:
        source, stream = texts.ids[self.feed.stream]
        prefix = f"{source}\t{stream}\t{self.activation}\t"
        graves = self._graves({"source": source, "stream": stream})
        staged = stage(self.parts, prefix, opens=self.feed.opens, only=rows, graves=graves)
        with self.connection.cursor() as cursor, cursor.copy(texts.copy) as copy:
            copy.write(staged.text)
            reach("rows.copying")
        last_words.lay(self.connection, texts, staged.words)
        return staged

    def _graves(self, names: Mapping[str, int]) -> Graves:
        """Deletes that nobody marked, of records that come more than once in this batch."""
        found: dict[str, list[Grave]] = {}
        keys = set() if self.feed.keyed else repeated(self.parts, opens=self.feed.opens)
        if keys:
            rows = self.connection.execute(statement("listed", "graves"), {**names, "keys": sorted(keys)})
            for key, position, said in rows:
                found.setdefault(key, []).append(Grave(position=position, said=said))
        return found

    def _rows(self, texts: Statements, names: Mapping[str, int]) -> None:
        """From the stage to canonical rows, under the fence."""
        execute = self.connection.execute
        writing(self.connection)
        held = pinned(self.connection, self.shape.name)
        if held is not None and not texts.wide:
            raise Rival  # somebody has pinned the first field since the statements were made
        parents = [texts.ids[parent][1] for _, parent in texts.references]
        references.hold_streams(self.connection, names["stream"], parents)
        referring = holders.referring(self.connection, self.shape.name) if self.shape.identity else ()
        targets = [entity_id(self.connection, target) for _, target, _ in texts.sought]
        holders.hold_entities(self.connection, names["entity"] if referring else None, targets)
        uniques.hold(self.connection, texts)
        execute(INDEXED)
        buried = (
            not self.feed.keyed
            and execute(  # keys of the mapping's own are no record's
                "SELECT 1 FROM syncline.tombstone WHERE source = %(source)s AND stream = %(stream)s LIMIT 1",
                names,
            ).fetchone()
        )
        execute(texts.resolve(buried=bool(buried), rebuild=self.rebuild), {**names, "space": texts.space})
        execute(STAGED)
        self._correct(texts, names)
        if self.rebuild:
            newcomers.note(self.connection, texts, names)
        joins = None
        if self.shape.kinds and not self.rebuild:
            entity = names["entity"]
            joins = Joins(self.connection, texts, entity=entity, resolve=self.resolve, met=self.crowded)
            joins.assign()
            execute(STAGED)
        holders.find(self.connection, texts)
        all_new = not self._any(texts, "kind IN (3, 6, 7)")
        execute(texts.upsert(fresh=self.fresh and all_new))
        kept = last_words.keep(self.connection, texts)
        self._fold(texts, joins, known=kept or not all_new, laid=bool(held))
        execute(STAGED)
        if any(field.refers_to for field in self.shape.fields):
            references.park(self.connection, texts, entity=names["entity"], all_new=all_new)
            last_words.refer(self.connection, texts, names)
        references.link(self.connection, texts)
        execute(STAGED)
        if joins:
            holders.rehold(self.connection, texts, referring, disabled=joins.disabled)

    def _correct(self, texts: Statements, names: Mapping[str, int]) -> None:
        """What the order keys alone do not show."""
        execute = self.connection.execute
        execute(texts.fill("insist"), names)
        if not self.feed.opens:
            return
        execute(PROBING)
        found = execute(texts.withdraw).rowcount
        execute(STAGED)
        if found:
            execute(texts.fill("said_again"))
            rejected = [each.key for part in self.parts for each in part.mapped.rejections if each.key]
            rejected += [each.key for each in self.refused.values() if each.key]
            # A refused element is not gone: what its last good version said stays.
            execute(
                f"DELETE FROM {texts.names['work']} WHERE kind = 6 AND key = ANY (%s::text[])", [rejected]
            )
            execute(INDEXED)
            execute(texts.fill("withdrawn"), names)
            execute(STAGED)

    def _any(self, texts: Statements, where: str) -> bool:
        text = f"SELECT 1 FROM {texts.names['work']} WHERE {where} LIMIT 1"
        return self.connection.execute(text).fetchone() is not None

    def _fold(self, texts: Statements, joins: Joins | None, *, known: bool, laid: bool) -> None:
        """Lock the entities, and in new statements (new snapshots) write what they are now."""
        execute = self.connection.execute

        def over(rows: str, *, raw_id: bool) -> str:
            return overlay(self.shape, rows, raw_id=raw_id) if laid else rows

        if known or texts.wide:  # newcomers that nobody else speaks for are neither locked nor folded
            execute(texts.touch)
        last_words.touch(self.connection, texts, apart=joins is not None and joins.apart)
        if known:
            execute(INDEXED)
            if texts.wide:
                execute(texts.stub)
                execute(texts.fill("lock"))
            if joins:
                joins.confirm()
            execute(STAGED)
            if texts.wide:
                execute(texts.fill("classify"))
        endings = known and (bool(self.shape.end_entity) or self._any(texts, "eid IS NOT NULL AND NOT lives"))
        if endings:
            execute(INDEXED)
            execute(texts.ended)
            execute(STAGED)
        remembers = known and self.shape.history and not self.rebuild
        many = texts.wide and execute("SELECT 1 FROM _touched WHERE many LIMIT 1").fetchone() is not None
        withholds = self.shape.withholds
        others: Sequence[UUID] = ()
        if remembers or withholds:
            execute(f"{texts.freshen} {over(texts.sole(raw_id=True), raw_id=True)}")
            execute(INDEXED)
            if many:
                execute(f"{texts.freshen} {over(texts.fold(raw_id=True), raw_id=True)}")
            if withholds:
                execute(STAGED)
                others = withhold(self.connection, texts)
                execute(INDEXED)
            if remembers:
                execute(texts.remember, {"cause": 1, "cause_id": None})
            execute(texts.publish_fresh)
        else:
            execute(
                texts.publish(over(texts.sole(raw_id=False), raw_id=False), fresh=self.fresh and not known)
            )
            execute(INDEXED)
            if many:
                execute(texts.publish(over(texts.fold(raw_id=False), raw_id=False)))
        if endings or withholds:
            execute(STAGED)
            execute(texts.end, {"cause": 1, "cause_id": None, "kept": not self.rebuild})
        because = max(part.mapped.response.id for part in self.parts)
        refold_others(self.connection, texts, others, because=because, remember=not self.rebuild)

    def _books(self, texts: Statements, names: Mapping[str, int], staged: Staged) -> list[Accounting]:
        rejected = [(part, each) for part in self.parts for each in part.mapped.rejections]
        rejected += [(self.parts[row.part], each) for row, each in self.refused.items()]
        responses = [part.mapped.response.id for part in self.parts]
        letters = dead_letters.settle(self.connection, texts, names, rejected, responses)
        counts = Counter(part.mapped.response.id for part, _ in rejected)
        return ledger.write(
            self.connection, texts, names, self.parts, staged, rejected=counts, letters=letters
        )

    def search(self) -> None:
        """Find the rows that PostgreSQL refuses, by halves; raises where no single row is to blame."""
        texts = prepared(self.connection, self.shape, self.feed)
        names = self._names(texts)
        before = len(self.refused)
        rows = [row for row in rows_of(self.parts) if row not in self.refused]
        error = self._halve(texts, names, rows)
        self.connection.rollback()
        if error is not None and len(self.refused) == before:
            raise error

    def _halve(
        self, texts: Statements, names: Mapping[str, int], rows: Sequence[Row]
    ) -> psycopg.Error | None:
        error = self._trial(texts, names, rows)
        if error is None:
            return None
        if len(rows) == 1:
            (row,) = rows
            code = f"postgres-{error.sqlstate}" if error.sqlstate else "postgres"
            message = error.diag.message_primary or str(error)
            self.refused[row] = refusal(self.parts[row.part], row.index, code, message)
            return error
        middle = len(rows) // 2
        for half in (rows[:middle], rows[middle:]):
            self._halve(texts, names, half)
        return error

    def _trial(
        self, texts: Statements, names: Mapping[str, int], rows: Sequence[Row]
    ) -> psycopg.Error | None:
        """Load these rows and take it all back; what PostgreSQL said, where it refused."""
        self.connection.execute("SAVEPOINT trial")
        try:
            self._stage(texts, rows)
            self._rows(texts, names)
        except REFUSED as error:
            return error
        except Rival:
            return None
        finally:
            self.connection.execute("ROLLBACK TO SAVEPOINT trial")
        return None
