"""Patches whose amounts are converted: an amount and its day are one fact, said together or not at all."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.flow.explain import explain
from tests.integration.patches.conftest import World, same_when_rebuilt

pytestmark = pytest.mark.database

HEAD = "date,base,quote,rate,source\n"


def _rated(world: World, *rates: str) -> None:
    """Pay is kept in euros, by the rate of the day on which it was paid."""
    for name, old, new in (
        ("mappings/entities/person.yaml", "  pay: money\n", "  pay: {type: money, in: EUR, on: paid_on}\n"),
        ("mappings/entities/person.yaml", "  level: integer\n", "  level: integer\n  paid_on: date\n"),
        ("mappings/crm/changes.yaml", "  level: level\n", "  level: level\n  paid_on: paid\n"),
    ):
        file = world.folder / name
        text = file.read_text()
        assert new in text or old in text
        file.write_text(text if new in text else text.replace(old, new))
    folder = world.folder / "units" / "fx"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bank.csv").write_text(HEAD + "".join(f"{rate},Bank\n" for rate in rates))


def _pay(world: World) -> list[tuple[Any, ...]]:
    return world.table("SELECT name, pay, pay_currency, paid_on::text FROM canonical.person ORDER BY number")


def test_an_amount_and_its_day_fold_together_and_follow_a_corrected_rate(both: World) -> None:
    world = both
    _rated(world, "2024-03-01,USD,EUR,0.5", "2024-03-04,USD,EUR,0.25")
    usd = {"amount": 100, "currency": "USD"}
    world.sync([{"id": 1, "at": 1, "number": "P1", "name": "Ada", "pay": usd, "paid": "2024-03-04"}])
    assert _pay(world) == [("Ada", 25, "EUR", "2024-03-04")]

    world.sync([{"id": 1, "at": 5, "name": "Ada L."}, {"id": 1, "at": 6, "paid": "2024-03-01"}])
    assert _pay(world) == [("Ada L.", 25, "EUR", "2024-03-04")]
    assert world.letters() == [("1", "patch-in-part", "pay")]

    late = {"id": 1, "at": 0, "pay": {"amount": 7, "currency": "EUR"}, "paid": "2024-03-09"}
    world.sync([late, {"id": 1, "at": 3, "pay": usd, "paid": "2024-03-02"}])
    assert _pay(world) == [("Ada L.", 50, "EUR", "2024-03-02")]
    same_when_rebuilt(world)

    _rated(world, "2024-03-01,USD,EUR,0.6", "2024-03-04,USD,EUR,0.25")
    world.sync([])
    assert _pay(world) == [("Ada L.", 60, "EUR", "2024-03-02")]
    with world.open() as workspace:
        (told,) = explain(workspace, "person", "P1", "pay").fields
    assert told.agrees
    assert told.trace is not None
    assert any("0.6 (USD to EUR, 2024-03-01, Bank)" in step.says for step in told.trace.steps)
    same_when_rebuilt(world)

    world.sync([{"id": 1, "at": 7, "pay": usd, "paid": "2020-01-01"}])
    assert _pay(world) == [("Ada L.", Decimal(60), "EUR", "2024-03-02")]
    assert ("1", "rate-missing", "pay") in world.letters()
    world.sync([{"id": 1, "at": 8, "pay": None}])
    assert _pay(world) == [("Ada L.", None, None, "2024-03-02")]
    same_when_rebuilt(world)
