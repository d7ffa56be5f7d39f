"""A currency, without an amount."""

from __future__ import annotations

from typing import Any, ClassVar

from engine.mapping.currencies import CURRENCIES
from engine.mapping.misfit import Misfit, shown
from engine.mapping.types import Field
from engine.spec.component import component


@component("currency")
class Currency(Field):
    """An alphabetic code of ISO 4217, in capitals; an amount with its currency is of type ``money``."""

    keyed: ClassVar[bool] = True

    def read(self, value: Any) -> str:
        """Take a code that ISO 4217 has."""
        if type(value) is not str or value not in CURRENCIES:
            raise Misfit("unknown-currency", f"{shown(value)} is not a currency of ISO 4217")
        return value
