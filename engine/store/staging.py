"""Which rows of a batch are staged: one a key, the highest order key wins, as text for COPY."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from engine.records.mapped import Mapped
from engine.records.received import Fate, Fault, Rejection
from engine.store.graves import Grave

_RECORD, _FATE, _FOUNDED = 1, 2, 8
"""Places in a line, by ``EntityShape.stage_columns``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one response gives to a batch."""

    mapped: Mapped
    keys: bytes
    """8-byte hashes of its records' keys, see ``ledger.key_hashes``."""
    rests: Collection[int] | None = None
    """Responses on which the contributions of its skipped records rest; None where unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """Rows to COPY, and what became of those that are not among them."""

    text: str
    rows: int
    lost: Counter[int]
    """By raw id: rows (not of fate RECORD) that another row of the same key beat."""
    overtaken: frozenset[int]
    """Raw ids of which a row was beaten by one of another response."""
    words: str = ""
    """Rows to COPY beside them: of keys that a marker ends, what the batch says of them last before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a batch, by its place in it."""

    part: int
    index: int


def rows_of(parts: Sequence[Part]) -> list[Row]:
    """Every row of a batch."""
    return [
        Row(part=number, index=index)
        for number, part in enumerate(parts)
        for index in range(len(part.mapped.keys))
    ]


def refusal(part: Part, index: int, rejection_code: str, message: str) -> Rejection:
    """The dead letter of a row that PostgreSQL refuses."""
    mapped = part.mapped
    return Rejection(
        place=mapped.places[index],
        key=mapped.keys[index],
        version=mapped.versions[index],
        stage="load",
        faults=(Fault(code=rejection_code, message=message),),
    )


Graves = Mapping[str, Sequence[Grave]]
"""Key of a record → its deletes that nobody marked."""


def repeated(parts: Sequence[Part], *, opens: bool) -> set[str]:
    """What tombstones may call the records that come more than once in a batch."""
    counts = Counter(key for part in parts for key in part.mapped.keys)
    if len(counts) == sum(counts.values()):
        return set()
    return {
        name
        for row in rows_of(parts)
        if counts[parts[row.part].mapped.keys[row.index]] > 1
        for name in _subjects(parts, row, opens=opens)
    }


def _subjects(parts: Sequence[Part], row: Row, *, opens: bool) -> tuple[str, ...]:
    """A record's key; after ``each``, where one of a single part is escaped, both its forms."""
    mapped = parts[row.part].mapped
    if not opens:
        return (mapped.keys[row.index],)
    record = _record(mapped.lines[row.index].split("\t", _RECORD + 1))
    return record, record.replace("~1", "/").replace("~0", "~")


def stage(
    parts: Sequence[Part],
    prefix: str,
    *,
    opens: bool,
    only: Collection[Row] | None = None,
    graves: Graves = MappingProxyType({}),
) -> Staged:
    """The staged rows of a batch; ``only`` these, where PostgreSQL refuses one and it is searched for.

    ``prefix`` is put before every line: the columns that all rows share. ``graves``: of ``repeated``.
    """
    if only is None:
        keys = [key for part in parts for key in part.mapped.keys]
        if len(set(keys)) == len(keys):
            lines = [line for part in parts for line in part.mapped.lines]
            return _staged(lines, prefix, Counter(), frozenset())
        only = rows_of(parts)
    return _winners(parts, prefix, only, graves, opens=opens)


def _winners(
    parts: Sequence[Part], prefix: str, only: Collection[Row], graves: Graves, *, opens: bool
) -> Staged:
    def order(row: Row) -> tuple[int, int, int, int]:
        return (_incarnation(parts, row, graves, opens=opens), *_order(parts, row))

    best: dict[str, Row] = {}
    said: dict[str, Row] = {}
    founded: dict[str, int] = {}
    lost: Counter[int] = Counter()
    overtaken: set[int] = set()
    for row in only:
        mapped = parts[row.part].mapped
        key = mapped.keys[row.index]
        first = int(mapped.lines[row.index].split("\t", _FOUNDED + 1)[_FOUNDED])
        founded[key] = min(first, founded.get(key, first))
        if mapped.fates[row.index] != Fate.DELETED and (key not in said or order(row) >= order(said[key])):
            said[key] = row
        rival = best.get(key)
        if rival is None:
            best[key] = row
            continue
        winner, loser = (row, rival) if order(row) >= order(rival) else (rival, row)
        best[key] = winner
        beaten = parts[loser.part].mapped
        if beaten.fates[loser.index] != Fate.RECORD:
            lost[beaten.response.id] += 1
        if loser.part != winner.part:
            overtaken.add(beaten.response.id)
    lines = []
    for key, row in best.items():
        cells = parts[row.part].mapped.lines[row.index].split("\t")
        cells[_FOUNDED] = str(founded[key])
        if opens and cells[_FATE] == "0":
            # An element of a record whose newer version is in the same batch, without it.
            record = best.get(parts[row.part].mapped.keys[row.index][: len(_record(cells))] + "/")
            if record is not None and order(record) > order(row):
                cells[_FATE] = str(int(Fate.DELETED))
        lines.append("\t".join(cells))
    words = [parts[row.part].mapped.lines[row.index] for key, row in said.items() if row != best[key]]
    return replace(_staged(lines, prefix, lost, frozenset(overtaken)), words=_text(words, prefix))


def _record(cells: Sequence[str]) -> str:
    """A record's key in an element's, unescaped from COPY text."""
    return (
        cells[_RECORD]
        .replace("\\\\", "\0")
        .replace("\\t", "\t")
        .replace("\\n", "\n")
        .replace("\\r", "\r")
        .replace("\0", "\\")
    )


def _incarnation(parts: Sequence[Part], row: Row, graves: Graves, *, opens: bool) -> int:
    """How often the record had ended, unmarked, before this version of it."""
    if not graves:
        return 0
    mapped = parts[row.part].mapped
    version, position = mapped.versions[row.index], mapped.response.position
    known = {each for name in _subjects(parts, row, opens=opens) for each in graves.get(name, ())}
    return sum(each.outlived(version, position) for each in known)


def _order(parts: Sequence[Part], row: Row) -> tuple[int, int, int]:
    mapped = parts[row.part].mapped
    return mapped.versions[row.index], mapped.response.position, mapped.places[row.index]


def _staged(lines: Sequence[str], prefix: str, lost: Counter[int], overtaken: frozenset[int]) -> Staged:
    return Staged(text=_text(lines, prefix), rows=len(lines), lost=lost, overtaken=overtaken)


def _text(lines: Sequence[str], prefix: str) -> str:
    return prefix + f"\n{prefix}".join(lines) + "\n" if lines else ""
