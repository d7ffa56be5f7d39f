"""A country."""

from __future__ import annotations

from typing import Any, ClassVar

from engine.mapping.countries import COUNTRIES
from engine.mapping.misfit import Misfit, shown
from engine.mapping.types import Field
from engine.spec.component import component


@component("country")
class Country(Field):
    """An alpha-2 code of ISO 3166-1, in capitals; ``lookup`` in table ``countries`` brings others there."""

    keyed: ClassVar[bool] = True

    def read(self, value: Any) -> str:
        """Take a code that is assigned."""
        if type(value) is not str or value not in COUNTRIES:
            said = (
                f"{shown(value)} is not an alpha-2 code of ISO 3166-1, as DE: look it up in table countries"
            )
            raise Misfit("unknown-country", said)
        return value
