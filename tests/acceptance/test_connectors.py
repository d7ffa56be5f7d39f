"""The shipped connectors read all that the systems they describe have, through the real client."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.demo.directory import SERVICES
from engine.demo.directory import TOKEN as DIRECTORY_TOKEN
from engine.demo.hr import CANDIDATES, CLIENT_SECRET
from engine.demo.payroll import PASSWORD
from engine.demo.server import DemoSystems
from engine.fetch.client import Client
from engine.fetch.connector import Connector
from engine.fetch.egress import Egress
from engine.fetch.gate import MemoryGate
from engine.fetch.incremental import Windows
from engine.fetch.reading import Reader
from engine.fetch.secrets import Secret
from engine.fetch.step import Step
from engine.fetch.walk import Walk
from engine.records.received import Fate
from engine.spec.load import load
from tests.acceptance.scim_server import TOKEN, ScimServer

SPECS = Path(__file__).parents[2] / "specs"
NOW = 1_730_000_000_000_000


@dataclass
class Reading:
    """A source that is read stream by stream."""

    client: Client
    connector: Connector
    positions: Iterator[int] = field(default_factory=itertools.count)

    def steps(self, name: str, partition: Mapping[str, Any] | None = None) -> Iterator[Step]:
        stream = self.connector.stream(name)
        windows = None if stream.incremental is None else Windows(stream.incremental)
        walk = Walk(self.client, Reader(stream), windows, retried=self.connector.http.retry.statuses)
        window = None if windows is None else windows.plan(None, {}, now=NOW).window
        while True:
            last = None
            for last in walk.steps(
                partition=partition or {},
                window=window,
                run={},
                now=NOW,
                draw=lambda: next(self.positions),
            ):
                yield last
            if windows is None or last is None or last.window is None:
                return
            window = windows.following(last.window, now=NOW)
            if window is None:
                return

    def records(self, name: str, partition: Mapping[str, Any] | None = None) -> list[Any]:
        return [record for step in self.steps(name, partition) for record in step.reading.records]


@contextmanager
def source(name: str, address: str, **secrets: str) -> Iterator[Reading]:
    """An installed connector of the catalogue."""
    document = load(Connector, f"specs/{name}.yaml", (SPECS / f"{name}.yaml").read_bytes())
    connector = document.value
    assert connector is not None, document.problems
    with Client(
        source=name,
        connector=connector,
        config={"url": address},
        secrets={key: Secret(text) for key, text in secrets.items()},
        egress=Egress(listed=[address.removesuffix("/v2")]),
        gate=MemoryGate(),
    ) as client:
        yield Reading(client, connector)


def test_hr_gives_everyone_once_though_tokens_end_in_the_middle() -> None:
    """Windows and cursors give each worker once; a revoked token costs one refused request."""
    with DemoSystems(count=400, throttle_every=0) as systems:
        with source("hr", systems.hr.address, client_secret=CLIENT_SECRET) as hr:
            found = []
            for index, step in enumerate(hr.steps("workers")):
                found += [record["id"] for record in step.reading.records]
                if index == 3:
                    systems.hr.revoke_tokens()
        statuses = [line.status for line in systems.hr.log if line.path == "/v1/workers"]
    assert len(found) == len(set(found)) == 400 + CANDIDATES
    assert statuses.count(401) == 1


def test_hr_is_asked_nothing_before_the_time_that_it_named() -> None:
    """After a 429 the next request comes when Retry-After has passed, as the server counts."""
    with DemoSystems(count=90, throttle_every=2, retry_after=1) as systems:
        with source("hr", systems.hr.address, client_secret=CLIENT_SECRET) as hr:
            assert len(hr.records("workers")) == 90 + CANDIDATES
        log = [line for line in systems.hr.log if line.path == "/v1/workers"]
    refused = [index for index, line in enumerate(log) if line.status == 429]
    assert refused
    for index in refused:
        assert log[index + 1].status == 200
        assert log[index + 1].at - log[index].at >= 1


def test_hr_departments_without_positions_are_passed_over() -> None:
    """A 404 of one partition is nothing, not a failure."""
    with (
        DemoSystems(count=1, throttle_every=0) as systems,
        source("hr", systems.hr.address, client_secret=CLIENT_SECRET) as hr,
    ):
        departments = [record["id"] for record in hr.records("departments")]
        found = {each: len(hr.records("positions", {"department": each})) for each in departments}
    assert {each for each, count in found.items() if count == 0} == {7, 14, 21}
    assert set(found.values()) == {0, 4}


def test_hr_marks_who_was_deleted() -> None:
    """A deleted worker comes once more, as a marker."""
    with (
        DemoSystems(count=20, throttle_every=0) as systems,
        source("hr", systems.hr.address, client_secret=CLIENT_SECRET) as hr,
    ):
        systems.hr.delete("E-00004")
        fates = {
            key: fate
            for step in hr.steps("workers")
            for key, fate in zip(step.reading.keys, step.reading.fates, strict=True)
        }
    assert [key for key, fate in fates.items() if fate == Fate.DELETED] == ["100004"]


def test_payroll_gives_everyone_once_and_survives_failures() -> None:
    """Pages by offset up to the total; a 503 is tried again."""
    with DemoSystems(count=410) as systems:
        systems.payroll.fail(1)
        with source("payroll", systems.payroll.address, password=PASSWORD) as payroll:
            found = [record["worker_id"] for record in payroll.records("workers")]
        statuses = [line.status for line in systems.payroll.log]
    assert len(found) == len(set(found)) == 410
    assert statuses == [503, 200, 200, 200]


def test_payroll_gives_every_invoice_once() -> None:
    """Pages by number, up to the last one that the answer names."""
    with (
        DemoSystems(count=1) as systems,
        source("payroll", systems.payroll.address, password=PASSWORD) as payroll,
    ):
        found = [record["id"] for record in payroll.records("invoices")]
    assert len(found) == len(set(found)) == 320


def test_directory_gives_everyone_once_and_marks_who_was_switched_off() -> None:
    """Pages count from 1; a user with active: false is a marker; what is asked for is what is new."""
    with (
        DemoSystems(count=410) as systems,
        source("directory", systems.directory.address, token=DIRECTORY_TOKEN) as directory,
    ):
        gone = systems.directory.record("E-00004")["id"]
        before = _fates(directory)
        systems.directory.delete("E-00004")
        after = _fates(directory)
        asked = [line.query for line in systems.directory.log]
    assert len(before) == 410 + SERVICES
    assert (before[gone], after[gone]) == (Fate.SAYS, Fate.DELETED)
    assert {each["startIndex"] for each in asked} >= {"1", "201", "401"}
    assert all(each["filter"].startswith('meta.lastModified ge "') for each in asked)


def _fates(directory: Reading) -> dict[str | None, Fate]:
    return {
        key: Fate(fate)
        for step in directory.steps("users")
        for key, fate in zip(step.reading.keys, step.reading.fates, strict=True)
    }


def test_scim_gives_every_user_and_group_of_a_real_server_once() -> None:
    """More users than a page holds, each once; an empty directory is empty and no error."""
    with ScimServer(users=510, groups=4) as scim, source("scim", scim.url, token=TOKEN) as directory:
        users = [record["id"] for record in directory.records("users")]
        assert sorted(users) == sorted(scim.user_ids)
        assert len(directory.records("groups")) == 4
    with ScimServer(users=0, groups=0) as scim, source("scim", scim.url, token=TOKEN) as directory:
        assert directory.records("users") == []
