"""Deletes that a second stream lists: who is gone ends, and who came back stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import psycopg
import pytest

from engine.errors import SettingsError
from engine.flow import belonging, listed
from engine.flow.events import silence
from engine.flow.explain import explain
from engine.flow.letters import chosen, retry
from engine.flow.parents import parents
from engine.flow.rebuilding import Shuffle
from engine.flow.replay import replay_all
from engine.flow.status import status
from engine.flow.sync import SyncReport, sync
from engine.flow.workspace import Workspace
from engine.records.received import StreamName
from tests.integration.flow.shop import opened, project
from tests.integration.serving import Asked, Told, serving, write

pytestmark = pytest.mark.database


def since(cursor: str) -> str:
    return (
        f"incremental: {{cursor: {cursor}, type: integer, start: 0, lookback: 100, "
        "from: {into: query.since}}"
    )


def files(*, ordered: bool) -> dict[str, str]:
    """A shop whose deletes stand in ``/gone``; ``ordered``: its items say when they changed, too."""
    version = ["version: {value: changed, type: integer}"] if ordered else []
    lists = """\
deletes: {type: feed, stream: gone, key: item}
""".strip()
    made = project(since("changed"), *version, lists, http="retry: {attempts: 1}, breaker: {minimum: 1000}")
    made["specs/shop.yaml"] += f"""
  gone:
    path: /gone
    records: items
    key: n
    version: {{value: at, type: integer}}
    {since("at")}
"""
    return made


@dataclass(kw_only=True)
class Shop:
    """Articles with the tick of their last change, and a list of those that were deleted."""

    tick: int = 0
    items: dict[int, dict[str, Any]] = field(default_factory=dict)
    gone: list[dict[str, Any]] = field(default_factory=list)
    broken: bool = False
    """Whether the list of deletes fails."""
    asked: list[str] = field(default_factory=list)

    def put(self, number: int, name: str) -> None:
        self.tick += 1
        self.items[number] = {"id": number, "name": name, "changed": self.tick}

    def delete(self, number: int) -> None:
        self.tick += 1
        del self.items[number]
        self.gone.append({"n": len(self.gone), "item": number, "at": self.tick})

    def __call__(self, asked: Asked) -> Told:
        target = urlsplit(asked.target)
        self.asked.append(target.path)
        if target.path == "/gone" and self.broken:
            return Told(status=500)
        after = int(parse_qs(target.query)["since"][0])
        every = self.gone if target.path == "/gone" else list(self.items.values())
        when = "at" if target.path == "/gone" else "changed"
        page = [each for each in every if each[when] is None or each[when] >= after]
        return Told(body=json.dumps({"items": page}).encode())


@dataclass(kw_only=True)
class Place:
    """A project whose shop is read; what it holds is read apart from the engine."""

    folder: Path
    database_url: str
    address: str
    shop: Shop
    ordered: bool

    def open(self) -> Workspace:
        return opened(self.folder, self.database_url, self.address)

    def sync(self, *, full: bool = False) -> SyncReport:
        with self.open() as workspace:
            return sync(workspace, full=full, stopping=lambda: False, listen=silence)

    def rebuild(self) -> None:
        with self.open() as workspace:
            replay_all(workspace, stopping=lambda: False, listen=silence, shuffle=Shuffle(seed=3, lot=1))

    def parents(self) -> list[str]:
        """The names of those that a stream with ``for_each`` would ask for, read from stored responses."""
        with self.open() as workspace, workspace.database.connect(label="test") as connection:
            items, source = StreamName(source="shop", stream="items"), workspace.sources["shop"]
            found = listed.listing(workspace, items)
            assert found is not None
            lists = (workspace.names.stream(found[0]), found[1])
            reader = source.reader("items")
            every = parents(connection, workspace.names.stream(items), reader, lists)
            return [each["name"] for each in every]

    def told(self, of: UUID) -> str:
        """What ``explain`` says of an article that ended, and the list's own words."""
        with self.open() as workspace, workspace.database.connect(label="test") as connection:
            with pytest.raises(SettingsError, match="has ended") as refused:
                explain(workspace, "article", str(of))
            (gone,) = belonging.ended(workspace, connection, workspace.shapes["article"], of)
        assert gone.origin is not None
        said = f"{gone.ending.stream} {gone.ending.key}: {belonging.why_ended(gone)}"
        assert str(refused.value).endswith(said)
        return f"{said}: {gone.origin.pointer} {gone.origin.text}"

    def rows(self) -> dict[str, UUID]:
        """Name to canonical id of every article."""
        return dict(self.ask("SELECT name, id FROM canonical.article"))

    def ask(self, query: str) -> list[Any]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query.encode()).fetchall()


@pytest.fixture(params=[True, False], ids=["by version", "by request"])
def place(request: pytest.FixtureRequest, tmp_path: Path, database_url: str) -> Iterator[Place]:
    """A shop with six articles that was read once."""
    write(tmp_path, files(ordered=request.param))
    shop = Shop()
    for number in range(1, 7):
        shop.put(number, f"a{number}")
    with serving(shop) as address:
        made = Place(
            folder=tmp_path, database_url=database_url, address=address, shop=shop, ordered=request.param
        )
        assert made.sync().complete
        yield made


