"""The real SAP CAP server over OData v4, with the catalogue's connector and the command line alone."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.third_party.cap.seed import Row
from tests.third_party.cap_project import project_of
from tests.third_party.cap_server import CapServer

pytestmark = [pytest.mark.database, pytest.mark.xdist_group("cap")]


def _rows(database: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute(query).fetchall()


def _changed(report: Any) -> dict[str, int]:
    return {
        name: counts["changed"] for each in report["streams"] for name, counts in each["mappings"].items()
    }


def test_everything_is_there_exactly_once_and_follows_changes(
    cap: CapServer, tmp_path: Path, database_url: str
) -> None:
    """Every row and digit of the seed; again: nothing; what changed there changes here, and no more."""
    project = project_of(tmp_path, cap.origin, database_url)
    assert project.json("validate")["problems"] == []
    assert project.json("test")["failed"] == 0

    first = _changed(project.json("sync", "--strict"))
    seed = cap.rows
    assert first == {
        "sap_odata/business_partners": 6_000,
        "sap_odata/workers": 10_000,
        "sap_odata/purchase_orders": 8_000,
        "sap_odata/purchase_order_lines": len(seed["PurchaseOrderItems"]),
        "sap_odata/cost_centers": len(_current(cap)),
        "sap_odata/legal_entities": 4,
        "sap_odata/suppliers": len(_partners(cap, "SUPPLIER")),
        "sap_odata/customers": len(_partners(cap, "CUSTOMER")),
        "sap_odata/employments": 10_000,
        "sap_odata/items": 2_000,
        "sap_odata/invoices": 1_500,
        "sap_odata/invoice_lines": len(seed["SupplierInvoiceItems"]),
    }
    _compare_partners(cap, database_url)
    _compare_roles(cap, database_url)
    _compare_items(cap, database_url)
    _compare_invoices(cap, database_url)
    _compare_workers(cap, database_url)
    _compare_orders(cap, database_url)
    _compare_cost_centers(cap, database_url)

    assert set(_changed(project.json("sync", "--strict")).values()) == {0}

    for row in seed["BusinessPartners"][500:507]:
        cap.change(f"/erp/BusinessPartners('{row['ID']}')", name="Renamed & Sons")
    for row in seed["Employees"][40:43]:
        cap.change(f"/hr/Employees('{row['ID']}')", salary="70000.10")
    order = seed["PurchaseOrders"][0]["ID"]
    lines = sum(row["order_ID"] == order for row in seed["PurchaseOrderItems"])
    cap.change(f"/erp/PurchaseOrders({order})", status="CLOSED", total="0.10")
    roles = [row["role"] for row in seed["BusinessPartners"][500:507]]
    again = dict.fromkeys(first, 0) | {
        "sap_odata/business_partners": 7,
        "sap_odata/suppliers": roles.count("SUPPLIER"),
        "sap_odata/customers": roles.count("CUSTOMER"),
        "sap_odata/workers": 3,
        "sap_odata/employments": 3,
        "sap_odata/purchase_orders": 1,
        "sap_odata/purchase_order_lines": lines,  # a newer order says all of its lines anew
    }
    assert _changed(project.json("sync", "--strict")) == again
    assert _rows(
        database_url, "SELECT count(*) FROM canonical.business_partner WHERE name LIKE 'Renamed%'"
    ) == [(7,)]
    assert project.json("explain", "business_partner", seed["BusinessPartners"][500]["ID"])["agrees"]

    gone = seed["Employees"][-1]["ID"]
    cap.call("DELETE", f"/hr/Employees('{gone}')")
    (employees,) = project.json("sync", "erp.employees", "--full", "--strict")["streams"]
    assert employees["deletions"]["deleted"] == 1
    assert _rows(database_url, "SELECT count(*) FROM canonical.worker") == [(9_999,)]
    assert _rows(database_url, "SELECT count(*) FROM canonical.employment") == [(9_999,)]


def _current(cap: CapServer) -> list[Row]:
    """Cost centers as they are today."""
    return [row for row in cap.rows["CostCenters"] if row["validTo"] == "9999-12-31"]


def _partners(cap: CapServer, role: str) -> list[Row]:
    """Business partners who are this to us."""
    return [row for row in cap.rows["BusinessPartners"] if row["role"] == role]


def _same(found: Iterable[tuple[Any, ...]], wanted: Iterable[tuple[Any, ...]]) -> None:
    """Each row once, each value the same, numbers by their digits and not by a float."""
    rows, expected = sorted(found), sorted(wanted)
    assert all(isinstance(value, str) for row in expected for value in row)
    assert len(rows) == len(set(rows)) == len(expected)
    assert rows == expected


def _compare_partners(cap: CapServer, database: str) -> None:
    found = _rows(
        database,
        """SELECT number, name, kind, role, tax_number, coalesce(email, ''), country, credit_limit::text,
                  credit_limit_currency, blocked::text, archived::text FROM canonical.business_partner""",
    )
    kinds = {"1": "person", "2": "organisation"}
    wanted = [
        (
            *(row["ID"], row["name"], kinds[row["category"]], row["role"].lower(), row["taxNumber"]),
            *(row["email"], row["country"], row["creditLimit"], row["currency"]),
            *(row["isBlocked"], row["isDeleted"]),
        )
        for row in cap.rows["BusinessPartners"]
    ]
    _same(found, wanted)


def _compare_workers(cap: CapServer, database: str) -> None:
    found = _rows(
        database,
        """SELECT w.employee_number, w.given_name, w.family_name, w.work_email, w.status, w.hired_on::text,
                  coalesce(w.left_on::text, ''), w.fte::text, w.salary::text, w.salary_currency,
                  coalesce(m.employee_number, '')
           FROM canonical.worker w LEFT JOIN canonical.worker m ON m.id = w.manager""",
    )
    states = {"A": "active", "T": "terminated"}
    wanted = [
        (
            *(row["ID"], row["firstName"], row["lastName"], row["email"], states[row["status"]]),
            *(row["hireDate"], row["terminationDate"], row["fte"], row["salary"], row["currency"]),
            row["manager_ID"],
        )
        for row in cap.rows["Employees"]
    ]
    _same(found, wanted)


def _compare_orders(cap: CapServer, database: str) -> None:
    found = _rows(
        database,
        """SELECT o.number, p.number, o.company, o.ordered_on::text, o.status, o.total::text, o.total_currency
           FROM canonical.purchase_order o JOIN canonical.business_partner p ON p.id = o.supplier""",
    )
    orders = {row["ID"]: row for row in cap.rows["PurchaseOrders"]}
    wanted = [
        (
            *(row["number"], row["supplier_ID"], row["companyCode_code"], row["orderDate"]),
            *(row["status"].lower(), row["total"], row["currency"]),
        )
        for row in orders.values()
    ]
    _same(found, wanted)
    lines = _rows(
        database,
        """SELECT o.number, l.position::text, l.material, l.description, l.quantity::text, l.unit,
                  l.price::text, l.price_currency, l.cost_center
           FROM canonical.purchase_order_line l JOIN canonical.purchase_order o ON o.id = l.purchase_order""",
    )
    expected = [
        (
            *(orders[row["order_ID"]]["number"], row["pos"], row["material"], row["text"], row["quantity"]),
            *(row["unit"], row["price"], orders[row["order_ID"]]["currency"], row["costCenter"]),
        )
        for row in cap.rows["PurchaseOrderItems"]
    ]
    _same(lines, expected)
    totals = _rows(
        database,
        """SELECT o.total, sum(round(l.quantity * l.price, 5)) FROM canonical.purchase_order o
           JOIN canonical.purchase_order_line l ON l.purchase_order = o.id GROUP BY o.id, o.total""",
    )
    assert len(totals) == len(orders)
    assert all(abs(total - lines) <= Decimal("0.005") for total, lines in totals)


def _compare_cost_centers(cap: CapServer, database: str) -> None:
    found = _rows(
        database,
        """SELECT c.code, c.name, coalesce(p.code, ''), m.employee_number, l.code
           FROM canonical.cost_center c JOIN canonical.worker m ON m.id = c.manager
           JOIN canonical.legal_entity l ON l.id = c.legal_entity
           LEFT JOIN canonical.cost_center p ON p.id = c.parent""",
    )
    wanted = [
        (
            f"{row['controllingArea']}/{row['costCenter']}",
            row["name"],
            f"{row['controllingArea']}/{row['parent']}" if row["parent"] else "",
            row["responsible"],
            row["companyCode_code"],
        )
        for row in _current(cap)
    ]
    _same(found, wanted)


def _compare_roles(cap: CapServer, database: str) -> None:
    """The same partners, as whom we buy from and whom we sell to."""
    for entity, role in (("supplier", "SUPPLIER"), ("customer", "CUSTOMER")):
        found = _rows(database, f"SELECT number, name, country, status FROM canonical.{entity}")
        wanted = [
            (
                *(row["ID"], row["name"], row["country"]),
                "archived"
                if row["isDeleted"] == "true"
                else "blocked"
                if row["isBlocked"] == "true"
                else "active",
            )
            for row in _partners(cap, role)
        ]
        _same(found, wanted)


def _compare_items(cap: CapServer, database: str) -> None:
    """Weights are in kilograms, whatever they were written in; a supplier is one of ours."""
    found = _rows(
        database,
        """SELECT i.number, i.name, coalesce(i.gtin, ''), i.purchase_price::text, i.purchase_price_currency,
                  coalesce(trim_scale(i.net_weight)::text, ''), coalesce(s.number, '')
           FROM canonical.item i LEFT JOIN canonical.supplier s ON s.id = i.supplier""",
    )
    ours = {row["ID"] for row in _partners(cap, "SUPPLIER")}
    wanted = [
        (
            *(row["ID"], row["name"], row["gtin"], row["price"], row["currency"]),
            _kilograms(row["netWeight"], row["weightUnit"]),
            row["supplier_ID"] if row["supplier_ID"] in ours else "",
        )
        for row in cap.rows["Materials"]
    ]
    _same(found, wanted)


def _kilograms(weight: str, unit: str) -> str:
    if not weight:
        return ""
    made = Decimal(weight) / (1000 if unit == "G" else 1)
    return f"{made.normalize():f}"


def _compare_invoices(cap: CapServer, database: str) -> None:
    """Every reference leads where it should, and lines sum up to the net of their invoice."""
    found = _rows(
        database,
        """SELECT i.number, i.supplier, l.code, o.number, i.kind, i.issued_on::text, i.net::text,
                  i.gross::text
           FROM canonical.invoice i JOIN canonical.legal_entity l ON l.id = i.legal_entity
           JOIN canonical.purchase_order o ON o.id = i.purchase_order""",
    )
    orders = {row["ID"]: row["number"] for row in cap.rows["PurchaseOrders"]}
    kinds = {"RE": "invoice", "RG": "credit_note"}
    wanted = [
        (
            *(row["number"], row["supplier_ID"], row["companyCode_code"], orders[row["purchaseOrder_ID"]]),
            *(kinds[row["documentType"]], row["invoiceDate"], row["net"], row["gross"]),
        )
        for row in cap.rows["SupplierInvoices"]
    ]
    _same(found, wanted)
    sums = _rows(
        database,
        """SELECT i.net, sum(l.amount) FROM canonical.invoice i
           JOIN canonical.invoice_line l ON l.invoice = i.id JOIN canonical.item t ON t.id = l.item
           GROUP BY i.id, i.net""",
    )
    assert len(sums) == len(wanted)
    assert all(net == lines for net, lines in sums)
