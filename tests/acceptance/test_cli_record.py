"""``record`` keeps a live walk without secrets and people; ``test`` plays it offline and sees changes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.demo.files import write_project
from engine.demo.hr import CLIENT_SECRET
from engine.demo.payroll import PASSWORD
from engine.demo.server import DemoSystems
from tests.acceptance.command import ROOT, Syncline
from tests.integration.serving import Asked, Told, serving, write

COUNT = 240
STREAMS = (
    *("hr.workers", "hr.departments", "hr.positions"),
    *("payroll.workers", "payroll.invoices"),
    *("directory.users", "directory.groups"),
)

pytestmark = pytest.mark.xdist_group("recorded")


@pytest.fixture(scope="module")
def systems() -> Iterator[DemoSystems]:
    with DemoSystems(count=COUNT, throttle_every=0) as running:
        yield running


@pytest.fixture(scope="module")
def recorded(
    tmp_path_factory: pytest.TempPathFactory, systems: DemoSystems
) -> tuple[Syncline, Mapping[str, Any]]:
    """The demo's project with a recording of every stream."""
    at = Syncline(folder=tmp_path_factory.mktemp("recorded") / "project")
    write_project(at.folder, ports=systems.ports)
    return at, {stream: at.json("record", stream, "--pages", "3") for stream in STREAMS}


@pytest.fixture
def project(tmp_path: Path, recorded: tuple[Syncline, Mapping[str, Any]]) -> Syncline:
    """A copy of it, with the catalogue's mapping of payroll's workers to change."""
    shutil.copytree(recorded[0].folder, tmp_path / "project")
    mine = tmp_path / "project/mappings/payroll"
    mine.mkdir()
    shutil.copy(ROOT / "mappings/payroll/workers.yaml", mine)
    return Syncline(folder=tmp_path / "project")


def _bodies(at: Syncline, stream: str) -> list[Any]:
    connector, _, name = stream.partition(".")
    folder = at.folder / "specs" / f"{connector}.recorded" / name
    return [json.loads(each.read_text())["body"] for each in sorted(folder.glob("[0-9]*.json"))]


def _everything(at: Syncline) -> str:
    return "".join(path.read_text() for path in sorted((at.folder / "specs").rglob("*.json")))


def test_neither_a_secret_nor_a_person_is_in_any_file(
    recorded: tuple[Syncline, Mapping[str, Any]], systems: DemoSystems
) -> None:
    """Addresses, days of birth, names, notes: nothing of that is found again."""
    at, _ = recorded
    text = _everything(at)
    assert len(text) > 100_000
    numbers = [f"E-{index:05d}" for index in range(1, COUNT + 1)]
    live = [systems.hr.record(each) for each in numbers] + [systems.payroll.record(each) for each in numbers]
    canaries = {CLIENT_SECRET, PASSWORD}
    for each in live:
        canaries |= {str(each.get("email", "")).strip(), str(each.get("note") or ""), each.get("uid", "")}
        canaries |= {f'"city": "{(each.get("address") or {}).get("city")}"'}
        name = each.get("name") or {"first": each.get("forename"), "last": each.get("surname")}
        canaries |= {f'"first": "{name["first"]}", "last": "{name["last"]}"'}
        canaries |= {f'"birth_date": "{each.get("birth_date")}", "hired_on": "{each.get("hired_on")}"'}
    for number in numbers:
        user = systems.directory.record(number)
        canaries |= {user["id"], user["userName"], *(each["value"] for each in user["emails"])}
    telling = {each for each in canaries if len(each) > 11 and "None" not in each}
    assert len(telling) > COUNT * 3
    assert sorted(each for each in telling if each in text) == []
    names = {str(each.get(name)) for each in live for name in ("forename", "surname")} - {"None"}
    names |= {str(name) for each in live for name in (each.get("name") or {}).values()}
    words = {each.casefold() for each in re.findall(r"[^\W\d_]+", text)}
    called = {each.casefold() for each in names if len(each) >= 4 and each.isalpha()}
    assert len(called) > 40
    assert sorted(called & words) == []


def test_what_is_recorded_is_of_the_same_shape_and_makes_the_same(
    recorded: tuple[Syncline, Mapping[str, Any]], systems: DemoSystems
) -> None:
    """As many pages, records, filtered ones and dead letters as live; codes and amounts as they were."""
    at, said = recorded
    assert all(not count for each in said.values() for count in each["changed_by_masking"].values())
    for stream in STREAMS:
        live = at.json("try", stream, "--page", "1")
        first = _bodies(at, stream)[0]
        records = next(first[each] for each in ("data", "items", "invoices", "Resources") if each in first)
        assert len(records) == live["response"]["records"], stream
    kinds = said["payroll.workers"]["mappings"]["payroll/workers"]
    assert kinds["refused"] > 0
    assert sum(kinds.values()) == COUNT == said["payroll.workers"]["records"]
    live_pay = sorted(
        systems.payroll.record(f"E-{index:05d}")["pay"]["amount"] for index in range(1, COUNT + 1)
    )
    assert (
        sorted(each["pay"]["amount"] for body in _bodies(at, "payroll.workers") for each in body["items"])
        == live_pay
    )


