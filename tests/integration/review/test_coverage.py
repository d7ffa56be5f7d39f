"""What the demo maps and what it leaves lying there, counted apart; suggested lines are sound."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from engine.cli.covered import tell_coverage
from engine.cli.terminal import Terminal
from engine.errors import Interrupted
from engine.flow.check import check
from engine.flow.coverage import coverage
from engine.flow.files import catalogue
from engine.flow.sides import side_in
from engine.review.coverage import Coverage, StreamCoverage
from engine.store.copying import snapshot
from engine.store.shapes import stored_shapes
from tests.integration.review.conftest import Synced

pytestmark = pytest.mark.database

COST_CENTER = '"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User".costCenter'


def covered(synced: Synced, sample: int | None = None, **more: object) -> Coverage:
    with synced.database() as database, database.connect() as reading:
        snapshot(reading)
        side = side_in(synced.directory, stored_shapes(reading))
        return coverage(reading, side, sample=sample, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def whole(synced: Synced) -> Coverage:
    return covered(synced)


def stream(found: Coverage, name: str) -> StreamCoverage:
    return next(each for each in found.streams if each.stream == name)


def test_rows_are_counted_as_sql_counts_them(synced: Synced, whole: Coverage) -> None:
    """How many rows hold a field, and which value stands in all of them."""
    with synced.database() as database, database.connect() as connection:
        for entity in whole.entities:
            for each in entity.fields:
                rows = connection.execute(f'SELECT "{each.field}"::text FROM canonical.{entity.entity}')
                values = [value for (value,) in rows]
                there = {value for value in values if value is not None}
                assert entity.rows == len(values)
                assert each.filled == len(values) - values.count(None)
                if each.type != "money":
                    assert (each.constant is not None) == (len(there) == 1), each
    worker = next(each for each in whole.entities if each.entity == "worker")
    by_name = {each.field: each for each in worker.fields}
    assert [each.mapping for each in by_name["salary"].mappings] == ["hr/workers", "payroll/workers"]
    assert by_name["on_payroll"].constant == "true"
    assert any(not each.mappings for each in worker.fields)


def test_what_mappings_say_is_what_their_contributions_hold(synced: Synced, whole: Coverage) -> None:
    """The files are active: what they make of a record is what is stored of it."""
    with synced.database() as database, database.connect() as connection:
        shapes = stored_shapes(connection)
        keyed = {each.mapping for shape in shapes.values() for each in shape.feeds if each.keyed}
        for entity in whole.entities:
            said: dict[tuple[str, int], int] = defaultdict(int)
            records: dict[str, int] = defaultdict(int)
            rows = connection.execute(
                "SELECT m.name, c._said, count(*)"
                f" FROM syncline.contribution_{entity.entity} c"
                " JOIN syncline.activation a ON a.n = c._activation"
                " JOIN syncline.mapping m ON m.id = a.mapping"
                " WHERE c._fate = 0 AND c._dead_run IS NULL GROUP BY 1, 2"
            )
            for mapping, mask, count in rows:
                records[mapping] += count
                for shape in shapes[entity.entity].fields:
                    said[mapping, shape.bit] += count if mask >> shape.bit & 1 else 0
            bits = {each.name: each.bit for each in shapes[entity.entity].fields}
            for field in entity.fields:
                for each in field.mappings:
                    if each.mapping in keyed:  # several records make one thing
                        continue
                    assert (each.records, each.filled) == (
                        records[each.mapping],
                        said[each.mapping, bits[field.field]],
                    ), (entity.entity, field.field)


def test_paths_that_no_rule_reads_are_told_with_how_full_they_are(synced: Synced, whole: Coverage) -> None:
    """Every user has them; a near name of the contract is suggested, and what may be personal is masked."""
    told = stream(whole, "directory.users")
    assert not whole.sampled
    assert not stream(whole, "payroll.workers").unread
    unread = {each.path: each for each in told.unread}
    assert unread.keys() == {COST_CENTER, "userName", "emails[*].type", "meta.resourceType", "meta.created"}
    with synced.database() as database, database.connect() as connection:
        ids = connection.execute(
            "SELECT DISTINCT c._key FROM syncline.contribution_worker c"
            " JOIN syncline.source s ON s.id = c._source"
            " WHERE s.name = 'directory' AND c._fate = 0 AND c._dead_run IS NULL"
        ).fetchall()
    assert told.records == told.of == len(ids)
    assert {each.filled for each in unread.values()} == {len(ids)}
    names = unread["userName"]
    assert names.masked
    assert set(names.example) <= set("xX9.@-")
    assert names.suggestion is not None
    assert (names.suggestion.line, names.suggestion.contract) == ("user_name: userName", None)


def test_every_suggested_line_can_be_pasted(synced: Synced, whole: Coverage, tmp_path: Path) -> None:
    """All of them at once, into the mappings and contracts that they name: no problem comes of it."""
    shutil.copytree(synced.directory, tmp_path / "project", ignore=shutil.ignore_patterns(".syncline"))
    folder = tmp_path / "project"
    lines: dict[str, dict[str, str]] = defaultdict(dict)
    for each in whole.streams:
        for unread in each.unread:
            line = unread.suggestion
            if line is None:
                continue
            lines[line.file][line.field] = line.line
            if line.contract is not None:
                lines[line.contract_file].setdefault(line.field, line.contract)
    assert sum(map(len, lines.values())) > 10
    for name, added in lines.items():
        short = name.removeprefix("catalogue/")
        text = (catalogue() / short).read_text("utf-8")
        assert yaml.safe_load(text)["fields"]
        there = folder / short
        there.parent.mkdir(parents=True, exist_ok=True)
        pasted = "fields:\n" + "".join(f"  {each}\n" for each in added.values())
        there.write_text(text.replace("fields:\n", pasted, 1), encoding="utf-8")
    found = check(folder)
    assert [str(each) for each in found.problems] == []


def test_a_sample_says_that_it_is_one(synced: Synced) -> None:
    """Fewer records are looked at, the same ones every time; figures of rows stay those of all."""
    heard: list[tuple[str, int, int]] = []
    few = covered(synced, 20, watch=lambda *each: heard.append(each))
    assert few.sampled
    assert few == covered(synced, 20)
    told = stream(few, "payroll.workers")
    assert told.records == 20 < told.of
    assert max(done for _, done, _ in heard) == 20
    whole = [each for each in covered(synced).entities if each.entity == "worker"]
    assert [each.rows for each in few.entities if each.entity == "worker"] == [each.rows for each in whole]


def test_records_are_those_of_the_sources_and_the_time_that_are_asked_for(synced: Synced) -> None:
    """Of others nothing is looked at, though it is there."""
    found = covered(synced, sources=["directory"])
    assert found.sampled
    assert {each.stream for each in found.streams if each.records} == {"directory.groups", "directory.users"}
    assert all(each.of for each in found.streams)
    late = covered(synced, since=dt.datetime(2999, 1, 1, tzinfo=dt.UTC))
    assert not any(each.records for each in late.streams)


def test_whoever_stops_it_gets_nothing(synced: Synced) -> None:
    """A part would look like the whole."""
    with pytest.raises(Interrupted):
        covered(synced, stopping=lambda: True)


def test_it_is_printed_in_a_hundred_columns(whole: Coverage, capsys: pytest.CaptureFixture[str]) -> None:
    """Tables with bars, and lines to paste; as JSON the same, whole."""
    terminal = Terminal()
    terminal.out.width = 100
    tell_coverage(terminal, whole)
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 100
    assert "catalogue/mappings/directory/users.yaml  under fields" in out
    assert "  user_name: userName" in out
    tell_coverage(Terminal(as_json=True), whole)
    document = json.loads(capsys.readouterr().out)
    assert {each["stream"] for each in document["coverage"]["streams"]} == {
        each.stream for each in whole.streams
    }
