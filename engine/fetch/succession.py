"""Do the keys of a page follow one another as in a sorted list? What keeps a key set from losing records."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from engine.errors import PermanentFetchError

Token = Mapping[str, Any]
"""What one record is sorted by, name by name, the first name first."""

_NUMBERED = re.compile(r"[A-Za-z_]*\d+[A-Za-z_]*", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d(-\d\d.*)?", re.ASCII)
_OFFSET = re.compile(r"[+-]\d\d:?\d\d$", re.ASCII)
_DIGITS = str.maketrans("123456789", "000000000")


def check_succession(tokens: Sequence[Token | None], records: Sequence[Any], names: Sequence[str]) -> None:
    """
    Raise ``PermanentFetchError`` where the next page would pass over records.

    ``tokens``: of what the page was asked to start after (where that was said), then of its
    ``records``, None where one has none. Up or down, each name keeps its direction; pairs that one
    source sorts so and another otherwise (texts of any kind, by their collation) say nothing.
    """
    signs: dict[str, int] = {}
    ahead = len(tokens) - len(records)
    for at, (left, right) in enumerate(pairwise(tokens), 1):
        if left is None or right is None:
            continue
        name = next((each for each in names if not _same(left[each], right[each])), None)
        if name is not None:
            sign = _compare(left[name], right[name])
            if sign is not None and signs.setdefault(name, sign) != sign:
                raise _unsorted(left[name], right[name], names)
        elif at > ahead and records[at - ahead - 1] != records[at - ahead]:
            raise PermanentFetchError(
                f"cursor plateau: two records share {_shown(right, names)}, and where a page ends between "
                "such records the rest is passed over; add to 'by' what tells them apart",
                code="cursor-plateau",
            )


def _same(left: Any, right: Any) -> bool:
    return left == right and isinstance(left, str) == isinstance(right, str)


def _compare(left: Any, right: Any) -> int | None:
    """1 where it goes up, -1 where it goes down, None where that depends on who sorts."""
    numbers = (int, Decimal)
    if isinstance(left, numbers) and isinstance(right, numbers):
        return 1 if left < right else -1
    if isinstance(left, str) and isinstance(right, str) and _alike(left, right):
        return 1 if left < right else -1
    return None


def _alike(left: str, right: str) -> bool:
    """Whether two texts differ in digits only, so that everybody sorts them alike."""
    if len(left) != len(right) or left.translate(_DIGITS) != right.translate(_DIGITS):
        return False
    if _NUMBERED.fullmatch(left):
        return True
    if not _TIME.fullmatch(left):
        return False
    offset = _OFFSET.search(left)
    return offset is None or right.endswith(offset[0])


def _unsorted(left: Any, right: Any, names: Sequence[str]) -> PermanentFetchError:
    by = " and then by ".join(f"'{name}'" if name else "that" for name in names)
    return PermanentFetchError(
        f"{left!r} comes before {right!r}, but not everywhere on the page do they go the same way: the page "
        f"is not sorted by {by}, and what follows its last record is not all that is left; let the "
        "request ask for that order",
        code="keyset-order",
    )


def _shown(token: Token, names: Sequence[str]) -> str:
    return ", ".join(f"{name} {token[name]!r}".strip() for name in names)
