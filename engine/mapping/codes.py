"""What do the trade's codes mean? UN/CEFACT Recommendation 20 and UCUM codes as units of pint."""

from __future__ import annotations

from collections.abc import Mapping

from engine.spec.component import Component, component, field


@component()
class UnitCodes(Component):
    """Codes of units and the units that they stand for."""

    rec20: Mapping[str, str] = field("UN/CEFACT Recommendation 20.", default={}, examples=({"KGM": "kg"},))
    ucum: Mapping[str, str] = field("UCUM.", default={}, examples=({"[in_i]": "inch"},))
