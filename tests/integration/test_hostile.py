"""
Hostile values from a real server to the database: each has its outcome, and the rest of its page lands.

What holds is told in ``docs/explanation/hostile-values.md``; the table there and the cases here are the
same ones.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from engine.flow.events import silence
from engine.flow.sync import StreamReport, sync
from engine.flow.workspace import Workspace
from tests.integration.serving import Asked, Told, serving, write

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "hostile-values.md"
CAP = 1024 * 1024
BOMB = gzip.compress(bytes(64 * CAP), compresslevel=9)

pytestmark = pytest.mark.database


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One hostile value."""

    named: str
    """As in the table."""
    record: bytes
    code: str | None = None
    """Of the dead letter; None where the record lands."""
    row: tuple[str | None, ...] | None = None
    """``(text, amount, day)`` of the record, where it lands."""
    bom: bool = False


CASES = {
    "nul": Case(named=r"`\u0000` in a text", record=rb'{"id": "x", "text": "a\u0000b"}', code="text-nul"),
    "surrogate": Case(
        named="half a surrogate pair", record=rb'{"id": "x", "text": "a\ud800"}', code="lone-surrogate"
    ),
    "utf8": Case(named="bytes that are not UTF-8", record=b'{"id": "x", "text": "a\xff"}', code="not-utf8"),
    "bom": Case(
        named="a byte order mark", record=b'{"id": "x", "text": "a"}', row=("a", None, None), bom=True
    ),
    "huge": Case(
        named="`1e999` into a decimal",
        record=b'{"id": "x", "amount": 1e999}',
        row=(None, "1" + "0" * 999, None),
    ),
    "beyond": Case(
        named="`1e999` into an integer", record=b'{"id": "x", "count": 1e999}', code="number-out-of-range"
    ),
    "endless": Case(named="`1e999999`", record=b'{"id": "x", "amount": 1e999999}', code="number-too-large"),
    "digits": Case(
        named="a number of 30 digits",
        record=b'{"id": "x", "amount": 123456789012345678901234567890}',
        row=(None, "123456789012345678901234567890", None),
    ),
    "places": Case(named="`1.10`", record=b'{"id": "x", "amount": 1.10}', row=(None, "1.10", None)),
    "year": Case(
        named="the year 12000", record=b'{"id": "x", "day": "12000-01-01"}', code="time-out-of-range"
    ),
    "member": Case(
        named="an object with one key twice",
        record=b'{"id": "x", "text": "a", "text": "b"}',
        code="duplicate-key",
    ),
    "twice": Case(
        named="a record twice in a page",
        record=b'{"id": "x", "text": "a"}, {"id": "x", "text": "b"}',
        row=("b", None, None),
    ),
    "deep": Case(
        named="100,000 levels",
        record=b'{"id": "x", "any": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        code="too-deep",
    ),
}

CONNECTOR = """
connector: odd
config:
  url: {type: string}
http:
  base_url: ${config.url}
  max_response: 1MB
  timeout: 20s
defaults: {records: things, key: id}
streams:
"""
ENTITY = """
entity: thing
fields: {text: text, amount: decimal, day: date, any: json, count: integer}
"""
MAPPING = """
to: thing
fields: {text: text, amount: amount, day: day, any: any, count: count}
"""


