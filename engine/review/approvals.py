"""What did people accept? The document ``approvals.yaml``, and whether an approval still holds."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import ClassVar, Self

from engine.spec.component import Component, Path, component
from engine.spec.component import field as setting
from engine.spec.values import ValueProblem

FILE = "approvals.yaml"

CODES = {
    "wrong-date": "A text is no day of the calendar: 2027-01-31.",
    "wrong-fingerprint": "A text is no fingerprint of a finding: 12 digits of 0-9 and a-f.",
}


class Fingerprint(str):
    """Names a finding: 12 digits of 0-9 and a-f, as a plan shows them; quoted where all are 0-9."""

    __slots__ = ()
    format: ClassVar[str] = "fingerprint"  # type: ignore[assignment] # a str has a method of that name

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read twelve hexadecimal digits."""
        if re.fullmatch(r"[0-9a-f]{12}", text) is None:
            said = f"{text!r} is not the fingerprint of a finding: 12 digits of 0-9 and a-f, as a3f8c21b9d04"
            raise ValueProblem(said, code="wrong-fingerprint")
        return cls(text)


class Day(str):
    """A day: ``2027-01-31``."""

    __slots__ = ()
    format: ClassVar[str] = "date"  # type: ignore[assignment] # a str has a method of that name

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a day that the calendar has."""
        try:
            fits = re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) and dt.date.fromisoformat(text)
        except ValueError:
            fits = None
        if not fits:
            raise ValueProblem(f"{text!r} is not a day: write 2027-01-31", code="wrong-date")
        return cls(text)

    @property
    def date(self) -> dt.date:
        """As a date."""
        return dt.date.fromisoformat(self)


@component()
class Accepted(Component):
    """One finding that somebody accepts, and how much of it."""

    noun: ClassVar[str | None] = "an approval"

    finding: Fingerprint = setting("The finding, as a plan shows it.", examples=("a3f8c21b9d04",))
    by: str = setting("Who accepts it.")
    reason: str = setting("Why.")
    max_lost: int | None = setting(
        "Values that may become null; left out: none, where that needs an approval.",
        default=None,
        examples=(37,),
        minimum=0,
    )
    max_errors: int | None = setting(
        "Records that may become dead letters; left out: none, where that needs an approval.",
        default=None,
        minimum=0,
    )
    max_altered: int | None = setting(
        "Values that may become others; left out: as many as there are, unless that needs an approval.",
        default=None,
        minimum=0,
    )
    max_filled: int | None = setting(
        "Nulls that may become values; left out: as many as there are, unless that needs an approval.",
        default=None,
        minimum=0,
    )
    max_regrouped: int | None = setting(
        "Entities that may merge, split, come or go; left out: none, where that needs an approval.",
        default=None,
        minimum=0,
    )
    expires: Day | None = setting(
        "The last day on which it holds; left out: it holds until the effect grows.",
        default=None,
        examples=("2027-01-31",),
    )

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """Somebody, for some reason."""
        if not self.by.strip():
            yield ("by",), "wrong-value", "an approval says by whom"
        if not self.reason.strip():
            yield ("reason",), "wrong-value", "an approval says why"

    @property
    def bounds(self) -> Mapping[str, int | None]:
        """What it allows of each effect that can be counted; None where it says nothing."""
        return {
            "loses": self.max_lost,
            "errors": self.max_errors,
            "alters": self.max_altered,
            "fills": self.max_filled,
            "regroups": self.max_regrouped,
        }


@component()
class ApprovalsFile(Component):
    """Findings that were accepted, each by somebody and with a reason. The file is their list."""

    approvals: tuple[Accepted, ...] = setting("Approvals: one for each finding.")

    short: ClassVar[str | None] = "approvals"

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """One approval a finding: of two nobody could tell which bound holds."""
        seen: set[str] = set()
        for index, each in enumerate(self.approvals):
            if each.finding in seen:
                at = each.at[len(self.at) :] or (index,)
                yield (*at, "finding"), "duplicate-value", f"{each.finding} is approved above already"
            seen.add(each.finding)
