"""The rig of the CAP tests does what those tests rely on."""

from __future__ import annotations

import pytest

from tests.third_party.cap.seed import tables
from tests.third_party.cap_server import CapError, CapServer

pytestmark = pytest.mark.xdist_group("cap")


def test_rig_seeds_changes_and_leaves_no_process() -> None:
    """Rows are there as they were written, a change moves ``modifiedAt``, and the end is the end."""
    rows = tables(partners=150, employees=30, orders=20, cost_centers=40)
    with CapServer(rows) as cap:
        for path, entity in (
            ("erp/BusinessPartners", "BusinessPartners"),
            ("erp/PurchaseOrders", "PurchaseOrders"),
            ("erp/PurchaseOrderItems", "PurchaseOrderItems"),
            ("erp/CostCenters", "CostCenters"),
            ("hr/Employees", "Employees"),
        ):
            assert cap.call("GET", f"/{path}/$count") == len(rows[entity])
        page = cap.call("GET", "/erp/BusinessPartners")
        assert len(page["value"]) == 100
        assert page["@odata.nextLink"] == "BusinessPartners?%24skiptoken=100"
        seeded = rows["BusinessPartners"][0]
        assert page["value"][0]["creditLimit"] == seeded["creditLimit"]
        cap.change(f"/erp/BusinessPartners('{seeded['ID']}')", name="Renamed")
        changed = cap.call("GET", f"/erp/BusinessPartners('{seeded['ID']}')")
        assert changed["name"] == "Renamed"
        assert changed["modifiedAt"] > seeded["modifiedAt"]
        with pytest.raises(CapError, match="404"):
            cap.call("GET", "/erp/BusinessPartners('none')")
        process = cap.process
    assert process.poll() is not None


def test_rows_are_the_same_every_time() -> None:
    """What a test compares with is what the server was given, in another process too."""
    small = {"partners": 20, "employees": 20, "orders": 20, "cost_centers": 20}
    assert tables(**small) == tables(**small)
    assert tables(**small)["Employees"][7]["ID"] == "E000007"
