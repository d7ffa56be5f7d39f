"""What no two rows of the catalogue's entities may say: who keeps to it is there, who does not waits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.flow.events import silence
from engine.flow.sync import sync
from engine.mapping.entity import Entity
from engine.spec.load import load
from engine.store import dead_letters
from tests.acceptance.command import ROOT
from tests.integration.flow.shop import opened, project
from tests.integration.serving import Asked, Told, serving, write

pytestmark = pytest.mark.database

COMPANIES = """
from: shop.items
to: legal_entity
fields: {name: name, lei: lei}
"""
ACCOUNTS = """
from: shop.items
to: gl_account
fields: {chart: chart, number: number, name: name}
"""
LEI, OTHER = "5493001KJTIIGC8Y1R12", "529900T8BM49AURSDO55"


UNIQUE = {"legal_entity": ["one_company_an_lei"], "gl_account": ["one_account_a_number"]}
"""By entity: the constraints that are shown here, and no other is in the catalogue."""


def item(name: str, lei: str | None, chart: str | None, number: str) -> dict[str, Any]:
    return {"id": name, "name": name, "lei": lei, "chart": chart, "number": number}


def test_all_of_the_catalogue_are_shown_here() -> None:
    contracts = [
        load(Entity, path.name, path.read_bytes()).need()
        for path in (ROOT / "mappings/entities").glob("*.yaml")
        if not path.name.endswith(".test.yaml")
    ]
    found = {
        str(each.entity): [str(one.name) for one in each.constraints if one.unique] for each in contracts
    }
    assert {name: said for name, said in found.items() if said} == UNIQUE


def test_an_lei_is_of_one_company_and_a_number_of_one_account(tmp_path: Path, database_url: str) -> None:
    """Two records of one source are never joined: the younger row waits, and comes when it is mended."""
    items = [
        item("a", LEI, "SKR03", "1200"),
        item("b", OTHER, "SKR04", "1200"),  # another chart, the same number
        item("c", None, None, "1200"),  # what is not said is not held against anybody
        item("d", None, None, "1200"),
    ]
    files = project(field="name: string")
    files["mappings/shop/companies.yaml"] = COMPANIES
    files["mappings/shop/accounts.yaml"] = ACCOUNTS
    write(tmp_path, files)

    def answer(asked: Asked) -> Told:
        return Told(body=json.dumps({"items": items}).encode())

    with serving(answer) as address:

        def synced() -> tuple[set[str], set[str], dict[str, list[str]]]:
            """Companies and accounts with a row, and the letters of those without."""
            with opened(tmp_path, database_url, address) as workspace:
                assert sync(workspace, stopping=lambda: False, listen=silence).complete
                with workspace.database.connect(label="test") as connection:
                    rows = [
                        {name for (name,) in connection.execute(f"SELECT name FROM canonical.{entity}")}
                        for entity in ("legal_entity", "gl_account")
                    ]
                    letters = {
                        each.mapping or "": [str(one["message"]).partition(":")[0] for one in each.problems]
                        for each in dead_letters.find(connection)
                        if {one["code"] for one in each.problems} == {"not-unique"}
                    }
            return rows[0], rows[1], letters

        assert synced() == ({*"abcd"}, {*"abcd"}, {})
        items.append(item("e", LEI, "SKR03", "1200"))
        assert synced() == (
            {*"abcd"},
            {*"abcd"},
            {"shop/companies": UNIQUE["legal_entity"], "shop/accounts": UNIQUE["gl_account"]},
        )
        items[-1] = item("e", "7LTWFZYICNSX8D621K86", "SKR03", "1210")
        assert synced() == ({*"abcde"}, {*"abcde"}, {})
