"""Every code that fetching can give is explained."""

from __future__ import annotations

import re
from pathlib import Path

from engine.fetch import check, codes
from engine.spec.codes import CODES

PATTERN = re.compile(r'(?:code=|_note\(|Unreadable\(|NoRecords\(|InflateError\(.*code=)"([a-z0-9-]+)"')


def test_every_code_in_the_room_is_explained() -> None:
    known = {*codes.CODES, *check.CODES, *CODES}
    said = {
        code
        for file in Path("engine/fetch").rglob("*.py")
        for code in PATTERN.findall(file.read_text(encoding="utf-8"))
    }
    assert len(said) > 30
    assert not said - known


def test_no_code_is_explained_that_nothing_gives() -> None:
    text = "\n".join(
        file.read_text(encoding="utf-8")
        for file in Path("engine/fetch").rglob("*.py")
        if file.name != "codes.py"
    )
    assert not [code for code in codes.CODES if f'"{code}"' not in text]
