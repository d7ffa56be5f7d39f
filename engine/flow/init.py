"""The verb ``init``: a working project to begin with."""

from __future__ import annotations

from pathlib import Path

from engine.demo.files import write_starter
from engine.errors import SettingsError
from engine.flow.project import FILE


def init(folder: Path) -> tuple[Path, ...]:
    """
    Write the starter project; the files written, in order.

    Raises ``SettingsError`` where the folder holds a project, or part of one: nothing is replaced.
    """
    for name in (FILE, "specs", "mappings", "secrets"):
        if (folder / name).exists():
            raise SettingsError(f"{folder / name} is there already: nothing was written")
    try:
        return write_starter(folder)
    except OSError as error:
        raise SettingsError(f"{error.filename or folder} cannot be written: {error.strerror}") from None