def test_who_is_gone_ends_and_who_came_back_stays(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the list is read again, cut off, fails, or holds what says nothing; and in a rebuild."""
    shop, first = place.shop, place.rows()
    assert sorted(first) == ["a1", "a2", "a3", "a4", "a5", "a6"]

    shop.delete(2)
    shop.delete(3)
    shop.put(3, "back")
    lists, _ = place.sync().streams
    assert (str(lists.stream), lists.fetched and lists.fetched.records) == ("shop.gone", 2)
    assert place.rows() == {"a1": first["a1"], "back": first["a3"]} | {
        f"a{n}": first[f"a{n}"] for n in (4, 5, 6)
    }
    ((path,),) = place.ask(
        "SELECT r.request ->> 'url' FROM canonical.article_history h"
        " JOIN syncline.response r ON r.id = h._cause_id WHERE h.name = 'a2' AND h._cause = 1"
    )
    assert "/gone" in path
    told = place.told(first["a2"])
    assert told.startswith("shop.items 2: ")
    assert told.endswith(' of shop.gone lists it as deleted: /items/0 {"n": 0, "item": 2, "at": 7}')

    place.sync()  # the lookback lists both again: that is no second delete
    assert place.rows()["back"] == first["a3"]

    shop.delete(3)
    with monkeypatch.context() as patch:  # durable, and the worker dies before anything ends
        patch.setattr(listed, "bury", lambda *_: (_ for _ in ()).throw(OSError("killed")))
        with pytest.raises(OSError, match="killed"):
            place.sync()
    assert "back" in place.rows()
    shop.put(3, "again")
    assert place.sync().complete
    assert "back" not in place.rows()
    assert place.rows()["again"] == first["a3"]

    shop.broken = True
    shop.put(7, "new")
    shop.asked.clear()
    report = place.sync()
    assert [each.complete for each in report.streams] == [False, False]
    assert report.streams[1].fetched is not None
    assert getattr(report.streams[1].fetched.error, "code", None) == "list-not-read"
    assert ("/items" in shop.asked) is place.ordered
    shop.broken = False
    assert place.sync().complete
    assert "new" in place.rows()

    tombstones = "SELECT * FROM syncline.tombstone ORDER BY key, said"
    live, graves = place.rows(), place.ask(tombstones)
    lists, _ = place.sync(full=True).streams  # all that was ever listed comes again, and counts once
    assert lists.fetched is not None
    assert lists.fetched.records == len(shop.gone)
    assert (place.rows(), place.ask(tombstones)) == (live, graves)

    shop.gone.append({"n": 90, "item": None, "at": shop.tick})
    shop.gone.append({"n": 91, "item": 5, "at": None})
    assert place.sync().dead == 2
    assert "a5" in place.rows()
    codes = place.ask("SELECT problems -> 0 ->> 'code' FROM syncline.dead_letter ORDER BY 1")
    assert [code for (code,) in codes] == ["deletion-undated", "key-null"]

    with place.open() as workspace:
        standing = {str(each.stream): each for each in status(workspace).streams}
    assert list(standing) == ["shop.gone", "shop.items"]
    assert standing["shop.gone"].watermark is not None
    assert standing["shop.gone"].pending == 0

    with place.open() as workspace:
        letters = chosen(workspace.database, "shop.gone")
        again = retry(workspace, letters, who=None, stopping=lambda: False, listen=silence)
    assert (again.letters, again.left) == (2, 2)
    assert sorted(place.parents()) == sorted(place.rows())

    live, graves = place.rows(), place.ask(tombstones)
    counted = place.ask("SELECT _key, _incarnation FROM syncline.contribution_article ORDER BY 1")
    place.rebuild()
    assert place.told(first["a2"]) == told
    assert place.rows() == live
    assert place.ask(tombstones) == graves
    assert len(place.ask("SELECT FROM syncline.dead_letter")) == 2
    assert place.ask(
        "SELECT _key, _incarnation FROM syncline.contribution_article WHERE _dead_run IS NULL ORDER BY 1"
    ) == [each for each in counted if each[0] != "2"]


def test_a_list_that_was_misread_is_read_anew(place: Place) -> None:
    """A wrong ``key`` ends others; when the file says better, they live again, and who is meant ends."""
    shop, spec = place.shop, place.folder / "specs/shop.yaml"
    right = spec.read_text(encoding="utf-8")
    spec.write_text(right.replace("stream: gone, key: item", "stream: gone, key: n"), encoding="utf-8")
    shop.gone.append({"n": 77, "item": 77, "at": 0})
    shop.delete(4)  # the second of the list: its n is 1
    shop.items.pop(1)  # that it lives is in raw alone: it does not come again
    place.sync()
    assert sorted(place.rows()) == ["a2", "a3", "a4", "a5", "a6"]
    spec.write_text(right, encoding="utf-8")
    place.sync()
    assert sorted(place.rows()) == ["a1", "a2", "a3", "a5", "a6"]
