"""A body that came before is not read whole again, unless somebody wants more of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.fetch.reading import Reader, Reading
from engine.flow.events import silence
from engine.flow.sync import SyncReport, sync
from tests.integration.flow.shop import CURSOR, opened, project
from tests.integration.serving import Asked, Told, serving, write

ITEMS = [{"id": n, "name": f"item {n}", "title": f"title {n}"} for n in range(1, 5)]


class Shop:
    """Two pages of two items."""

    def __init__(self) -> None:
        self.items = [dict(each) for each in ITEMS]

    def __call__(self, asked: Asked) -> Told:
        first = "cursor" not in asked.target
        said = {"items": self.items[:2], "next": "2"} if first else {"items": self.items[2:]}
        return Told(body=json.dumps(said).encode())


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The bodies that are read whole."""
    seen: list[bytes] = []
    examine = Reader.examine

    def watched(self: Reader, body: bytes, *rest: object, **more: object) -> Reading:
        seen.append(body)
        return examine(self, body, *rest, **more)  # type: ignore[arg-type] # passed on as it came

    monkeypatch.setattr(Reader, "examine", watched)
    return seen


def run(folder: Path, database_url: str, address: str) -> tuple[SyncReport, list[str]]:
    """One sync, and the names that stand after it."""
    with opened(folder, database_url, address) as workspace:
        report = sync(workspace, stopping=lambda: False, listen=silence)
        assert report.complete
        with workspace.database.connect() as connection:
            names = connection.execute("SELECT name FROM canonical.article ORDER BY name").fetchall()
    return report, [name for (name,) in names]


def test_only_what_changed_is_read_whole(tmp_path: Path, database_url: str, whole: list[bytes]) -> None:
    """First both pages, then none, then the one with the change, then none but for a new mapping."""
    shop = Shop()
    write(tmp_path, project(CURSOR))
    with serving(shop) as address:
        run(tmp_path, database_url, address)
        assert len(whole) == 2

        whole.clear()
        report, names = run(tmp_path, database_url, address)
        assert (whole, names) == ([], [f"item {n}" for n in range(1, 5)])
        (counts,) = report.streams[0].counts.values()
        assert (counts.records, counts.same, counts.changed) == (4, 4, 0)

        shop.items[3]["name"] = "other"
        report, names = run(tmp_path, database_url, address)
        assert [b'"other"' in body for body in whole] == [True]
        (counts,) = report.streams[0].counts.values()
        assert (counts.records, counts.same, counts.changed) == (4, 3, 1)
        assert names[-1] == "other"

        whole.clear()
        mapping = tmp_path / "mappings/shop/items.yaml"
        mapping.write_text(mapping.read_text().replace("{name: name}", "{name: title}"))
        _, names = run(tmp_path, database_url, address)
        assert names == [f"title {n}" for n in range(1, 5)]
        assert len(whole) >= 2
