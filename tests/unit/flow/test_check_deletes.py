"""What lists the deletes of a stream is read with it, and for nothing else."""

from __future__ import annotations

from pathlib import Path

from engine.flow.check import check
from tests.unit.flow.test_check import FILES, C, written


def test_nothing_is_mapped_from_a_list_of_deletes(tmp_path: Path) -> None:
    """It is read with the stream that it speaks of; as a stream of its own it would be read twice."""
    lists = "version: changed, deletes: {type: feed, stream: teams, key: id}"
    teams = 'path: /teams, records: "@", key: id'
    spec = FILES[C].replace("version: changed", lists).replace(teams, f"{teams}, version: at")
    found = check(written(tmp_path, {C: (FILES[C], spec)})).problems
    assert [(each.file, each.line, each.column, each.code) for each in found] == [
        ("mappings/crm/teams.yaml", 1, 7, "wrong-listing")
    ]
