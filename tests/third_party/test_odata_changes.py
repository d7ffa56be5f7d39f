"""What becomes of rows that change at the real CAP server while a list of them is being read."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.acceptance.command import ROOT
from tests.third_party.between import Between
from tests.third_party.cap_project import project_of
from tests.third_party.cap_server import CapServer

pytestmark = [pytest.mark.database, pytest.mark.xdist_group("cap")]

NEXT_LINKS = """
connector: erp_by_links
config:
  url: {type: string}
  user: {type: string}
secrets:
  password: {}
http:
  base_url: ${config.url}
  auth: {type: basic, username: "${config.user}", password: "${secret.password}"}
streams:
  business_partners:
    path: /erp/BusinessPartners
    records: value
    key: ID
    version: modifiedAt
    query:
      $filter: "${window.start && concat(' ', ['modifiedAt ge', window.start])}"
      $orderby: modifiedAt,ID
    pagination: {type: next_url, next: 'body."@odata.nextLink"'}
    incremental: {cursor: modifiedAt, order: ascending}
"""
PARTNERS = """
from: erp_by_links.business_partners
to: business_partner
fields: {number: ID, name: name}
"""

ROWS = 5
"""So many rows that have been read change before a page is."""
PAGES = 3
"""Before so many pages."""


def _changing(cap: CapServer) -> Callable[[str, int], None]:
    """Before each of the pages 2, 3 and 4: the rows change that changed the longest time ago."""

    def change(path: str, number: int) -> None:
        if "/BusinessPartners" in path and 1 <= number <= PAGES:
            oldest = cap.call("GET", f"/erp/BusinessPartners?$orderby=modifiedAt,ID&$top={ROWS}&$select=ID")
            for row in oldest["value"]:
                cap.change(f"/erp/BusinessPartners('{row['ID']}')", name=f"Changed before page {number + 1}")

    return change


def _there(cap: CapServer) -> dict[str, str]:
    """All partners at the server, by number, their names."""
    found: dict[str, str] = {}
    for skip in range(0, len(cap.rows["BusinessPartners"]), 1_000):
        page = cap.call("GET", f"/erp/BusinessPartners?$orderby=ID&$top=1000&$skip={skip}&$select=ID,name")
        found |= {row["ID"]: row["name"] for row in page["value"]}
    return found


def _here(database: str) -> dict[str, str]:
    """All partners that arrived."""
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT number, name FROM canonical.business_partner").fetchall()
    assert len(rows) == len(dict(rows)), "a partner is there twice"
    return dict(rows)


def _resumable(database: str) -> bool:
    """Whether a run that ends now could be gone on with."""
    with psycopg.connect(database) as connection:
        query = "SELECT count(*) FROM syncline.progress_window WHERE resume IS NOT NULL"
        return connection.execute(query).fetchone() != (0,)


def test_next_links_alone_pass_over_rows(
    cap: CapServer, tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """They count rows: as many as move behind the others are never seen, by the next run neither."""
    for name, text in (("specs/erp_by_links", NEXT_LINKS), ("mappings/erp_by_links/partners", PARTNERS)):
        file = tmp_path / f"{name}.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(text)
    with Between(cap.port, _changing(cap)) as door:
        project = project_of(tmp_path, door.origin, database_url, "erp_by_links")
        project.json("sync", "--strict")
        first = _there(cap).keys() - _here(database_url).keys()
        project.json("sync", "--strict")
        second = _there(cap).keys() - _here(database_url).keys()
    with capsys.disabled():
        print(
            f"\nnext links alone, {ROWS} rows changed before each of {PAGES} pages: {len(first)} of "
            f"{len(_there(cap))} rows missed; after a second sync still {len(second)}"
        )
    assert first
    assert second == first


def test_a_key_set_misses_none(
    cap: CapServer, tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same changes at the same moments: every row is there, each as it is at the server."""
    with Between(cap.port, _changing(cap)) as door:
        project = project_of(tmp_path, door.origin, database_url)
        report = project.json("sync", "erp.business_partners", "--strict")
        asked = [path for path in door.asked if "/BusinessPartners" in path]
        again = project.json("sync", "erp.business_partners", "--strict")
    there = _there(cap)
    missed = there.keys() - _here(database_url).keys()
    with capsys.disabled():
        print(
            f"\nkey set, the same changes: {len(missed)} of {len(there)} rows missed, {len(asked)} requests"
        )
    assert _here(database_url) == there
    assert "$filter" not in asked[0]
    assert all("modifiedAt gt" in path for path in asked[1:])
    assert report["streams"][0]["complete"]
    assert again["streams"][0]["mappings"]["sap_odata/business_partners"]["changed"] == 0


def test_a_killed_sync_goes_on_after_the_last_row_that_is_durable(
    cap: CapServer, tmp_path: Path, database_url: str
) -> None:
    """Killed between two pages: the next run asks for what follows, not for the first page again."""
    running: list[subprocess.Popen[str]] = []

    def kill(path: str, number: int) -> None:
        if running and number >= 2 and _resumable(database_url):
            running.pop().kill()
        elif running:
            time.sleep(0.3)  # longer than pages are gathered before they are made durable

    catalogue = (ROOT / "specs" / "sap_odata.yaml").read_text()
    (tmp_path / "specs").mkdir()
    # a run that is due to look for deletes begins anew, because only a reading in one piece proves absence
    (tmp_path / "specs" / "sap_odata.yaml").write_text(catalogue.replace(", every: 1d", ""))
    with Between(cap.port, kill) as door:
        project = project_of(tmp_path, door.origin, database_url)
        process = project.start("sync", "erp.employees")
        running.append(process)
        process.communicate(timeout=120)
        assert process.returncode == -9
        before = len(door.asked)
        project.json("sync", "erp.employees", "--strict")
        rest = door.asked[before:]
    assert "modifiedAt gt" in rest[0]
    assert before + len(rest) <= 14, "some pages were read twice, but not all"
    with psycopg.connect(database_url) as connection:
        found = connection.execute("SELECT count(*), count(DISTINCT employee_number) FROM canonical.worker")
        assert found.fetchone() == (10_000, 10_000)
