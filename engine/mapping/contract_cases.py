"""What does a contract take? The mapping that cases beside an entity run through: each field says itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from engine.mapping.entity import Entity
from engine.mapping.plan import Plan, plan_of
from engine.mapping.rates import Rates, no_rates
from engine.mapping.rules import MappingFile
from engine.mapping.shape import entity_shape
from engine.mapping.types import Field
from engine.mapping.types.money import Money
from engine.mapping.types.quantity import Quantity
from engine.mapping.units import Units
from engine.spec.document import Document
from engine.spec.load import load

FOLDER: Final = "entities"
"""Where contracts stand: the name of the tests beside one is ``entities/<entity>``."""


def contract_plan(
    entity: Document[Entity], units: Callable[[], Units], rates: Callable[[], Rates] = no_rates
) -> Plan:
    """
    A plan whose records are rows of a contract: what is written for a field is its value.

    Money is ``{amount, currency}`` and already per what the contract says, a quantity is a number in the
    contract's unit, a reference the key of whom it means.
    """
    contract = entity.need()
    name = str(contract.entity)
    rules = {field: _rule(field, kind) for field, kind in contract.types.items()}
    made = load(MappingFile, f"{FOLDER}/{name}", json.dumps({"from": "c.s", "to": name, "fields": rules}))
    return plan_of(made.file, made, entity, entity_shape(contract, None, ()), units, rates=rates)


def _rule(name: str, kind: Field) -> Any:
    own = f"@.{name}"  # not the bare name: JSON puts it in quotes, which are taken for a literal's
    if isinstance(kind, Money):
        rule = {"value": f"{own}.amount", "currency": {"value": f"{own}.currency"}}
        return rule if kind.per is None else {**rule, "per": str(kind.per)}
    if isinstance(kind, Quantity):
        return {"value": own, "unit": str(kind.unit)}
    return {"value": own, "ref": "c.s"} if kind.tag == "ref" else own
