"""``try``: one page live, what becomes of it, and what to do where nothing comes; nothing is kept."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.demo.files import write_project
from engine.demo.hr import CLIENT_SECRET
from engine.demo.server import DemoSystems
from tests.acceptance.command import Syncline
from tests.integration.serving import Asked, Told, serving, write

COUNT = 240


@pytest.fixture(scope="module")
def systems() -> Iterator[DemoSystems]:
    with DemoSystems(count=COUNT, throttle_every=0) as running:
        yield running


@pytest.fixture
def demo(tmp_path: Path, systems: DemoSystems) -> Syncline:
    write_project(tmp_path / "project", ports=systems.ports)
    return Syncline(folder=tmp_path / "project")


def test_a_page_is_shown_with_what_every_mapping_makes_of_it(demo: Syncline) -> None:
    """Request, answer, paging and values, by the functions of a sync; no database comes to be."""
    shown = demo.run("try", "payroll.workers", "--limit", "1")
    assert shown.code == 0, shown
    assert re.search(r"REQUEST +GET http://127\.0\.0\.1:\d+/api/workers", shown.out)
    assert "Authorization: ***" in shown.out
    assert re.search(r"items +200 elements of worker_id, number", shown.out)
    assert f"total: body.total = {COUNT}" in shown.out
    assert re.search(r"NEXT +GET [^ ]+/api/workers *\n +\?offset=200", shown.out)
    assert re.search(r"^weight +\"[\d.]+\" +[\d.]+ +kg", shown.out, re.MULTILINE)
    assert re.search(r"^salary .* per work_year", shown.out, re.MULTILINE)
    assert re.search(r"^P000075 +salary +not-a-number .* workers\.yaml:\d+", shown.out, re.MULTILINE)
    assert not (demo.folder / ".syncline").exists()
    last = demo.json("try", "payroll.workers", "--page", "2")
    assert last["response"]["records"] == COUNT - 200
    assert last["paging"]["next"] is None
    assert "offset=200" in last["request"]["url"]
    assert demo.run("try", "payroll.workers", "--strict").code == 1


def test_what_is_shown_is_what_a_sync_makes(demo: Syncline, systems: DemoSystems, database_url: str) -> None:
    """The value of every column, of every record shown."""
    synced = Syncline(folder=demo.folder, database=database_url)
    synced.configure()
    (tried,) = synced.json("try", "payroll.workers", "--mapping", "workers", "--limit", "1", "--reveal")[
        "records"
    ][:1]
    values = tried["mappings"]["payroll/workers"]["made"][0]["values"]
    assert synced.run("sync", "payroll").code == 0
    row = synced.json("show", "worker", values["employee_number"])["values"]
    compared = [name for name, text in values.items() if text is not None and name != "cost_center"]
    assert len(compared) > 6
    for name in compared:
        value = row[name]
        if isinstance(value, int | float) and not isinstance(value, bool):
            assert float(values[name]) == value, name
        else:
            assert values[name] == {True: "t", False: "f"}.get(value, value), name


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_personal_data_and_secrets_are_not_shown(
    demo: Syncline, systems: DemoSystems, words: tuple[str, ...]
) -> None:
    record = systems.hr.record("E-00064")
    window = ("--window", f"{record['updated_at']}..", "--limit", "3")
    hidden = demo.run("try", "hr.workers", *window, *words)
    assert hidden.code == 0, hidden
    assert "E-00064" in hidden.out
    assert record["birth_date"] not in hidden.out
    assert record["email"].strip() not in hidden.out
    assert CLIENT_SECRET not in hidden.out + hidden.err
    revealed = demo.run("try", "hr.workers", *window, *words, "--reveal")
    assert record["birth_date"] in revealed.out
    assert CLIENT_SECRET not in revealed.out


def test_windows_and_partitions_without_records_are_passed_over(demo: Syncline) -> None:
    """The first of either that holds something is shown; who names one gets that one."""
    workers = demo.run("try", "hr.workers")
    assert "1 window from 2023-01-01T00:00:00Z: nothing there" in workers.out
    assert "updated_since=2024-01-01T00:00:00Z" in workers.out
    empty = demo.json("try", "hr.workers", "--window", "2023-01-01..2023-02-01")
    assert empty["response"]["records"] == 0
    assert empty["window"] == {"start": "2023-01-01T00:00:00Z", "end": "2023-02-01T00:00:00Z"}
    positions = demo.json("try", "hr.positions")
    assert positions["parents"] == [{"stream": "hr.departments", "pages": 1}]
    assert positions["response"]["records"] > 0
    named = demo.json("try", "hr.positions", "--partition", "department=8")
    assert named["parents"] == []
    assert named["request"]["url"].endswith("/departments/8/positions")


def test_a_stream_that_nothing_reads_is_shown_as_it_is(demo: Syncline) -> None:
    write(
        demo.folder,
        {
            "specs/hr.yaml": (Path(__file__).parents[2] / "specs/hr.yaml").read_text()
            + "  people:\n    path: /workers\n"
        },
    )
    shown = demo.run("try", "hr.people", "--limit", "1")
    assert shown.code == 0, shown
    assert '"employee_number": "E-' in shown.out
    assert "no mapping reads them" in shown.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("hr.worker",), "did you mean 'workers'?"),
        (("hr",), "say which stream: hr.workers"),
        (("payrol.workers",), "did you mean 'payroll'?"),
        (("hr.workers", "--mapping", "worker"), "did you mean 'hr/workers'?"),
        (("hr.departments", "--window", "2024-01-01.."), "is not incremental"),
        (("hr.workers", "--window", "2024-01-01"), "is not START..END"),
        (("hr.workers", "--window", "soon.."), "'soon', no timestamp"),
        (("hr.positions", "--partition", "departement=8"), "did you mean 'department'?"),
        (("hr.positions", "--partition", "8"), "is not NAME=VALUE"),
    ],
)
def test_wrong_words_are_answered_with_what_to_say(demo: Syncline, words: tuple[str, ...], said: str) -> None:
    refused = demo.run("try", *words)
    assert refused.code == 2
    assert said in refused.err


CONNECTOR = """
connector: odd
config: {url: {type: string}}
secrets: {key: {description: A key}}
http:
  base_url: ${config.url}
  auth: {type: bearer, token: "${secret.key}"}
  timeout: 1s
  retry: {attempts: 1}
