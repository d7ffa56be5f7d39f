"""
A batch of patches: laid over what is kept of their keys, then loaded like records that say it all.

What is kept is read before the fence: only the holder of the stream's lease writes it, and the fence
tells whether it still is. From the stage on, everything is as for any other stream.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import md5

from engine.records.mapped import Accounting, Completer, Patch, Whole
from engine.records.received import Fate, Rejection
from engine.store import dead_letters, last_words, ledger
from engine.store.batch import Batch
from engine.store.dead_letters import Opening
from engine.store.kept import marked
from engine.store.notation import to_text
from engine.store.numbering import mapping_id
from engine.store.patches import Folded, fold, merged
from engine.store.planner import INDEXED, STAGED
from engine.store.points import reach
from engine.store.sql import statement
from engine.store.staging import Part, Row, Staged, rows_of
from engine.store.statements import Statements

_DEAD = 4
"""How a patch counts that is sound, and whose whole is not."""
_HEAD = 10
"""Columns of the stage before identity values and fields."""


@dataclass(kw_only=True)
class _Laid:
    """The patches of a batch, laid over those that are kept."""

    folded: dict[str, Folded] = field(default_factory=dict)
    """By key."""
    wholes: dict[str, Whole] = field(default_factory=dict)
    """Of the keys that are staged, where their record is not deleted."""
    dropped: set[tuple[int, int]] = field(default_factory=set)
    """``(raw id, place)`` of patches of which nothing counts any more."""


@dataclass(kw_only=True)
class PatchBatch(Batch):
    """One batch of a stream of patches, as often as it has to be tried."""

    complete: Completer
    _laid: _Laid = field(init=False, default_factory=_Laid)

    def _stage(self, texts: Statements, rows: Collection[Row] | None) -> Staged:
        source, stream = texts.ids[self.feed.stream]
        mapping = mapping_id(self.connection, self.feed.mapping)
        chosen = rows_of(self.parts) if rows is None else rows
        came: dict[str, list[Patch]] = defaultdict(list)
        for patch in self._patches(chosen):
            came[patch.key].append(patch)
        names = {"source": source, "stream": stream, "mapping": mapping, "keys": sorted(came)}
        self.connection.execute(INDEXED)
        stored: dict[str, list[Patch]] = defaultdict(list)
        for row in self.connection.execute(statement("patches", "read"), names):
            stored[row[0]].append(_patch(row))
        graves: dict[str, list[int]] = dict(
            self.connection.execute(statement("patches", "graves"), names).fetchall()
        )
        self._laid = laid = _Laid()
        lines, words = [], []
        kept: list[Patch] = []
        for key, some in came.items():
            every = merged(stored[key], some)
            folded = fold(every, graves.get(key, ()), self.activation, keeps=marked(self.shape, self.feed))
            laid.folded[key] = folded
            laid.dropped |= {(each.raw_id, each.place) for each in folded.dropped}
            kept += self._kept(every, stored[key], folded)
            if folded.top is not None:
                lines.append((source, stream, self.activation, *self._line(folded.top, folded)))
            if folded.before is not None:
                last, says = folded.before
                words.append((source, stream, self.activation, *self._said(last, self.complete(says))))
        self._copy(texts, lines, kept)
        last_words.lay(self.connection, texts, words)
        return Staged(text="", rows=len(lines), lost=Counter(), overtaken=frozenset())

    def _patches(self, rows: Collection[Row]) -> list[Patch]:
        """The patches of these rows and all refused ones, also those that PostgreSQL refuses."""
        found = [self.parts[row.part].mapped.patches[row.index] for row in rows]
        found += [each for part in self.parts for each in part.mapped.refused]
        for row in self.refused:
            patch = self.parts[row.part].mapped.patches[row.index]
            found.append(replace(patch, fate=int(Fate.REFUSED), says=dict.fromkeys(patch.says)))
        return [replace(each, activation=self.activation) for each in found]

    @staticmethod
    def _kept(every: Sequence[Patch], stored: Sequence[Patch], folded: Folded) -> list[Patch]:
        """What has to be written: what is new and still counts."""
        known = {id(each) for each in stored} | {id(each) for each in folded.dropped}
        top = folded.top
        if top is None:
            return [each for each in every if id(each) not in known]
        at = (top.position, top.place)
        kept = [each for each in every if id(each) not in known and (each.position, each.place) != at]
        return kept if top in stored else [*kept, top]

    def _line(self, top: Patch, folded: Folded) -> tuple[object, ...]:
        """The row of a key for the stage, in the order of ``EntityShape.stage_columns``."""
        whole = None if top.fate == Fate.DELETED else self.complete(folded.says)
        if whole is not None:
            self._laid.wholes[top.key] = whole
        return self._said(top, whole)

    def _said(self, top: Patch, whole: Whole | None) -> tuple[object, ...]:
        """``whole`` None: the record is deleted. One that is not complete says nothing, and is there."""
        fate = Fate.DELETED
        if whole is not None:
            fate = Fate.SAYS if whole.complete and whole.passes else Fate.FILTERED
        said = 0
        values: tuple[str | None, ...] = (None,) * (len(self.shape.stage_columns) - _HEAD)
        if whole is not None and fate == Fate.SAYS:
            said, values = whole.said, (*whole.identity, *whole.columns)
        digest = md5(repr((int(fate), said, values)).encode(), usedforsecurity=False).digest()
        number = int.from_bytes(digest[:8], "big", signed=True)
        order = (top.version, top.position, top.raw_id, top.place)
        return (top.key, None, int(fate), *order, number, top.founded, said, *values)

    def _copy(self, texts: Statements, lines: Sequence[tuple[object, ...]], kept: Sequence[Patch]) -> None:
        with self.connection.cursor() as cursor:
            with cursor.copy(texts.copy) as copy:
                for line in lines:
                    copy.write_row(line)
                reach("rows.copying")
            with cursor.copy("COPY _patches FROM STDIN") as copy:
                for each in kept:
                    head = (each.key, each.version, each.position, each.place, each.raw_id)
                    copy.write_row((*head, each.activation, each.fate, each.founded, to_text(each.says)))

    def _rows(self, texts: Statements, names: Mapping[str, int]) -> None:
        dropped = [each for folded in self._laid.folded.values() for each in folded.dropped]
        super()._rows(texts, names)
        execute = self.connection.execute
        execute(statement("patches", "keep"), names)
        if dropped:
            execute(INDEXED)
            columns = {
                "keys": [each.key for each in dropped],
                "positions": [each.position for each in dropped],
                "places": [each.place for each in dropped],
            }
            execute(statement("patches", "drop"), {**names, **columns})
            execute(STAGED)

    # Books -------------------------------------------------------------------------------------------

    def _books(
        self,
        texts: Statements,
        names: Mapping[str, int],
        staged: Staged,  # noqa: ARG002  # its rows are wholes, and patches are counted
    ) -> list[Accounting]:
        rejected = [(part, each) for part in self.parts for each in part.mapped.rejections]
        rejected += [(self.parts[row.part], each) for row, each in self.refused.items()]
        counts = Counter(part.mapped.response.id for part, _ in rejected)
        stand = self._letters(names, texts, rejected)
        verdicts: dict[str, int] = dict(self.connection.execute(texts.fill("verdicts", "patches")).fetchall())
        accounts = []
        for number, part in enumerate(self.parts):
            tally = self._tally(number, part, verdicts)
            raw_id = part.mapped.response.id
            dead = stand.get(raw_id, 0)
            accounts.append(
                Accounting(
                    records=part.mapped.elements,
                    changed=tally[ledger.CHANGED],
                    same=tally[ledger.SAME],
                    stale=tally[ledger.STALE] + counts[raw_id] - dead,
                    filtered=tally[ledger.FILTERED],
                    dead=dead + tally[_DEAD],
                )
            )
        ledger.enter(self.connection, texts, names, self.parts, accounts, grounds={})
        return accounts

    def _tally(self, number: int, part: Part, verdicts: Mapping[str, int]) -> Counter[int]:
        """How the sound patches of a response count: as their whole does, if anything of them does."""
        tally: Counter[int] = Counter()
        for index, patch in enumerate(part.mapped.patches):
            if Row(part=number, index=index) in self.refused:
                continue
            whole = self._laid.wholes.get(patch.key)
            if (patch.raw_id, patch.place) in self._laid.dropped:
                tally[ledger.STALE] += 1
            elif whole is not None and whole.passes and whole.faults:
                tally[_DEAD] += 1
            else:
                tally[verdicts[patch.key]] += 1
        return tally

    def _letters(
        self, names: Mapping[str, int], texts: Statements, rejected: Sequence[tuple[Part, Rejection]]
    ) -> dict[int, int]:
        """Answer and open letters, about patches and about wholes; of the first how many a response."""
        laid = self._laid
        about_patches = [
            _opening(part, each)
            for part, each in rejected
            if (part.mapped.response.id, each.place) not in laid.dropped
        ]
        unfit = {key: whole for key, whole in laid.wholes.items() if whole.passes and whole.faults}
        about_wholes = []
        for key, whole in unfit.items():
            top = laid.folded[key].top
            if top is not None:
                about_wholes.append(_about(top, whole))
        answered = [key for key, each in laid.folded.items() if each.top is not None and key not in unfit]
        answered += [f"#{raw_id}:{place}" for raw_id, place in laid.dropped]
        self.connection.execute(statement("patches", "answer"), {**names, "subjects": answered})
        responses = [part.mapped.response.id for part in self.parts]
        openings = [*about_patches, *about_wholes]
        again = {"responses": responses, "subjects": [each.subject for each in openings]}
        self.connection.execute(texts.fill("answer_responses", "books"), {**names, **again})
        opened = dead_letters.open_all(self.connection, texts, names, openings)
        return Counter(each.raw_id for each in about_patches if each.subject in opened)


def _patch(row: Sequence[object]) -> Patch:
    names = ("key", "version", "position", "place", "raw_id", "activation", "fate", "founded", "says")
    return Patch(**dict(zip(names, row, strict=True)))  # type: ignore[arg-type] # as the statement names them


def _opening(part: Part, rejection: Rejection) -> Opening:
    """A letter about one patch: others of its key may have their own."""
    raw_id = part.mapped.response.id
    return Opening(
        subject=f"#{raw_id}:{rejection.place}",
        key=rejection.key,
        raw_id=raw_id,
        place=rejection.place,
        version=rejection.version,
        position=part.mapped.response.position,
        stage=rejection.stage,
        faults=rejection.faults,
    )


def _about(top: Patch, whole: Whole) -> Opening:
    """A letter about what all patches of a key say together, by the newest of them."""
    return Opening(
        subject=top.key,
        key=top.key,
        raw_id=top.raw_id,
        place=top.place,
        version=top.version,
        position=top.position,
        stage="map",
        faults=whole.faults,
    )
