"""Amounts are converted by the rate of a day; a rate that is corrected corrects the amounts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.flow.events import silence
from engine.flow.explain import explain
from engine.flow.sync import sync
from engine.flow.workspace import Workspace
from tests.integration.serving import Asked, Told, serving, write

HEAD = "date,base,quote,rate,source\n"
PROJECT = {
    "syncline.yaml": """
project: rated
database: env:RATED_DATABASE
sources: {books: {connector: books, config: {base: "env:RATED_API"}}}
egress: {allow: ["env:RATED_API"]}
""",
    "specs/books.yaml": """
connector: books
config: {base: {type: string}}
http: {base_url: "${config.base}"}
streams:
  entries: {path: /entries, records: "@", key: id}
""",
    "mappings/entities/entry.yaml": """
entity: entry
fields:
  amount: {type: money, in: USD, on: posted_on, within: 3d, scale: 2}
  posted_on: date
""",
    "mappings/books/entries.yaml": """
from: books.entries
to: entry
fields:
  amount: {value: cents, currency: {value: currency}, minor: true}
  posted_on: posted
""",
    "units/fx/bank.csv": f"{HEAD}2024-03-01,EUR,USD,1.0800,Bank\n2024-03-04,EUR,USD,1.0850,Bank\n",
}
ENTRIES = [
    {"id": 1, "cents": 10000, "currency": "EUR", "posted": "2024-03-03"},
    {"id": 2, "cents": 10000, "currency": "EUR", "posted": "2024-03-04"},
    {"id": 3, "cents": 10000, "currency": "USD"},
    {"id": 4, "cents": 10000, "currency": "EUR", "posted": "2024-03-08"},
    {"id": 5, "cents": 10000, "currency": "GBP", "posted": "2024-03-04"},
    {"id": 6, "cents": 10000, "currency": "EUR"},
]


def _books(_: Asked) -> Told:
    return Told(body=json.dumps(ENTRIES).encode())


@pytest.fixture
def books() -> Iterator[str]:
    """The address of the books."""
    with serving(_books) as address:
        yield address


def _state(workspace: Workspace) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Amounts in dollars by key, and the dead letters with their code."""
    with workspace.database.connect() as connection:
        rows = connection.execute(
            """SELECT b._key, e.amount, e.amount_currency FROM canonical.entry e
               JOIN syncline.contribution_entry b ON b._entity_id = e.id"""
        ).fetchall()
        letters = connection.execute(
            "SELECT subject, problems->0->>'code' FROM syncline.dead_letter ORDER BY 1"
        ).fetchall()
    assert {currency for _, _, currency in rows} == {"USD"}
    return {key: amount for key, amount, _ in rows}, [(key, code) for key, code in letters]


def test_amounts_follow_the_rates_and_explain_says_which(
    tmp_path: Path, database_url: str, books: str
) -> None:
    write(tmp_path, PROJECT)
    environment = {"RATED_DATABASE": database_url, "RATED_API": books}
    with Workspace.open(tmp_path, say=lambda _: None, environment=environment) as workspace:
        sync(workspace, stopping=lambda: False, listen=silence)
        amounts, letters = _state(workspace)
        (told,) = explain(workspace, "entry", "1", "amount").fields
    assert amounts == {"1": Decimal("108.00"), "2": Decimal("108.50"), "3": Decimal("100.00")}
    assert letters == [("4", "rate-missing"), ("5", "rate-missing"), ("6", "rate-date-missing")]
    assert told.agrees
    assert told.trace is not None
    assert "1.0800 (EUR to USD, 2024-03-01, Bank)" in [step.says for step in told.trace.steps][2]

    rates = (
        f"{HEAD}2024-03-01,EUR,USD,1.0900,Bank\n2024-03-04,EUR,USD,1.0850,Bank\n2024-03-08,USD,EUR,0.9,Bank\n"
    )
    (tmp_path / "units/fx/bank.csv").write_text(rates)
    with Workspace.open(tmp_path, say=lambda _: None, environment=environment) as workspace:
        (told,) = explain(workspace, "entry", "1", "amount").fields
        assert not told.agrees
        assert "files changed since" in told.why
        sync(workspace, stopping=lambda: False, listen=silence)
        amounts, letters = _state(workspace)
        (told,) = explain(workspace, "entry", "1", "amount").fields
    assert amounts == {
        "1": Decimal("109.00"),
        "2": Decimal("108.50"),
        "3": Decimal("100.00"),
        "4": Decimal("111.11"),
    }
    assert letters == [("5", "rate-missing"), ("6", "rate-date-missing")]
    assert told.agrees
