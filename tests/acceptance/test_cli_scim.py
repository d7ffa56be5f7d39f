"""A real SCIM server, 5,000 users and 50 groups, from an empty folder with the command line alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.acceptance.command import Syncline
from tests.acceptance.scim_server import ENTERPRISE, TOKEN, ScimServer

pytestmark = pytest.mark.database

USERS, GROUPS = 5_000, 50

PROJECT = """
project: directory_check
database: env:SYNCLINE_DATABASE
sources:
  directory:
    connector: scim
    config: {{url: "{url}"}}
    secrets: {{token: "file:token"}}
egress:
  allow: ["{origin}"]
"""


@pytest.fixture(scope="module")
def scim() -> Iterator[ScimServer]:
    """The real ``scim2-server``, filled."""
    with ScimServer(users=USERS, groups=GROUPS) as running:
        yield running


def _sum(report: dict[str, object], stream: str, mapping: str, what: str) -> int:
    (found,) = [each for each in report["streams"] if each["stream"] == stream]  # type: ignore[attr-defined]
    return int(found["mappings"][mapping][what])


def test_scim_is_synced_exactly_once_and_follows_changes_and_deletions(
    scim: ScimServer, tmp_path: Path, database_url: str
) -> None:
    """5,000 users and 50 groups; again: nothing; 7 changed there: 7 here; 3 deleted there: ended here."""
    project = Syncline(folder=tmp_path, database=database_url)
    (tmp_path / "syncline.yaml").write_text(PROJECT.format(url=scim.url, origin=scim.origin))
    (tmp_path / "token").write_text(TOKEN)
    assert project.json("validate")["problems"] == []
    assert project.json("test")["failed"] == 0

    first = project.json("sync", "--strict")
    assert _sum(first, "directory.users", "scim/users", "changed") == USERS
    assert _sum(first, "directory.groups", "scim/groups", "changed") == GROUPS
    assert _accounts(database_url) == {scim.user(number)["userName"] for number in range(USERS)}
    assert _count(database_url, "account_group") == GROUPS
    assert _count(database_url, "membership") == USERS
    assert _placed(database_url) == {
        (said["employeeNumber"], said["department"], said["costCenter"])
        for said in (scim.user(number)[ENTERPRISE] for number in range(USERS))
    }
    assert (_count(database_url, "org_unit"), _count(database_url, "cost_center")) == (4, 400)

    again = project.json("sync", "--strict")
    assert {counts["changed"] for each in again["streams"] for counts in each["mappings"].values()} == {0}

    scim.change_users(range(100, 107), title="Director")
    changed = project.json("sync", "--strict")
    assert _sum(changed, "directory.users", "scim/users", "changed") == 7

    gone = [11, 2_222, 4_999]
    scim.delete_users(gone)
    deleted = project.json("sync", "--strict")
    (users,) = [each for each in deleted["streams"] if each["stream"] == "directory.users"]
    assert users["deletions"]["deleted"] == len(gone)
    ended = {scim.user(number)["userName"] for number in gone}
    assert _accounts(database_url) == {scim.user(number)["userName"] for number in range(USERS)} - ended
    assert _count(database_url, "worker") == USERS - len(gone)
    for entity in ("account", "worker"):
        assert project.json("explain", entity, scim.user_ids[100])["agrees"]


def _accounts(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = [row[0] for row in connection.execute("SELECT user_name FROM canonical.account")]
    assert len(rows) == len(set(rows)), "somebody is there twice"
    return set(rows)


def _placed(url: str) -> set[tuple[str, str, str]]:
    """Workers by number, with the org unit and the cost center that they refer to."""
    query = """SELECT w.employee_number, u.code, c.code FROM canonical.worker w
               JOIN canonical.org_unit u ON u.id = w.org_unit
               JOIN canonical.cost_center c ON c.id = w.cost_center"""
    with psycopg.connect(url) as connection:
        return {(row[0], row[1], row[2]) for row in connection.execute(query)}


def _count(url: str, entity: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(f"SELECT count(*) FROM canonical.{entity}").fetchone()
    assert row is not None
    return int(row[0])
