"""A stream that asks for each record of another, where lists say what is deleted of both."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from tests.integration.flow.test_listed_deletes import Place, Shop, files, since
from tests.integration.serving import Asked, Told, serving, write

pytestmark = pytest.mark.database

PRICES = {
    "mappings/entities/price.yaml": """
entity: price
fields: {amount: integer, article: {type: ref, entity: article}}
""",
    "mappings/shop/prices.yaml": """
from: shop.prices
to: price
fields: {amount: amount, article: {value: item, of: partition, ref: shop.items}}
""",
}


@dataclass(kw_only=True)
class Priced(Shop):
    """Each article has prices under a path of its own; a second list says which of those were deleted."""

    prices: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    dropped: list[dict[str, Any]] = field(default_factory=list)

    def price(self, item: int, number: int, amount: int) -> None:
        self.tick += 1
        self.prices[item, number] = {"id": number, "amount": amount, "changed": self.tick}

    def drop(self, item: int, number: int) -> None:
        self.tick += 1
        del self.prices[item, number]
        self.dropped.append({"n": len(self.dropped), "item": item, "price": number, "at": self.tick})

    def __call__(self, asked: Asked) -> Told:
        target = urlsplit(asked.target)
        after = int(parse_qs(target.query)["since"][0])
        if target.path == "/dropped":
            self.asked.append(target.path)
            return Told(body=json.dumps({"items": [e for e in self.dropped if e["at"] >= after]}).encode())
        if target.path.endswith("/prices"):
            self.asked.append(target.path)
            of = int(target.path.split("/")[2])
            page = [
                each for (item, _), each in self.prices.items() if item == of and each["changed"] >= after
            ]
            return Told(body=json.dumps({"items": page}).encode())
        return super().__call__(asked)


def priced() -> dict[str, str]:
    made = files(ordered=True) | PRICES
    made["specs/shop.yaml"] += f"""
  prices:
    path: /items/${{partition.item}}/prices
    records: items
    for_each: {{stream: items, value: id, as: item}}
    key: [{{value: item, of: partition}}, id]
    version: {{value: changed, type: integer}}
    {since("changed")}
    deletes: {{type: feed, stream: dropped, key: [item, price]}}
  dropped:
    path: /dropped
    records: items
    key: n
    version: {{value: at, type: integer}}
    {since("at")}
"""
    return made


def test_records_of_parents_are_asked_for_and_end_as_both_lists_say(
    tmp_path: Path, database_url: str
) -> None:
    """Nobody asks below who is gone; what is listed ends in its partition, and a full run agrees."""
    write(tmp_path, priced())
    shop = Priced()
    for item in (1, 2, 3):
        shop.put(item, f"a{item}")
        for number in (1, 2):
            shop.price(item, number, 10 * item + number)
    with serving(shop) as address:
        place = Place(folder=tmp_path, database_url=database_url, address=address, shop=shop, ordered=True)

        def prices(*, full: bool = False) -> dict[int, UUID]:
            shop.asked.clear()
            assert place.sync(full=full).complete
            return dict(place.ask("SELECT amount, id FROM canonical.price"))

        first = prices()
        assert sorted(first) == [11, 12, 21, 22, 31, 32]
        shop.delete(2)
        shop.drop(1, 1)
        shop.drop(3, 2)
        shop.price(3, 2, 99)
        assert prices() == {of: first[of] for of in (12, 21, 22, 31)} | {99: first[32]}
        assert [each for each in shop.asked if each.endswith("prices")] == [
            "/items/1/prices",
            "/items/3/prices",
        ]
        shop.put(2, "back")
        shop.price(1, 1, 77)
        last = prices()
        assert last == {of: first[of] for of in (12, 21, 22, 31)} | {99: first[32], 77: first[11]}
        assert "/items/2/prices" in shop.asked
        assert prices(full=True) == last
        assert sorted(place.rows()) == ["a1", "a3", "back"]
        place.rebuild()
        assert dict(place.ask("SELECT amount, id FROM canonical.price")) == last
