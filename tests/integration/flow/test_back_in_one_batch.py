"""What goes from A to B and back within one batch is A: nothing of it is taken for unchanged."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from engine.flow.events import silence
from engine.flow.sync import sync
from tests.integration.flow.shop import CURSOR, opened, project
from tests.integration.serving import Asked, Told, serving, write

PROJECT = {
    **project(CURSOR),
    "mappings/entities/brand.yaml": "entity: brand\nfields: {name: string}\n",
    "mappings/shop/brands.yaml": "from: shop.items\nto: brand\nkey: brand\nfields: {name: name}\n",
}
A = b'{"items": [{"id": 1, "name": "a", "brand": "m"}, {"id": 2, "name": "x", "brand": "n"}]}'
B = b'{"items": [{"id": 1, "name": "b", "brand": "m"}], "next": "2"}'
AMISS = b'{"items": [{"id": 1, "name": {"of": "b"}, "brand": "m"}]}'
AMISS_THERE = b'{"items": [{"id": 1, "name": {"of": "b"}, "brand": "m"}], "next": "2"}'
OTHER_RECORD = b'{"items": [{"id": 4, "name": "b", "brand": "m"}], "next": "2"}'
OTHER_RESPONSE = b'{"items": [{"id": 3, "name": "y", "brand": "o"}, {"id": 1, "name": "a", "brand": "m"}]}'


class Shop:
    """Serves the pages of a run in turn."""

    def __init__(self) -> None:
        self.pages: list[bytes] = []

    def __call__(self, asked: Asked) -> Told:
        return Told(body=self.pages[1 if urlsplit(asked.target).query else 0])


@pytest.mark.parametrize(
    ("there", "back"),
    [(B, A), (B, OTHER_RESPONSE), (OTHER_RECORD, A), (OTHER_RECORD, OTHER_RESPONSE)],
    ids=["the same response", "the same record", "another record there", "another record there and back"],
)
def test_the_last_word_counts(tmp_path: Path, database_url: str, there: bytes, back: bytes) -> None:
    """Records without a version: the order of the requests decides."""
    shop = Shop()
    write(tmp_path, PROJECT)
    with serving(shop) as address, opened(tmp_path, database_url, address) as workspace:
        for pages in ([A], [there, back]):
            shop.pages = pages
            report = sync(workspace, stopping=lambda: False, listen=silence)
            assert report.complete
        with workspace.database.connect() as connection:
            articles = connection.execute("SELECT name FROM canonical.article WHERE name IN ('a', 'b')")
            names = sorted(name for (name,) in articles)
            brands = connection.execute("SELECT name FROM canonical.brand WHERE name IN ('a', 'b')")
            things = brands.fetchall()
    assert names == (["a"] if there == B else ["a", "b"])
    assert things == [("a",)]


@pytest.mark.parametrize("before", [A, AMISS], ids=["good before", "nothing before"])
def test_a_refusal_is_answered_by_the_last_word(tmp_path: Path, database_url: str, before: bytes) -> None:
    """What cannot be read, between twice the same: no dead letter stands for what was taken back."""
    shop = Shop()
    write(tmp_path, PROJECT)
    with serving(shop) as address, opened(tmp_path, database_url, address) as workspace:
        for pages in ([before], [AMISS_THERE, A]):
            shop.pages = pages
            assert sync(workspace, stopping=lambda: False, listen=silence).complete
        with workspace.database.connect() as connection:
            letters = connection.execute("SELECT subject, problems FROM syncline.dead_letter").fetchall()
            names = connection.execute("SELECT name FROM canonical.article ORDER BY name").fetchall()
    assert letters == []
    assert names == [("a",), ("x",)]
