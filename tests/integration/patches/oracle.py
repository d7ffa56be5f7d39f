"""
What patches of one key should give, by the plainest way: sorted once, laid one over the other.

Written apart from the engine, on records as the source sends them, for the one mapping of these tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Order = tuple[int, int, int, int]

FIELDS = {
    "code": ("code",),
    "name": ("first", "last"),
    "level": ("level",),
    "nick": ("nick",),
    "pay": ("pay",),
    "state": ("state",),
}
"""What each field of the entity, and ``when``, reads at the top of a record."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One record, and where it stands."""

    record: Mapping[str, Any]
    order: Order
    subject: str
    """What a dead letter about it is known by."""

    @property
    def bad(self) -> bool:
        """It cannot be mapped."""
        record = self.record
        if self.gone:
            return False
        pay = record.get("pay", {})
        return (
            record.get("level", 0) == "x"
            or ("code" in record and record["code"] is None)
            or (pay is not None and "currency" in pay and "amount" not in pay)
            or (pay is not None and pay.get("amount") is not None and pay.get("currency") is None)
        )

    @property
    def gone(self) -> bool:
        """It marks a delete."""
        return bool(self.record.get("gone"))

    @property
    def touched(self) -> set[str]:
        """The fields that it says something of."""
        names = {field for field, reads in FIELDS.items() if any(each in self.record for each in reads)}
        return names - {"pay"} if self.record.get("pay", 0) == {} else names


@dataclass(frozen=True, kw_only=True)
class Stand:
    """What a key should come to."""

    row: tuple[Any, ...] | None
    """code, name, level, nick, amount, currency, origin."""
    letters: frozenset[str]
    """Subjects."""


def stand(key: str, sent: Sequence[Sent]) -> Stand:
    """Lay the patches of a key one over the other."""
    good = sorted((each for each in sent if not each.bad), key=lambda each: each.order)
    state: dict[str, Any] = {}
    began = False
    incarnation = -1
    for each in good:
        if each.order[0] > incarnation or each.gone:
            state, began = {}, False
        incarnation = each.order[0]
        if each.gone:
            continue
        began = True
        record = each.record
        for name in ("code", "level", "nick", "state"):
            if name in record:
                state[name] = record[name]
        if "first" in record or "last" in record:
            state["name"] = " ".join(filter(None, (record.get("first"), record.get("last")))) or None
        if record.get("pay", 0) is None:
            state["pay"] = None
        elif "amount" in record.get("pay", {}):
            amount = record["pay"]["amount"]
            state["pay"] = None if amount is None else (amount, record["pay"]["currency"])
    letters = {each.subject for each in sent if each.bad and not _superseded(each, good)}
    if not began or state.get("state") == "draft":
        return Stand(row=None, letters=frozenset(letters))
    if "code" not in state:
        return Stand(row=None, letters=frozenset({*letters, key}))
    amount, currency = state.get("pay") or (None, None)
    nick = state.get("nick")
    row = (
        state["code"],
        state.get("name"),
        state.get("level"),
        "none" if nick is None else nick,
        amount,
        currency,
        "patches",
    )
    return Stand(row=row, letters=frozenset(letters))


def _superseded(bad: Sent, good: Sequence[Sent]) -> bool:
    """Nothing of it would count any more, had it been sound."""
    later = [each for each in good if each.order > bad.order]
    if any(each.gone or each.order[0] > bad.order[0] for each in later):
        return True
    return bad.touched <= set().union(*(each.touched for each in later))
