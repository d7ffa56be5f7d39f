"""The demo's payroll system has the manners of a bureau."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from engine.demo.invoices import COUNT
from engine.demo.payroll import PASSWORD, USERNAME
from engine.demo.payroll_records import NO_DAY
from engine.demo.server import DemoSystems
from engine.demo.unfit import INVOICES, UNBALANCED


def ask(systems: DemoSystems, client: httpx.Client, **query: Any) -> Any:
    answer = client.get(f"{systems.payroll.address}/api/workers", params=query, auth=(USERNAME, PASSWORD))
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("auth", [None, (USERNAME, "guess"), ("guess", PASSWORD)])
def test_only_the_right_user_is_answered(
    systems: DemoSystems, client: httpx.Client, auth: tuple[str, str] | None
) -> None:
    answer = client.get(f"{systems.payroll.address}/api/workers", auth=auth)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="payroll"'


def test_pages_by_offset_give_everyone_once_and_the_total(systems: DemoSystems, client: httpx.Client) -> None:
    found: list[str] = []
    while True:
        page = ask(systems, client, offset=len(found), limit=40)
        assert page["total"] == 90
        found += [item["worker_id"] for item in page["items"]]
        if not page["items"]:
            break
    assert found == [f"P{index:06d}" for index in range(1, 91)]


def test_page_is_cut_at_the_systems_own_limit(client: httpx.Client) -> None:
    with DemoSystems(count=300) as systems:
        page = ask(systems, client, limit=1_000)
        assert (len(page["items"]), page["limit"]) == (250, 250)


@pytest.mark.parametrize("query", [{"offset": "-1"}, {"limit": "0"}, {"offset": "x"}])
def test_nonsense_in_the_query_is_a_bad_request(
    systems: DemoSystems, client: httpx.Client, query: dict[str, str]
) -> None:
    url = f"{systems.payroll.address}/api/workers"
    assert client.get(url, params=query, auth=(USERNAME, PASSWORD)).status_code == 400


def test_days_amounts_and_weights_are_text_in_the_bureaus_form(
    systems: DemoSystems, client: httpx.Client
) -> None:
    items = ask(systems, client, limit=90)["items"]
    assert {item["pay"]["period"] for item in items} == {"hour", "month", "year"}
    assert {item["pay"]["currency"] for item in items} == {"EUR", "GBP", "USD"}
    assert any(item["end"] == NO_DAY for item in items)
    for item in items:
        day, month, year = item["start"].split("/")
        assert (len(day), len(month), len(year)) == (2, 2, 4)
        assert isinstance(item["weight_lb"], str)
        assert isinstance(item["pay"]["amount"], str)


def test_deleted_worker_is_no_longer_listed_and_pages_close_up(
    systems: DemoSystems, client: httpx.Client
) -> None:
    systems.payroll.delete("E-00002")
    page = ask(systems, client, limit=2)
    assert page["total"] == 89
    assert [item["worker_id"] for item in page["items"]] == ["P000001", "P000003"]


def test_change_and_insertion_are_dated_by_the_systems_clock(
    systems: DemoSystems, client: httpx.Client
) -> None:
    systems.payroll.update("E-00001", weight_lb="150.0")
    systems.payroll.insert("E-77777", forename="New")
    first = ask(systems, client, limit=1)["items"][0]
    last = ask(systems, client, offset=90)["items"][0]
    assert (first["weight_lb"], first["changed"]) == ("150.0", "27/10/2024 03:33:20 +0000")
    assert (last["worker_id"], last["number"], last["forename"]) == ("P000091", "e-77777", "New")


def test_system_fails_as_often_as_it_was_told_to(systems: DemoSystems, client: httpx.Client) -> None:
    systems.payroll.fail(2)
    url = f"{systems.payroll.address}/api/workers"
    statuses = [client.get(url, auth=(USERNAME, PASSWORD)).status_code for _ in range(3)]
    assert statuses == [503, 503, 200]
    assert [line.status for line in systems.payroll.log] == statuses


def test_invoices_come_page_by_page_and_their_lines_sum_up(
    systems: DemoSystems, client: httpx.Client
) -> None:
    """The net of an invoice is the sum of its lines, what is given back taken off."""
    url = f"{systems.payroll.address}/api/invoices"
    found: list[Any] = []
    for page in range(1, 5):
        told = client.get(url, params={"page": page, "per_page": 80}, auth=(USERNAME, PASSWORD)).json()
        assert told["pages"] == 4
        found += told["invoices"]
    assert len({each["id"] for each in found}) == COUNT
    assert any(line["side"] == "H" for each in found for line in each["lines"])
    for each in found:
        signed = [Decimal(line["amount"]) * (-1 if line["side"] == "H" else 1) for line in each["lines"]]
        assert Decimal(each["net"]) == sum(signed)
    beyond = client.get(url, params={"page": 5, "per_page": 80}, auth=(USERNAME, PASSWORD)).json()
    assert beyond["invoices"] == []
    assert client.get(url, params={"page": 0}, auth=(USERNAME, PASSWORD)).status_code == 400


def whole(systems: DemoSystems, client: httpx.Client, name: str) -> list[Any]:
    url = f"{systems.payroll.address}/api/{name}"
    told = client.get(url, params={"per_page": 250}, auth=(USERNAME, PASSWORD)).json()
    assert told.get("pages", 1) == 1
    found = told.get(name) or told["items"]
    assert isinstance(found, list)
    return found


def test_bookings_are_balanced_but_for_one_and_on_accounts_that_are_no_headings(
    systems: DemoSystems, client: httpx.Client
) -> None:
    bookings = whole(systems, client, "bookings")
    accounts = {each["account"]: each["heading"] for each in whole(systems, client, "accounts")}
    open_: set[int] = set()
    for index, each in enumerate(bookings, start=1):
        signed = [Decimal(line["amount"]) * (-1 if line["side"] == "H" else 1) for line in each["lines"]]
        open_ |= set() if sum(signed) == 0 else {index}
        assert {accounts[line["account"]] for line in each["lines"]} == {"N"}
    assert len(bookings) == 120
    assert open_ == UNBALANCED


def test_payments_are_what_invoices_ask_for_and_go_to_their_supplier(
    systems: DemoSystems, client: httpx.Client
) -> None:
    invoices = {each["id"]: each for page in (1, 2) for each in _invoices(systems, client, page)}
    suppliers = {each["no"]: each for each in whole(systems, client, "vendors")}
    payers = {each["payer"] for each in whole(systems, client, "payers")}
    payments = whole(systems, client, "payments")
    assert len(payments) > 100
    for each in payments:
        paid = invoices[each["invoice"]]
        assert (each["supplier_no"], each["currency"]) == (paid["supplier_no"], paid["currency"])
        assert each["iban"] == suppliers[each["supplier_no"]]["iban"]
        assert each["payer"] in payers
        assert Decimal(each["amount"]) > 0
        if int(each["invoice"][1:]) not in INVOICES:
            assert Decimal(each["amount"]) == Decimal(paid["net"]) + Decimal(paid["tax"])


def _invoices(systems: DemoSystems, client: httpx.Client, page: int) -> list[Any]:
    url = f"{systems.payroll.address}/api/invoices"
    told = client.get(url, params={"page": page, "per_page": 250}, auth=(USERNAME, PASSWORD)).json()
    return list(told["invoices"])


def test_system_that_goes_down_answers_only_what_is_spared_until_it_comes_back(
    systems: DemoSystems, client: httpx.Client
) -> None:
    url = f"{systems.payroll.address}/api/workers"
    systems.payroll.go_down(spare=lambda asked: asked.query.get("offset") == "0")

    def status(offset: int) -> int:
        return client.get(url, params={"offset": offset}, auth=(USERNAME, PASSWORD)).status_code

    assert [status(40), status(0), status(80)] == [503, 200, 503]
    systems.payroll.go_down()
    assert status(0) == 503
    systems.payroll.come_back()
    assert [status(0), status(40)] == [200, 200]
