"""Migrations are one chain, in the order of their files, up to the one that this program knows."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

from engine.store.migrate import HEAD

VERSIONS = Path(__file__).parents[3] / "migrations" / "versions"


def test_each_migration_follows_the_one_before() -> None:
    """Two with one number would be two heads, and no database could be made."""
    found = []
    for file in sorted(VERSIONS.glob("*.py")):
        text = file.read_text(encoding="utf-8")
        (revision,) = re.findall(r'^revision = "(\w+)"', text, re.MULTILINE)
        (down,) = re.findall(r"^down_revision: str \| None = (.+)$", text, re.MULTILINE)
        assert file.name.startswith(f"{revision}_")
        found.append((revision, down.strip('"')))
    assert found[0][1] == "None"
    assert [down for _, down in found[1:]] == [revision for revision, _ in found[:-1]]
    assert all(one < other for (one, _), (other, _) in pairwise(found))
    assert found[-1][0] == HEAD
