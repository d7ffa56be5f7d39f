"""An amount and its currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal as Exact
from typing import Any, ClassVar, Final

from engine.mapping.currencies import CURRENCIES, CURRENT
from engine.mapping.misfit import Misfit
from engine.mapping.numbers import finished, number_text
from engine.mapping.types.decimal import Scaled, check_bounds
from engine.spec.component import Path, component, field
from engine.spec.say import near
from engine.spec.values import Duration

_DAY: Final = 86_400
_DAYS: Final = 7
_MOST: Final = 366

Stored = tuple[int | Exact, str]
"""An amount as it is kept, and its currency."""


@component("money")
class Money(Scaled):
    """An exact amount and an ISO 4217 code, in two columns; ``min`` and ``max`` hold for the amount."""

    per: str | None = field(
        "For a rate: the time that the amount is for.", default=None, examples=("work_year", "work_hour")
    )

    in_: str | None = field(
        "Convert into this currency, by the rate of the day that `on` says: units/fx/*.csv.",
        default=None,
        examples=("USD",),
    )
    on: str | None = field(
        "With `in`: the date or timestamp (its day in UTC) of this entity whose rate counts.",
        default=None,
        examples=("posted_on",),
    )
    within: Duration | None = field(
        "With `in`: how many days a rate may be old where the day itself has none; left out: 7d.",
        default=None,
        examples=("3d",),
    )
    via: str | None = field(
        "With `in`: the currency that two rates of one day may be chained through.",
        default=None,
        examples=("EUR",),
    )

    elsewhere: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("currency", "minor"),
        "a mapping's rule says it; where all amounts become one currency, in names that",
    )
    sql: ClassVar[str] = "numeric"
    plain: ClassVar[bool] = False

    @property
    def days(self) -> int:
        """How many days old a rate may be."""
        return _DAYS if self.within is None else int(self.within.seconds) // _DAY

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """``in`` and ``on`` need one another, ``within`` and ``via`` need both."""
        for key, code in (("in", self.in_), ("via", self.via)):
            if code is not None and code not in CURRENCIES:
                said = f"{code!r} is not a currency of ISO 4217{near(code, CURRENT)}"
                yield (key,), "unknown-currency", said
        if self.in_ is None:
            for key in ("on", "within", "via"):
                if getattr(self, key) is not None:
                    yield (key,), "conflicting-keys", f"{key} has no meaning without in"
        elif self.on is None:
            yield ("in",), "missing-key", "in needs on: the field whose day says which rate counts"
        elif self.via == self.in_:
            yield ("via",), "conflicting-keys", f"{self.via} is what the amounts become already"
        if self.within is not None and (
            self.within.seconds % _DAY or not 0 <= self.within.seconds <= _MOST * _DAY
        ):
            yield ("within",), "out-of-range", f"whole days are expected here, from 0d to {_MOST}d"

    def columns(self, name: str) -> tuple[tuple[str, str], ...]:
        """Amount and currency."""
        return ((name, "numeric"), (f"{name}_currency", "text"))

    def unordered(self) -> str | None:
        """Amounts can be compared where the contract fixes their currency."""
        return None if self.in_ else "amounts in several currencies have no order: fix one with in"

    def read(self, value: Any) -> Stored:
        """Take what the rule's ``currency`` made: an amount and a code."""
        if type(value) is not tuple:
            raise Misfit("currency-missing", "an amount without a currency")
        return finished(value[0], self.scale), value[1]

    def bound(self, value: Stored) -> None:
        """Compare the amount with ``min`` and ``max``."""
        check_bounds(value[0], self.min, self.max)

    def write(self, value: Stored) -> tuple[str, str]:
        """Write both."""
        return number_text(value[0]), value[1]
