"""A vendor's change must not drain a company's data into the queue of dead letters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from engine.flow.events import silence
from engine.flow.sync import SyncReport, sync
from tests.integration.flow.shop import opened, project
from tests.integration.serving import Asked, Told, serving, write

PROJECT = project(
    "pagination: {type: offset, into: query.offset, size: {into: query.limit, value: 5000}}",
    field="amount: decimal",
)
REPAIRED = "from: shop.items\nto: article\nfields: {amount: \"replace(amount, ' EUR', '')\"}\n"
TOTAL = 30_000


def _shop(asked: Asked) -> Told:
    """30,000 records of which every tenth does not fit."""
    first = int(parse_qs(urlsplit(asked.target).query)["offset"][0])
    numbers = range(first, min(first + 5000, TOTAL))
    items = [{"id": n, "amount": f"{n}.5" + (" EUR" if n % 10 == 0 else "")} for n in numbers]
    return Told(body=json.dumps({"items": items}).encode())


@pytest.fixture
def shop() -> Iterator[str]:
    """The address of such a shop."""
    with serving(_shop) as address:
        yield address


def test_a_mapping_that_too_few_records_fit_waits_for_another_version(
    tmp_path: Path, database_url: str, shop: str
) -> None:
    """Raw is kept, the rest stays pending, the run is not complete; a repaired mapping takes it all."""
    write(tmp_path, PROJECT)

    def run() -> tuple[SyncReport, int, int, int, int]:
        with opened(tmp_path, database_url, shop) as workspace:
            report = sync(workspace, stopping=lambda: False, listen=silence)
            with workspace.database.connect() as connection:
                row = connection.execute(
                    """SELECT (SELECT count(*) FROM syncline.response),
                       (SELECT count(*) FROM syncline.pending),
                       (SELECT count(*) FROM canonical.article),
                       (SELECT count(*) FROM syncline.dead_letter)"""
                ).fetchone()
        assert row is not None
        return report, *row

    report, responses, pending, rows, letters = run()
    assert responses == TOTAL // 5000 + 1
    assert report.streams[0].parked == ("shop/items",)
    assert not report.complete
    assert pending > 0
    assert 0 < letters < TOTAL // 10
    assert rows == letters * 9

    again, responses, waiting, same, _ = run()
    assert not again.complete
    assert waiting > pending
    assert same == rows

    (tmp_path / "mappings/shop/items.yaml").write_text(REPAIRED)
    repaired, _, pending, rows, letters = run()
    assert repaired.complete
    assert (pending, rows, letters) == (0, TOTAL, 0)