def test_references_hold_within_a_recording_and_between_two(
    recorded: tuple[Syncline, Mapping[str, Any]],
) -> None:
    """The same value is masked the same everywhere: managers are workers, numbers join both systems."""
    at, _ = recorded
    hr = [each for body in _bodies(at, "hr.workers") for each in body["data"]]
    payroll = [each for body in _bodies(at, "payroll.workers") for each in body["items"]]
    departments = {each["id"] for body in _bodies(at, "hr.departments") for each in body["data"]}
    assert len({each["id"] for each in hr}) == len(hr)
    known = {each["id"] for each in hr}
    assert sum(each.get("manager_id") in known for each in hr) > len(hr) / 2
    assert {each["department_id"] for each in hr if each.get("department_id")} <= departments
    ours = {str(each["employee_number"]).upper() for each in hr if each.get("employee_number")}
    theirs = {str(each["number"]).strip().upper() for each in payroll}
    assert len(ours & theirs) > COUNT * 0.8


def test_recordings_are_played_offline(project: Syncline) -> None:
    """No source is asked, no secret is read: the systems could be away."""
    shutil.rmtree(project.folder / "secrets")
    done = project.json("test", "specs")
    assert (done["passed"], done["failed"]) == (len(STREAMS), 0)
    assert [each["folder"] for each in done["recordings"]] == [
        "specs/directory.recorded/groups",
        "specs/directory.recorded/users",
        "specs/hr.recorded/departments",
        "specs/hr.recorded/positions",
        "specs/hr.recorded/workers",
        "specs/payroll.recorded/invoices",
        "specs/payroll.recorded/workers",
    ]


def test_a_change_of_a_mapping_is_shown_by_record_and_field_until_it_is_accepted(project: Syncline) -> None:
    mapping = project.folder / "mappings/payroll/workers.yaml"
    mapping.write_text(
        mapping.read_text()
        .replace("unit: lb", "unit: kg")
        .replace("given_name: forename\n", "given_name: upper(forename)\n")
    )
    failed = project.run("test", "specs/payroll.recorded")
    assert failed.code == 1
    assert re.search(
        r"payroll/workers \w+ given_name: expected [A-Z][a-z]+, got [A-Z]+$", failed.out, re.MULTILINE
    )
    assert re.search(r"expected refused|but it is refused \(weight above-max\)|weight: expected", failed.out)
    assert "more" in failed.out
    accepted = project.run("test", "specs/payroll.recorded", "--update")
    assert accepted.code == 0
    assert "accepted" in accepted.out
    assert project.run("test", "specs/payroll.recorded").code == 0


def test_a_change_of_how_pages_are_walked_is_shown(project: Syncline) -> None:
    """The next request is compared, and the answers that nobody asks for any more are counted."""
    spec = project.folder / "specs/payroll.yaml"
    spec.write_text(
        (ROOT / "specs/payroll.yaml").read_text().replace("into: query.offset", "into: query.start")
    )
    (first,) = project.json("test", "specs/payroll.recorded/workers", code=1)["recordings"]
    assert any(
        each.startswith("request 2: URL was ") and "start=200" in each for each in first["differences"]
    )
    spec.write_text(spec.read_text().replace("total: body.total", "total: '`1`'"))
    (second,) = project.json("test", "specs/payroll.recorded/workers", code=1)["recordings"]
    assert "the walk ends after 1 of 2 answers" in second["differences"]


def test_the_key_of_the_masks_is_kept_apart(recorded: tuple[Syncline, Mapping[str, Any]]) -> None:
    at, _ = recorded
    key = at.folder / ".syncline/mask.key"
    assert key.stat().st_mode & 0o077 == 0
    assert key.read_text() not in _everything(at)


LEAKY = {
    "specs/leaky.yaml": """
connector: leaky
config: {url: {type: string}}
secrets: {key: {description: A key}}
http: {base_url: "${config.url}", auth: {type: bearer, token: "${secret.key}"}, retry: {attempts: 1}}
streams:
  made: {path: /people, records: "people[].{id: id, name: name}", key: id}
  gone: {path: /gone, records: people, key: id}
  people: {path: /people, records: people, key: id}
""",
    "mappings/entities/person.yaml": "entity: person\nfields:\n  name: {type: string, pii: true}\n"
    "  number: integer\n",
    "mappings/leaky/people.yaml": "from: leaky.people\nto: person\nfields:\n  name: name\n  number: phone\n",
}


def _people(asked: Asked) -> Told:
    if asked.target == "/gone":
        return Told(status=404, body=b"{}")
    echo = asked.headers["authorization"]
    people = [{"id": 1, "name": "49151123456", "phone": 49151123456, "echo": echo}]
    return Told(body=json.dumps({"people": people}).encode())


@pytest.mark.parametrize(
    ("stream", "code", "said"),
    [
        ("made", 2, "its records do not stand in the body"),
        ("people", 2, "a personal value also stands where it is needed"),
        ("gone", 3, "nothing was recorded"),
    ],
)
def test_what_cannot_be_recorded_is_said_and_nothing_is_written(
    tmp_path: Path, stream: str, code: int, said: str
) -> None:
    with serving(_people) as url:
        files = LEAKY | {
            "syncline.yaml": f'project: p\nsources:\n  leaky: {{connector: leaky, config: {{url: "{url}"}}, '
            f'secrets: {{key: env:KEY}}}}\negress: {{allow: ["{url}"]}}\n'
        }
        at = Syncline(folder=write(tmp_path, files))
        refused = at.run("record", f"leaky.{stream}", KEY="a-long-secret-key")
        assert refused.code == code, refused
        assert said in refused.err
        assert not (tmp_path / "specs/leaky.recorded").exists()
