"""Bookings whose lines sum to zero: weighed when a run has ended, mended by whatever mends them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.flow import letters
from engine.flow.events import silence
from engine.flow.rebuilding import Shuffle
from engine.flow.replay import replay_all
from engine.flow.sync import SyncReport, sync
from engine.flow.workspace import Workspace
from tests.integration.canonical import canonical_rows
from tests.integration.flow.shop import opened, project
from tests.integration.serving import Asked, Told, serving, write

pytestmark = pytest.mark.database

CONTRACT = """
entity: article
fields: {name: string, final: boolean, day: timestamp}
constraints:
  - name: balanced
    over: {lines: line, by: article}
    that: "!final || length(unique(lines[].amount_currency)) > `1` || sum(lines[].amount) == `0`"
"""
FILES = {
    "specs/shop.yaml": """
connector: shop
config: {base: {type: string}}
http: {base_url: "${config.base}"}
streams:
  items: {path: /items, records: items, key: id}
  extra: {path: /extra, records: items, key: id, deletes: {type: marker, when: gone}}
""",
    "mappings/entities/article.yaml": CONTRACT,
    "mappings/entities/line.yaml": """
entity: line
fields: {article: {type: ref, entity: article}, amount: money}
""",
    "mappings/policies/line.yaml": "policy: line\ndefault: {prefer: [shop]}\n",
    "mappings/shop/items.yaml": """
from: shop.items
to: article
fields: {name: id, final: final, day: {constant: "2024-01-01T10:00:00Z"}}
""",
    "mappings/shop/lines.yaml": """
from: shop.items
to: line
each: lines
key: n
fields: {article: {value: id, of: record, ref: shop.items}, amount: {value: amount, currency: EUR}}
""",
    "mappings/shop/extra.yaml": """
from: shop.extra
to: line
fields: {article: {value: item, ref: shop.items}, amount: {value: amount, currency: EUR}}
""",
}


def booking(key: str, *amounts: str, final: bool = True) -> dict[str, Any]:
    lines = [{"n": n, "amount": amount} for n, amount in enumerate(amounts)]
    return {"id": key, "final": final, "lines": lines}


def test_a_booking_is_weighed_with_all_of_its_lines(tmp_path: Path, database_url: str) -> None:
    """Lines of its record and of another stream, late, moved, deleted; and a contract that asks more."""
    said: dict[str, list[dict[str, Any]]] = {
        "/items": [
            booking("even", "0.10", "0.20", "-0.30"),
            booking("odd", "7", "-5"),
            booking("open", "7", final=False),
            booking("none"),
        ],
        "/extra": [],
    }

    def answer(asked: Asked) -> Told:
        return Told(body=json.dumps({"items": said[asked.target]}).encode())

    write(tmp_path, project() | FILES)
    with serving(answer) as address, opened(tmp_path, database_url, address) as workspace:
        assert (read(workspace).dead, broken(workspace)) == (1, {"odd": 2})
        said["/extra"] = [{"id": 1, "item": "odd", "amount": "-2"}, {"id": 2, "item": "late", "amount": "1"}]
        assert (read(workspace, "shop.extra").dead, broken(workspace)) == (0, {})
        said["/items"].append(booking("late", "4", "-4"))
        assert (read(workspace).dead, broken(workspace)) == (1, {"late": 3})
        said["/extra"] = [{"id": 2, "item": "even", "amount": "1"}, {"id": 1, "gone": True}]
        assert (read(workspace).dead, broken(workspace)) == (2, {"even": 4, "odd": 2})
        rows = canonical_rows(workspace)
        assert len(rows["article"]) == 5
        replay_all(workspace, stopping=lambda: False, listen=silence, shuffle=Shuffle(seed=1, lot=1))
        assert (canonical_rows(workspace), broken(workspace)) == (rows, {"even": 4, "odd": 2})
        said["/items"][0] = booking("even", "0.10", "0.20", "-1.30")
        said["/items"][1] = booking("odd", "7", "-7")
        assert (read(workspace).dead, broken(workspace)) == (0, {})
        with workspace.database.connect() as connection:
            assert connection.execute("SELECT count(*) FROM syncline.unweighed").fetchone() == (0,)
    asks = CONTRACT.replace("!final || ", "").replace("== `0`", "== `0` && length(lines) > `0`")
    write(tmp_path, {"mappings/entities/article.yaml": asks})
    with serving(answer) as address, opened(tmp_path, database_url, address) as workspace:
        read(workspace)
        assert broken(workspace) == {"none": 0, "open": 1}


def read(workspace: Workspace, *targets: str) -> SyncReport:
    return sync(workspace, targets, stopping=lambda: False, listen=silence)


def broken(workspace: Workspace) -> dict[str, int]:
    """By the key of a booking whose letter stands: over how many lines it does not hold."""
    found = letters.chosen(workspace.database)
    assert {problem["code"] for each in found for problem in each.problems} <= {"lines-broken"}
    return {
        each.subject: int(
            each.problems[0]["message"].removeprefix("constraint balanced is false over ").split()[0]
        )
        for each in found
    }