streams:
"""
STREAMS = {
    "missing": "{path: /body, records: data.item, key: id}",
    "page": "{path: /page, records: data, key: id}",
    "gone": "{path: /gone, records: data, key: id}",
    "denied": "{path: /denied, records: data, key: id}",
    "slow": "{path: /slow, records: data, key: id}",
    "failing": "{path: /failing, records: data, key: id}",
}
ADVICE = {
    "missing": (
        "records-missing",
        "records: data.item stands at specs/odd.yaml:12; did you mean data.items?",
        "data.items (list of 1)",
    ),
    "page": ("not-json", "The body begins: <html>", "Accept: application/json"),
    "gone": ("http-status", "because", "The path stands at specs/odd.yaml:16", "then: skip"),
    "denied": ("http-status", "Are the secrets of 'odd' still good? key (env:ODD_KEY)"),
    "slow": ("timeout", "specs/odd.yaml http.timeout"),
    "failing": ("http-status", "try again later"),
}


def _odd(asked: Asked) -> Told:
    match asked.target.strip("/"):
        case "body":
            document = {"meta": {"pages": 1}, "data": {"items": [{"id": 1}], "note": "x"}}
            return Told(body=json.dumps(document).encode())
        case "page":
            return Told(body=b"<html><body>Sign in</body></html>")
        case "slow":
            threading.Event().wait(3)  # longer than the connector waits
            return Told(body=b"{}")
        case name:
            return Told(status={"gone": 404, "denied": 401}.get(name, 503), body=b'{"error": "because"}')


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Syncline]:
    with serving(_odd) as url:
        folder = write(
            tmp_path_factory.mktemp("odd"),
            {
                "specs/odd.yaml": CONNECTOR
                + "".join(f"  {name}:\n    {{{keys[1:-1]}}}\n" for name, keys in STREAMS.items()),
                "syncline.yaml": "project: odd\nsources:\n  odd: {connector: odd, "
                f'config: {{url: "{url}"}}, secrets: {{key: env:ODD_KEY}}}}\n'
                "  shut: {connector: odd, config: {url: 'http://127.0.0.1:9'}, secrets: {key: env:ODD_KEY}}\n"
                "  away: {connector: odd, config: {url: 'http://10.0.0.1'}, secrets: {key: env:ODD_KEY}}\n"
                f'egress: {{allow: ["{url}", "http://127.0.0.1:9"]}}\n',
            },
        )
        yield Syncline(folder=folder)


@pytest.mark.parametrize("stream", STREAMS)
def test_a_source_that_fails_is_shown_with_what_to_do(odd: Syncline, stream: str) -> None:
    """The request, what came of it, and the next step; not complete is exit code 3."""
    code, *said = ADVICE[stream]
    shown = odd.run("try", f"odd.{stream}", ODD_KEY="a-long-secret-key")
    assert shown.code == 3, shown
    assert f"[{code}]" in shown.out
    assert "a-long-secret-key" not in shown.out + shown.err
    assert re.search(r"REQUEST +GET http", shown.out)
    for each in said:
        assert each in " ".join(shown.out.split()), each


@pytest.mark.parametrize(
    ("source", "code", "said"),
    [("shut", "connect-failed", "Does it run, and is it there?"), ("away", "egress", "egress.allow")],
)
def test_a_place_that_is_not_asked_is_named(odd: Syncline, source: str, code: str, said: str) -> None:
    shown = odd.run("try", f"{source}.gone", ODD_KEY="a-long-secret-key")
    assert shown.code == 3
    assert f"[{code}]" in shown.out
    assert said in shown.out
