"""When is a version of a record dead that does not say so? Where it comes before a tombstone of its key."""

from __future__ import annotations

from dataclasses import dataclass

from engine.records.received import NO_VERSION
from engine.store.sql import statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Grave:
    """A delete of a record that nobody marked."""

    position: int
    said: int | None = None
    """When, where versions of records can be compared with it."""

    def outlived(self, version: int, position: int) -> bool:
        """Whether a version of the record comes after it, as ``syncline.outlives`` has it."""
        if self.said is None or version == NO_VERSION:
            return position > self.position
        return (version, position) > (self.said, self.position)


def buried(row: str, record: str | None = None) -> str:
    """
    A join that gives ``b.before``, the tombstones that a row comes after, and ``b.run`` of the first other.

    ``record``: of an element, where its record's key stands.
    """
    key = key_of(row, record)
    return statement("batch", "buried").format(row=row, tombstone_key=key, outlives=outlives(row))


def key_of(row: str, record: str | None) -> str:
    """What the key of a row's tombstones is."""
    if record is None:
        return f"= {row}._key"
    return f"= ANY (ARRAY[{', '.join(spellings(record))}])"


def spellings(record: str) -> list[str]:
    """What a key within an element's may be as a record's: one part is escaped there, several were before."""
    return [record, f"replace(replace({record}, '~1', '/'), '~0', '~')"]


def outlives(row: str) -> str:
    """Whether a row comes after a tombstone ``t``."""
    return statement("batch", "outlives").format(row=row)


def key_of_letter(subject: str, *, opens: bool, keyed: bool) -> str:
    """What the key of the tombstones of a letter's subject is; ``keyed``: it is no record's."""
    if keyed:
        return "IS NULL"
    if not opens:
        return f"= {subject}"
    return f"= ANY ({statement('batch', 'records_of').format(subject=subject)})"


def records_of(subject: str) -> set[str]:
    """What the key of an element may call its record: how many parts that has cannot be told."""
    parts = subject.split("/")
    found = {"/".join(parts[:count]) for count in range(1, len(parts))}
    return found | {parts[0].replace("~1", "/").replace("~0", "~")}
