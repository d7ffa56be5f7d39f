"""What did a mapping make of a response? Rows for the load path, and an account of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.records.received import Fault, Rejection, Response

PASSES = "_when"
"""Stands for the mapping's ``when`` in what a patch says: ``t`` or ``f``."""

WHOLE = "_whole"
"""Stands for whatever a patch said that could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """One record of a stream of patches: what it says about its key, and where it stands among others."""

    key: str
    version: int
    position: int
    """Of the request."""
    place: int
    raw_id: int
    activation: int
    """Of the version of the mapping that made it; 0 until it is loaded."""
    fate: int
    """``Fate.SAYS``, ``DELETED`` or ``REFUSED``."""
    founded: int
    """When its response was fetched, in milliseconds since 1970."""
    says: Mapping[str, str | None]
    """Column → PostgreSQL's text, null for what it clears; what it leaves out stays as it was.

    ``PASSES`` stands among the columns where it holds what ``when`` reads, ``WHOLE`` in one that could
    not be read at all.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """What all patches of one key say together."""

    columns: tuple[str | None, ...]
    """In the order of the shape's fields, a reference as the key's text."""
    said: int
    """Bit mask of the fields that are not null."""
    identity: tuple[str | None, ...]
    """Normalised values of the identity keys; null where one cannot be made."""
    passes: bool
    """The mapping's ``when``, as it was said last."""
    complete: bool
    """Every required field has a value: else nothing is said yet."""
    faults: tuple[Fault, ...] = ()
    """What is wrong with the whole, though every patch is sound."""


Completer = Callable[[Mapping[str, "str | None"]], Whole]
"""Makes a whole of what patches say, column by column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """What one program made of one response: rows for the load path, as parallel lists."""

    response: Response
    keys: Sequence[str]
    """Contribution keys."""
    versions: Sequence[int]
    places: Sequence[int]
    fates: Sequence[int]
    lines: Sequence[str]
    """``EntityShape.stage_columns`` in COPY text format, tab-separated, without the newline."""
    patches: Sequence[Patch] = ()
    """Of a stream of patches, instead of ``lines``: parallel to the keys."""
    refused: Sequence[Patch] = ()
    """Of a stream of patches: one for each rejection with a key."""
    rejections: Sequence[Rejection]
    elements: int
    """Records in, or with ``each`` the elements: every one is a row, a rejection, or was skipped."""
    skipped: int = 0
    """Records known to be the same before mapping."""
    omitted: int = 0
    """Fields dropped by ``on_error: omit``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounting:
    """One ledger row: what became of a response's records under a mapping. In = the sum of the rest."""

    records: int
    changed: int = 0
    same: int = 0
    stale: int = 0
    filtered: int = 0
    dead: int = 0
    omitted: int = 0
    """Fields that ``on_error: omit`` left out; no records, and not in the ledger."""
