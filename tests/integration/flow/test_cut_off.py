"""A first reading that was cut off is gone on with, also where an enumeration is due."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg

from engine.flow.events import silence
from engine.flow.sync import SyncReport, sync
from engine.flow.workspace import Workspace
from tests.integration.serving import Asked, Told, serving, write

PROJECT = {
    "syncline.yaml": """
project: cut_off
database: env:CUT_DATABASE
sources: {shop: {connector: shop, config: {base: "env:CUT_API"}}}
egress: {allow: ["env:CUT_API"]}
""",
    "specs/shop.yaml": """
connector: shop
config: {base: {type: string}}
http: {base_url: "${config.base}", retry: {attempts: 1}, breaker: {minimum: 1000}}
streams:
  items:
    path: /items
    records: items
    key: id
    pagination: {type: cursor, next: body.next, into: query.page}
    deletes: {type: enumeration, every: 1d, limit: 50%}
""",
    "mappings/entities/article.yaml": "entity: article\nfields: {name: string}\n",
    "mappings/shop/items.yaml": "from: shop.items\nto: article\nfields: {name: name}\n",
}
PAGES = 5


class Shop:
    """Five pages of two; the fourth fails while it is ill."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.ill = True
        self.gone: set[int] = set()

    def __call__(self, asked: Asked) -> Told:
        page = int(parse_qs(urlsplit(asked.target).query).get("page", ["1"])[0])
        self.asked.append(page)
        if self.ill and page == 4:
            return Told(status=500)
        ids = [n for n in (page * 2, page * 2 + 1) if n not in self.gone]
        items = ", ".join(f'{{"id": {n}, "name": "n{n}"}}' for n in ids)
        following = "null" if page == PAGES else f'"{page + 1}"'
        return Told(body=f'{{"items": [{items}], "next": {following}}}'.encode())


def test_what_was_cut_off_is_gone_on_with_and_deletes_are_looked_for_after_it(
    tmp_path: Path, database_url: str
) -> None:
    shop = Shop()
    write(tmp_path, PROJECT)
    with serving(shop) as address:
        environment = {"CUT_DATABASE": database_url, "CUT_API": address}

        def run() -> SyncReport:
            shop.asked.clear()
            with Workspace.open(tmp_path, say=lambda _: None, environment=environment) as workspace:
                return sync(workspace, stopping=lambda: False, listen=silence)

        assert not run().complete
        assert shop.asked == [1, 2, 3, 4]
        shop.ill = False
        assert run().complete
        assert shop.asked == [4, 5]
        shop.gone = {3}
        (stream,) = run().streams
        assert shop.asked == [1, 2, 3, 4, 5]
        assert stream.deletions is not None
        assert stream.deletions.proof()["deleted"] == 1
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT name FROM canonical.article ORDER BY name").fetchall()
    assert [name for (name,) in rows] == ["n10", "n11", "n2", "n4", "n5", "n6", "n7", "n8", "n9"]
