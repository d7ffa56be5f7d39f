"""A line whose bill has not come, from a sync to the commands and a replay."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.errors import SettingsError
from engine.flow import letters
from engine.flow.events import silence
from engine.flow.explain import explain
from engine.flow.rebuilding import Shuffle
from engine.flow.replay import replay_all
from engine.flow.status import status
from engine.flow.sync import SyncReport, sync
from engine.flow.view import view
from engine.flow.workspace import Workspace
from tests.integration.canonical import canonical_rows
from tests.integration.flow.shop import opened, project
from tests.integration.serving import Asked, Told, serving, write

pytestmark = pytest.mark.database

FILES = {
    "specs/shop.yaml": """
connector: shop
config: {base: {type: string}}
http: {base_url: "${config.base}"}
streams:
  lines: {path: /lines, records: items, key: id}
  bills: {path: /bills, records: items, key: id}
""",
    "mappings/entities/article.yaml": """
entity: article
fields: {name: string, bill: {type: ref, entity: bill, required: true}}
""",
    "mappings/entities/bill.yaml": "entity: bill\nfields: {name: string}\n",
    "mappings/shop/items.yaml": """
from: shop.lines
to: article
fields: {name: name, bill: {value: bill, ref: shop.bills}}
""",
    "mappings/shop/bills.yaml": "from: shop.bills\nto: bill\nfields: {name: name}\n",
}


def test_a_line_waits_for_its_bill(tmp_path: Path, database_url: str) -> None:
    """Its bill comes with another run: nobody retries, and every command says what it waits for."""
    said = {
        "/lines": [{"id": 1, "name": "anvil", "bill": 7}, {"id": 2, "name": "bolt", "bill": 8}],
        "/bills": [{"id": 7, "name": "seven"}],
    }

    def answer(asked: Asked) -> Told:
        return Told(body=json.dumps({"items": said[asked.target]}).encode())

    write(tmp_path, project() | FILES)
    with serving(answer) as address, opened(tmp_path, database_url, address) as workspace:

        def read(*targets: str) -> SyncReport:
            return sync(workspace, targets, stopping=lambda: False, listen=silence)

        assert (read("shop.lines").dead, _names(workspace)) == (2, [])
        assert (read().dead, _names(workspace)) == (0, ["anvil"])  # within a run parents may come late
        (letter,) = letters.chosen(workspace.database, code="reference-open")
        assert (letter.subject, letter.stage, letter.attempts) == ("2", "settle", 1)
        assert letters.opened(workspace, letter).record == said["/lines"][1]
        waits = ["bill: waits for 8 of shop.bills"]
        assert (view(workspace, "article", "2").withheld, view(workspace, "article", "1").withheld) == (
            waits,
            (),
        )
        with pytest.raises(SettingsError, match=r"is withheld: bill: waits for 8 of shop\.bills"):
            explain(workspace, "article", "2")
        (open_,) = status(workspace).references
        assert (open_.field, open_.waits_for, open_.records, open_.awaited) == (
            "bill",
            "shop.bills",
            1,
            True,
        )
        replay_all(workspace, stopping=lambda: False, listen=silence, shuffle=Shuffle(seed=1, lot=1))
        assert (_names(workspace), letters.count(workspace.database)) == (["anvil"], 1)
        again = letters.chosen(workspace.database)
        tried = letters.retry(workspace, again, who=None, stopping=lambda: False, listen=silence)
        assert (tried.left, letters.chosen(workspace.database)[0].state) == (1, "open")
        said["/bills"].append({"id": 8, "name": "eight"})
        read("shop.bills")
        assert (_names(workspace), letters.count(workspace.database)) == (["anvil", "bolt"], 0)
        assert explain(workspace, "article", "2").agrees


def _names(workspace: Workspace) -> list[str]:
    return sorted(row[1] for row in canonical_rows(workspace)["article"])
