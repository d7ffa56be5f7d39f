"""What are the statements of the write path, by name? Each ``.sql`` file holds several."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+).*$", re.MULTILINE)


@cache
def statement(file: str, name: str) -> str:
    """The text of one statement: ``{…}`` in it are identifiers and lists of columns to fill in."""
    parts = _NAME.split(files(__name__).joinpath(f"{file}.sql").read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))[name].strip()
