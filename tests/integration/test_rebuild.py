"""A rebuild from stored responses and primary state gives the same rows under the same ids, in any order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.demo.files import write_project
from engine.demo.server import DemoSystems
from engine.flow.events import silence
from engine.flow.rebuilding import Shuffle
from engine.flow.replay import replay_all
from engine.flow.sync import SyncReport, sync
from engine.flow.workspace import Workspace
from tests.integration.canonical import canonical_rows

pytestmark = pytest.mark.database


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The demo's systems and a project that reads them."""

    systems: DemoSystems
    workspace: Workspace

    def sync(self, *, full: bool = False) -> SyncReport:
        for each in self.workspace.sources.values():
            each.close()  # as in a process of its own: the server's time is asked anew
        report = sync(self.workspace, full=full, stopping=lambda: False, listen=silence)
        assert report.complete
        return report

    def rows(self) -> Mapping[str, list[tuple[Any, ...]]]:
        """Every canonical row with its id, and every dead letter."""
        found = canonical_rows(self.workspace)
        with self.workspace.database.connect() as connection:
            found["dead letters"] = connection.execute(
                # A record that was mapped and waits stands on any of the responses that hold it alike.
                "SELECT mapping, source, stream, subject, CASE WHEN stage <> 'settle' THEN raw_id END,"
                " CASE WHEN stage <> 'settle' THEN place END, version, problems::text"
                " FROM syncline.dead_letter ORDER BY 1, 2, 3, 4"
            ).fetchall()
        return found

    def worker(self, number: str) -> dict[str, Any]:
        with self.workspace.database.connect() as connection:
            row = connection.execute(
                "SELECT id, given_name, weight FROM canonical.worker WHERE employee_number = %s", (number,)
            ).fetchone()
        return {} if row is None else dict(zip(("id", "given_name", "weight"), row, strict=True))


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        systems = stack.enter_context(DemoSystems(count=300, throttle_every=0))
        write_project(tmp_path, ports=systems.ports)
        file = tmp_path / "syncline.yaml"
        file.write_text(file.read_text("utf-8") + f"database: {database_url}\n", encoding="utf-8")
        workspace = stack.enter_context(Workspace.open(tmp_path, say=lambda _: None))
        yield World(systems=systems, workspace=workspace)


def test_any_order_and_batch_size_gives_equal_rows_and_ids(world: World) -> None:
    """After edits, deletes by marker and by enumeration, and a worker who comes back."""
    systems = world.systems
    world.sync()
    systems.hr.update("E-00003", name={"first": "Another", "last": "Name"})
    systems.directory.update("E-00003", name={"givenName": "Another", "familyName": "Name"})
    systems.hr.delete("E-00007")
    back = systems.payroll.record("E-00011")
    for number in ("E-00011", "E-00012"):
        systems.payroll.delete(number)
    world.sync()
    systems.directory.update("E-00003", name={"givenName": "Third", "familyName": "Name"})
    systems.directory.delete("E-00017")
    systems.payroll.update("E-00020", weight_lb="161.5")
    systems.payroll.insert("E-00011", **{key: back[key] for key in back if key not in {"changed", "number"}})
    world.sync()
    wanted = world.rows()
    assert all(wanted.values())
    assert world.worker("E-00003")["given_name"] == "Third"
    for shuffle in (None, Shuffle(seed=1, lot=1), Shuffle(seed=2, lot=3), Shuffle(seed=3)):
        replay_all(world.workspace, stopping=lambda: False, listen=silence, shuffle=shuffle)
        had = world.rows()
        for name, rows in wanted.items():
            assert had[name] == rows, f"{name} differs after {shuffle}"
    again = world.sync()
    assert sum(each.changed for report in again.streams for each in report.counts.values()) == 0


def test_what_goes_from_a_to_b_and_back_is_a_again(world: World) -> None:
    """The third answer is the first one to the byte: it is not taken for unchanged."""
    systems = world.systems
    first = systems.payroll.record("E-00002")
    world.sync()
    before = world.worker("E-00002")
    assert _payroll(world.sync()).changed == 0
    for record in (first | {"weight_lb": "99.9"}, first):
        with systems.payroll.lock:
            systems.payroll._records["E-00002"] = record
        counts = _payroll(world.sync())
        assert (counts.changed, counts.records) == (1, counts.same + 1 + counts.dead)
        assert (world.worker("E-00002") == before) == (record == first)
    wanted = world.rows()
    replay_all(world.workspace, stopping=lambda: False, listen=silence, shuffle=Shuffle(seed=4, lot=2))
    assert world.rows() == wanted


def _payroll(report: SyncReport) -> Any:
    (counts,) = (
        counts
        for each in report.streams
        for mapping, counts in each.counts.items()
        if mapping == "payroll/workers"
    )
    return counts
