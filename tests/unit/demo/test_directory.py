"""The demo's directory has the manners of SCIM."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from engine.demo.directory import RENAMED, SERVICES, TOKEN
from engine.demo.server import DemoSystems
from tests.unit.demo.clock import Clock


def ask(systems: DemoSystems, client: httpx.Client, resource: str = "Users", **query: Any) -> httpx.Response:
    return client.get(
        f"{systems.directory.address}/scim/v2/{resource}",
        params=query,
        headers={"Authorization": f"Bearer {TOKEN}"},
    )


def test_only_who_has_the_token_is_answered(systems: DemoSystems, client: httpx.Client) -> None:
    url = f"{systems.directory.address}/scim/v2/Users"
    for headers in ({}, {"Authorization": "Bearer guess"}, {"Authorization": f"Basic {TOKEN}"}):
        answer = client.get(url, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_pages_start_at_one_and_the_last_leaves_resources_out(
    systems: DemoSystems, client: httpx.Client
) -> None:
    found: list[str] = []
    while True:
        page = ask(systems, client, startIndex=len(found) + 1, count=40).json()
        assert page["totalResults"] == 90 + SERVICES
        if "Resources" not in page:
            break
        assert page["itemsPerPage"] == len(page["Resources"])
        found += [user["id"] for user in page["Resources"]]
    assert len(found) == len(set(found)) == 90 + SERVICES


def test_filter_asks_for_what_changed_since(systems: DemoSystems, client: httpx.Client, clock: Clock) -> None:
    systems.directory.update("E-00003", title="Board")
    since = systems.directory.record("E-00003")["meta"]["lastModified"]
    for sign, count in (("ge", 1), ("gt", 0)):
        page = ask(systems, client, filter=f'meta.lastModified {sign} "{since}"').json()
        assert page["totalResults"] == count
    refused = ask(systems, client, filter='userName eq "a"')
    assert (refused.status_code, refused.json()["scimType"]) == (400, "invalidFilter")


def test_who_is_deleted_stays_and_is_switched_off(systems: DemoSystems, client: httpx.Client) -> None:
    systems.directory.delete("E-00005")
    page = ask(systems, client, startIndex=5, count=1).json()
    (user,) = page["Resources"]
    assert (user["active"], page["totalResults"]) == (False, 90 + SERVICES)


def test_nobody_is_known_by_an_employee_number(systems: DemoSystems, client: httpx.Client) -> None:
    """HR's id is what joins, and the e-mail address where HR knows the one of today."""
    answer = ask(systems, client, count=90)
    assert "E-000" not in answer.text
    users = {each.get("externalId"): each for each in answer.json()["Resources"]}
    same = {index: 100_000 + index for index in range(1, 91)}
    for index, known in same.items():
        address = systems.hr.record(f"E-{index:05d}")["email"].lower()
        assert (users[str(known)]["userName"] == address) is (index != RENAMED)


def test_groups_have_the_codes_of_departments(systems: DemoSystems, client: httpx.Client) -> None:
    groups = ask(systems, client, "Groups").json()["Resources"]
    assert {each["externalId"]: each["displayName"] for each in groups}["PAYR"] == "Payroll Office"
    assert len({each["externalId"] for each in groups}) == 24


def test_groups_hold_who_works_there(systems: DemoSystems, client: httpx.Client) -> None:
    groups = ask(systems, client, "Groups").json()["Resources"]
    members = [each["value"] for group in groups for each in group["members"]]
    active = [user for user in ask(systems, client, count=90).json()["Resources"] if user["active"]]
    assert sorted(members) == sorted(user["id"] for user in active)


@pytest.mark.parametrize(("path", "status"), [("Schemas", 404), ("Users?count=x", 400)])
def test_what_it_does_not_know_is_an_error_as_scim_writes_one(
    systems: DemoSystems, client: httpx.Client, path: str, status: int
) -> None:
    answer = client.get(
        f"{systems.directory.address}/scim/v2/{path}", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    assert (answer.status_code, answer.json()["status"]) == (status, str(status))
