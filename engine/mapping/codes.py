"""What do the trade's codes mean? UN/CEFACT Recommendation 20 and UCUM codes as units of pint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.spec.component import Component, component, field
from engine.spec.document import Document


@component()
class UnitCodes(Component):
    """Codes of units and the units that they stand for."""

    rec20: Mapping[str, str] = field("UN/CEFACT Recommendation 20.", default={}, examples=({"KGM": "kg"},))
    ucum: Mapping[str, str] = field("UCUM.", default={}, examples=({"[in_i]": "inch"},))

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every code and its unit."""
        return (*self.rec20.items(), *self.ucum.items())


def codes_of(documents: Iterable[Document[UnitCodes]]) -> tuple[tuple[str, str], ...]:
    """The codes of several files, as far as they can be read; a later one stands for an earlier one."""
    return tuple(pair for each in documents if each.draft is not None for pair in each.draft.pairs)