def _answer(asked: Asked) -> Told:
    name = asked.target.strip("/")
    if name == "bomb":
        return Told(headers={"Content-Encoding": "gzip"}, body=BOMB)
    case = CASES[name]
    page = b'{"things": [{"id": "first", "text": "one"}, %b, {"id": "last", "text": "two"}]}' % case.record
    return Told(body=b"\xef\xbb\xbf" + page if case.bom else page)


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What one sync of all cases left."""

    reports: dict[str, StreamReport]
    connection: psycopg.Connection[Any]

    def rows(self, text: str, *terms: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(text, terms).fetchall()


@pytest.fixture(scope="module")
def synced(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synced]:
    """Every case is a stream of one source; all of them are synced once."""
    names = [*CASES, "bomb"]
    with ExitStack() as stack:
        url = stack.enter_context(serving(_answer))
        files = {
            "syncline.yaml": (
                f"project: hostile\ndatabase: {module_database_url}\n"
                f'sources: {{odd: {{connector: odd, config: {{url: "{url}"}}}}}}\n'
                f'egress: {{allow: ["{url}"]}}\n'
            ),
            "specs/odd.yaml": CONNECTOR + "".join(f"  {name}: {{path: /{name}}}\n" for name in names),
            "mappings/entities/thing.yaml": ENTITY,
            "mappings/policies/thing.yaml": "policy: thing\ndefault: {prefer: [odd]}\n",
        }
        files |= {f"mappings/odd/{name}.yaml": f"from: odd.{name}{MAPPING}" for name in names}
        folder = write(tmp_path_factory.mktemp("hostile"), files)
        workspace = stack.enter_context(Workspace.open(folder, say=lambda _: None))
        report = sync(workspace, stopping=lambda: False, listen=silence)
        connection = stack.enter_context(psycopg.connect(module_database_url, autocommit=True))
        yield Synced(
            reports={each.stream.stream: each for each in report.streams},
            connection=connection,
        )


_SAID = """
SELECT c._key, t.text, t.amount::text, t.day::text FROM canonical.thing t
JOIN syncline.contribution_thing c ON c._entity_id = t.id
JOIN syncline.stream s ON s.id = c._stream WHERE s.name = %s
"""
_LETTERS = """
SELECT d.problems, d.place, m.name FROM syncline.dead_letter d JOIN syncline.stream s ON s.id = d.stream
JOIN syncline.mapping m ON m.id = d.mapping WHERE s.name = %s
"""


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_record_has_its_outcome_and_the_rest_of_its_page_lands(synced: Synced, name: str) -> None:
    case, report = CASES[name], synced.reports[name]
    assert report.complete
    rows = {row[0]: row[1:] for row in synced.rows(_SAID, name)}
    assert rows.pop("first") == ("one", None, None)
    assert rows.pop("last") == ("two", None, None)
    letters = synced.rows(_LETTERS, name)
    if case.code is None:
        assert rows == {"x": case.row}
        assert letters == []
        return
    assert rows == {}
    ((problems, place, mapping),) = letters
    assert [each["code"] for each in problems] == [case.code]
    assert (place, mapping) == (1, f"odd/{name}")
    assert report.dead == 1


def test_of_a_record_twice_in_a_page_the_later_one_counts(synced: Synced) -> None:
    """Both are accounted for."""
    (counts,) = synced.reports["twice"].counts.values()
    assert (counts.records, counts.changed, counts.stale) == (4, 3, 1)


def test_of_a_bomb_the_wire_bytes_are_kept_and_the_run_is_not_complete(synced: Synced) -> None:
    report = synced.reports["bomb"]
    assert not report.complete
    assert report.fetched is not None
    assert report.fetched.error is not None
    assert report.fetched.error.code == "response-too-large"
    ((length, digest, altered, records),) = synced.rows(
        "SELECT r.length, encode(r.sha256, 'hex'), b.altered, r.records FROM syncline.response r"
        " JOIN syncline.stream s ON s.id = r.stream JOIN syncline.body b USING (sha256) WHERE s.name = 'bomb'"
    )
    assert 0 < length <= min(CAP, len(BOMB))
    assert digest == hashlib.sha256(BOMB[:length]).hexdigest()
    assert (altered, records) == (3, 0)
    assert synced.rows(_SAID, "bomb") == []


def test_the_page_tells_of_the_same_cases() -> None:
    """Value and code of each row of the table, and no row more."""
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    told = {named: code.strip("`") for named, code, _ in rows if named not in {"value", "---"}}
    wanted = {case.named: case.code or "none" for case in CASES.values()}
    assert told == wanted | {"a gzip bomb": "response-too-large"}
