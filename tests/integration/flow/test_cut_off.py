"""A first reading that was cut off is gone on with, also where an enumeration is due."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg

from engine.flow.events import silence
from engine.flow.sync import SyncReport, sync
from tests.integration.flow.shop import CURSOR, opened, project
from tests.integration.serving import Asked, Told, serving, write

PROJECT = project(
    CURSOR,
    "deletes: {type: enumeration, every: 1d, limit: 50%}",
    http="retry: {attempts: 1}, breaker: {minimum: 1000}",
)
PAGES = 5


class Shop:
    """Five pages of two; the fourth fails while it is ill."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.ill = True
        self.gone: set[int] = set()

    def __call__(self, asked: Asked) -> Told:
        page = int(parse_qs(urlsplit(asked.target).query).get("cursor", ["1"])[0])
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

        def run() -> SyncReport:
            shop.asked.clear()
            with opened(tmp_path, database_url, address) as workspace:
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
