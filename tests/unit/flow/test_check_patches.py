"""What does not go with streams of patches is named, with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.flow.check import check
from tests.unit.flow.test_check import C, written

TEAMS = "mappings/crm/teams.yaml"
KEY, PATCHES = "key: id}\n", "key: id, partial: true}\n"
BOARDS = "  boards: {path: /b, records: '@', key: id, for_each: {stream: teams, value: id, as: id}}\n"


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({C: (KEY, "key: id, partial: true, when: live}\n")}, f"{C}:11:63 wrong-combination"),
        ({C: (KEY, "key: hash(@), partial: true}\n")}, f"{C}:11:39 wrong-combination"),
        ({C: (KEY, PATCHES + BOARDS)}, f"{C}:12:45 not-built"),
        ({C: (KEY, PATCHES), TEAMS: ("fields:", "each: all\nkey: id\nfields:")}, f"{TEAMS}:3:1 not-built"),
        ({C: (KEY, PATCHES), TEAMS: ("fields:", "key: code\nfields:")}, f"{TEAMS}:3:1 not-built"),
    ],
)  # fmt: skip
def test_what_does_not_go_with_patches(
    tmp_path: Path, changes: dict[str, tuple[str, str]], place: str
) -> None:
    """Each is named, with the reason; without it the same files have no problem."""
    found = check(written(tmp_path, changes)).problems
    assert place in [f"{each.file}:{each.line}:{each.column} {each.code}" for each in found]
    project = check(written(tmp_path, {C: (KEY, PATCHES)})).need()
    assert [each.partial for each in project.feeds if each.mapping == "crm/teams"] == [True]
