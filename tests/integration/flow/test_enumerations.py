"""Absence deletes only with proof: readings that go wrong end nobody, a right one exactly the leavers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import psycopg
import pytest

from engine.flow.events import silence
from engine.flow.replay import replay_all
from engine.flow.sync import StreamReport, sync
from engine.flow.workspace import Workspace
from tests.integration.flow.shop import opened, project
from tests.integration.serving import Asked, Told, serving, write

pytestmark = pytest.mark.database

PAGE, FIRST, LEAVERS = 10, 100, (7, 42, 43)
PROJECT = project(
    "pagination: {type: offset, into: query.offset, size: {into: query.limit, value: 10}, total: body.total}",
    "deletes: {type: enumeration, limit: 10%}",
    http="retry: {attempts: 1}, breaker: {minimum: 1000}",
)


@dataclass(kw_only=True)
class Shop:
    """A hundred articles, ten a page; what it does wrong is a function of the offset."""

    items: list[int] = field(default_factory=lambda: list(range(FIRST)))
    extra: int = 0
    """What the announced total says too much."""
    meanwhile: Callable[[int], Told | None] = lambda _: None
    """Called with each offset before it is answered; may answer instead."""

    def __call__(self, asked: Asked) -> Told:
        offset = int(parse_qs(urlsplit(asked.target).query).get("offset", ["0"])[0])
        told = self.meanwhile(offset)
        if told is not None:
            return told
        page = [{"id": n, "name": f"n{n}"} for n in self.items[offset : offset + PAGE]]
        return Told(body=json.dumps({"items": page, "total": len(self.items) + self.extra}).encode())


class Place:
    """A project whose shop is read; what it holds is read apart from the engine."""

    def __init__(self, folder: Path, database_url: str, address: str, shop: Shop) -> None:
        self.folder, self.database_url, self.address, self.shop = folder, database_url, address, shop

    def _open(self) -> Workspace:
        return opened(self.folder, self.database_url, self.address)

    def enumerate(self) -> StreamReport:
        """One run that reads everything."""
        with self._open() as workspace:
            (report,) = sync(workspace, full=True, stopping=lambda: False, listen=silence).streams
        return report

    def rebuild(self) -> None:
        """Rows anew from what is stored."""
        with self._open() as workspace:
            replay_all(workspace, stopping=lambda: False, listen=silence)

    def ids(self) -> dict[str, UUID]:
        """Name to canonical id of every article."""
        with psycopg.connect(self.database_url) as connection:
            return dict(connection.execute("SELECT name, id FROM canonical.article").fetchall())


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Iterator[Place]:
    """A shop that was read whole once."""
    write(tmp_path, PROJECT)
    shop = Shop()
    with serving(shop) as address:
        made = Place(tmp_path, database_url, address, shop)
        assert made.enumerate().complete
        assert len(made.ids()) == FIRST
        yield made


def leave(shop: Shop) -> None:
    """Three are gone."""
    shop.items = [n for n in shop.items if n not in LEAVERS]


def names_without(gone: tuple[int, ...]) -> set[str]:
    return {f"n{n}" for n in range(FIRST) if n not in gone}


def test_a_reading_cut_by_an_error_deletes_nobody_nor_does_what_goes_on_with_it(place: Place) -> None:
    """Pages three to ten were not seen; the run after it sees all, and ends the leavers alone."""
    leave(place.shop)
    place.shop.meanwhile = lambda offset: Told(status=500) if offset >= 2 * PAGE else None
    cut = place.enumerate()
    assert not cut.complete
    assert cut.deletions is None or cut.deletions.deleted == 0
    assert set(place.ids()) == names_without(())
    place.shop.meanwhile = lambda _: None
    again = place.enumerate()
    assert again.complete
    assert set(place.ids()) == names_without(LEAVERS)


def test_a_source_that_says_nothing_with_200_deletes_nobody(place: Place) -> None:
    """``{"items": [], "total": 0}`` is no proof, and the run says so."""
    place.shop.items = []
    report = place.enumerate()
    assert report.deletions is not None
    assert report.deletions.proof()["refused"] == "nothing-came"
    assert set(place.ids()) == names_without(())


def test_more_than_the_declared_share_deletes_nobody(place: Place) -> None:
    """Eleven of a hundred at 10 %; ten are let go."""
    place.shop.items = place.shop.items[11:]
    report = place.enumerate()
    assert report.deletions is not None
    assert report.deletions.proof()["refused"] == "over-limit"
    assert set(place.ids()) == names_without(())
    place.shop.items = list(range(10, FIRST))
    place.enumerate()
    assert set(place.ids()) == names_without(tuple(range(10)))


@pytest.mark.parametrize("extra", [1, 5, 400])
def test_fewer_than_the_announced_total_delete_nobody(place: Place, extra: int) -> None:
    """A source that counts more than it shows hides somebody: nobody knows whom."""
    leave(place.shop)
    place.shop.extra = extra
    report = place.enumerate()
    assert report.deletions is None
    assert set(place.ids()) == names_without(())


def test_rows_that_come_and_go_during_a_reading_delete_nobody(place: Place) -> None:
    """A row leaves an early page while later ones are read: the next moves up unseen, and is not gone."""

    def shrink(offset: int) -> Told | None:
        if offset == 5 * PAGE and 3 in place.shop.items:
            place.shop.items.remove(3)
        return None

    place.shop.meanwhile = shrink
    report = place.enumerate()
    assert report.deletions is None
    assert set(place.ids()) == names_without(())
    place.enumerate()
    assert set(place.ids()) == names_without((3,))


def test_rows_created_during_a_reading_are_not_taken_for_gone(place: Place) -> None:
    """Somebody comes before the page in hand, and everybody is shown one place later."""

    def grow(offset: int) -> Told | None:
        if offset == 5 * PAGE and FIRST not in place.shop.items:
            place.shop.items.insert(0, FIRST)
        return None

    place.shop.meanwhile = grow
    place.enumerate()
    assert set(place.ids()) >= names_without(())


def test_a_right_one_deletes_the_leavers_for_good_and_who_returns_keeps_the_id(place: Place) -> None:
    """Neither a rebuild nor a reading brings them back; one who returns is who they were."""
    before = place.ids()
    leave(place.shop)
    report = place.enumerate()
    assert report.deletions is not None
    assert report.deletions.proof()["deleted"] == len(LEAVERS)
    stayed = {name: before[name] for name in names_without(LEAVERS)}
    assert place.ids() == stayed
    place.rebuild()
    assert place.ids() == stayed
    place.shop.items.append(LEAVERS[0])
    assert place.enumerate().complete
    assert place.ids() == stayed | {f"n{LEAVERS[0]}": before[f"n{LEAVERS[0]}"]}
    place.rebuild()
    assert place.ids() == stayed | {f"n{LEAVERS[0]}": before[f"n{LEAVERS[0]}"]}
