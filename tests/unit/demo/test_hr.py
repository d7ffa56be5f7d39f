"""The demo's HR system has the manners that its clients are written for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from engine.demo.hr import CANDIDATES, CLIENT_ID, CLIENT_SECRET
from engine.demo.server import DemoSystems
from tests.unit.demo.clock import Clock

FORM = {"grant_type": "client_credentials"}


class Hr:
    """A client that has logged in."""

    def __init__(self, systems: DemoSystems, client: httpx.Client) -> None:
        self.address = systems.hr.address
        self.client = client
        self.token = ""
        self.log_in()

    def log_in(self) -> None:
        answer = self.client.post(f"{self.address}/oauth/token", data=FORM, auth=(CLIENT_ID, CLIENT_SECRET))
        self.token = answer.json()["access_token"]

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.client.get(
            f"{self.address}/v1{path}", params=query, headers={"Authorization": f"Bearer {self.token}"}
        )

    def walk(self, **query: Any) -> Iterator[dict[str, Any]]:
        while True:
            page = self.get("/workers", **query).json()
            yield from page["data"]
            if page["meta"]["next_cursor"] is None:
                return
            query["cursor"] = page["meta"]["next_cursor"]


@pytest.fixture
def hr(systems: DemoSystems, client: httpx.Client) -> Hr:
    return Hr(systems, client)


def test_token_is_given_for_credentials_in_the_header_or_the_form(
    systems: DemoSystems, client: httpx.Client
) -> None:
    url = f"{systems.hr.address}/oauth/token"
    in_form = FORM | {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    for answer in (
        client.post(url, data=FORM, auth=(CLIENT_ID, CLIENT_SECRET)),
        client.post(url, data=in_form),
    ):
        assert answer.status_code == 200
        assert answer.json()["token_type"] == "Bearer"
        assert answer.json()["expires_in"] == 30
        assert answer.headers["cache-control"] == "no-store"


def test_token_is_refused_for_a_wrong_secret_and_another_grant(
    systems: DemoSystems, client: httpx.Client
) -> None:
    url = f"{systems.hr.address}/oauth/token"
    wrong = client.post(url, data=FORM, auth=(CLIENT_ID, "guess"))
    assert (wrong.status_code, wrong.json()) == (401, {"error": "invalid_client"})
    other = client.post(url, data={"grant_type": "password"}, auth=(CLIENT_ID, CLIENT_SECRET))
    assert (other.status_code, other.json()) == (400, {"error": "unsupported_grant_type"})


def test_data_needs_a_token_that_lives_and_tokens_live_shortly(hr: Hr, clock: Clock) -> None:
    assert hr.get("/departments").status_code == 200
    clock.now += 30
    expired = hr.get("/departments")
    assert expired.status_code == 401
    assert expired.headers["www-authenticate"] == 'Bearer realm="hr"'
    hr.log_in()
    assert hr.get("/departments").status_code == 200


def test_revoked_tokens_end_at_once(systems: DemoSystems, hr: Hr) -> None:
    systems.hr.revoke_tokens()
    assert hr.get("/workers").status_code == 401


def test_walk_of_cursors_gives_everyone_once_in_order_of_change(hr: Hr) -> None:
    records = list(hr.walk(limit=7))
    assert len({record["id"] for record in records}) == len(records) == 90 + CANDIDATES
    changes = [record["updated_at"] for record in records]
    assert changes == sorted(changes)


def test_page_is_cut_at_the_systems_own_limit(client: httpx.Client) -> None:
    with DemoSystems(count=300, throttle_every=0) as systems:
        assert len(Hr(systems, client).get("/workers", limit=1_000).json()["data"]) == 200


def test_pages_hold_fifty_where_the_client_says_nothing(hr: Hr) -> None:
    assert len(hr.get("/workers").json()["data"]) == 50


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "bm9uc2Vuc2U="},
        {"cursor": "%%%"},
        {"limit": "many"},
        {"limit": "0"},
        {"updated_since": "yesterday"},
        {"updated_since": "2024-05-01T00:00:00"},
    ],
)
def test_nonsense_in_the_query_is_a_bad_request(hr: Hr, query: dict[str, str]) -> None:
    answer = hr.get("/workers", **query)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_parameter"


def test_updated_since_is_inclusive_and_updated_before_is_not(hr: Hr) -> None:
    everyone = list(hr.walk(limit=100))
    low, high = everyone[20]["updated_at"], everyone[60]["updated_at"]
    found = list(hr.walk(limit=9, updated_since=low, updated_before=high))
    assert found == everyone[20:60]


def test_updated_since_understands_any_offset(hr: Hr) -> None:
    utc = hr.get("/workers", updated_since="2024-06-01T00:00:00Z").json()
    west = hr.get("/workers", updated_since="2024-05-31T19:00:00-05:00").json()
    assert utc["data"]
    assert utc == west


def test_change_moves_a_worker_to_the_end_with_the_time_of_the_change(
    systems: DemoSystems, hr: Hr, clock: Clock
) -> None:
    systems.hr.update("E-00003", status="Leave")
    changed = list(hr.walk(updated_since="2024-10-27T00:00:00Z"))
    assert [record["employee_number"] for record in changed] == ["E-00003"]
    assert changed[0]["status"] == "Leave"
    assert changed[0]["updated_at"] == "2024-10-27T03:33:20.000000Z"


def test_deleted_worker_stays_as_a_marker(systems: DemoSystems, hr: Hr) -> None:
    number = systems.hr.record("E-00004")["id"]
    systems.hr.delete("E-00004")
    (marker,) = [record for record in hr.walk(limit=100) if record["id"] == number]
    assert marker["deleted"] is True
    assert "employee_number" not in marker


def test_inserted_worker_is_listed_with_a_new_id(systems: DemoSystems, hr: Hr) -> None:
    before = {record["id"] for record in hr.walk(limit=100)}
    made = systems.hr.insert("E-77777", name={"first": "New", "last": "Comer"})
    assert made["id"] not in before
    assert made in list(hr.walk(limit=100))


def test_departments_come_at_once_and_some_have_no_positions(hr: Hr) -> None:
    departments = hr.get("/departments").json()["data"]
    assert len(departments) == 24
    statuses = {
        each["id"]: hr.get(f"/departments/{each['id']}/positions").status_code for each in departments
    }
    assert [number for number, status in statuses.items() if status == 404] == [7, 14, 21]
    assert hr.get("/departments/8/positions").json()["data"][0]["code"] == "P1"


def test_what_people_belong_to_comes_at_once_and_refers_to_what_there_is(hr: Hr) -> None:
    """LEIs have their check digits; contracts and absences are of people, companies and offices."""
    lists = {
        name: hr.get(f"/{name}").json()["data"]
        for name in ("companies", "offices", "departments", "contracts", "time_off")
    }
    for each in lists["companies"]:
        assert int("".join(str(int(letter, 36)) for letter in each["lei"])) % 97 == 1
    ids = {name: {each["id"] for each in found} for name, found in lists.items()}
    people = {record["id"] for record in hr.walk(limit=100)}
    assert (len(ids["companies"]), len(ids["offices"])) == (4, 6)
    assert ids["contracts"]
    for contract in lists["contracts"]:
        assert contract["worker_id"] in people
        assert contract["company_id"] in ids["companies"]
        assert contract["office_id"] in ids["offices"]
        assert contract["department_id"] in ids["departments"]
        assert (contract["position"] is None) is (contract["department_id"] % 7 == 0)
    assert len(ids["time_off"]) == 6
    for absence in lists["time_off"]:
        assert absence["worker_id"] in people
        assert absence["from"] <= absence["to"]


def test_each_so_manieth_request_is_told_to_wait_and_so_is_everyone_until_then(
    client: httpx.Client, clock: Clock
) -> None:
    with DemoSystems(count=5, clock=clock, throttle_every=3, retry_after=2) as systems:
        hr = Hr(systems, client)
        assert [hr.get("/departments").status_code for _ in range(4)] == [200, 200, 429, 429]
        assert hr.get("/departments").headers["retry-after"] == "2"
        clock.now += 1
        early = hr.get("/departments")
        assert (early.status_code, early.headers["retry-after"]) == (429, "1")
        clock.now += 1
        assert [hr.get("/departments").status_code for _ in range(3)] == [200, 200, 429]


def test_log_says_what_was_asked_and_answered(systems: DemoSystems, hr: Hr) -> None:
    systems.hr.forget()
    hr.get("/workers", limit=5)
    hr.get("/nowhere")
    first, second = systems.hr.log
    assert (first.method, first.path, first.query, first.status) == (
        "GET",
        "/v1/workers",
        {"limit": "5"},
        200,
    )
    assert (second.path, second.status) == ("/v1/nowhere", 404)


def test_large_answers_are_compressed_for_who_accepts_it(hr: Hr) -> None:
    assert hr.get("/workers").headers["content-encoding"] == "gzip"
    plain = hr.client.get(
        f"{hr.address}/v1/workers",
        headers={"Authorization": f"Bearer {hr.token}", "Accept-Encoding": "identity"},
    )
    assert "content-encoding" not in plain.headers
    assert plain.json() == hr.get("/workers").json()
