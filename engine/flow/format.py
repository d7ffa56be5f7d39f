"""The verb ``fmt``: every file as everybody's looks, its comments kept, its meaning the same."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import Problem, SettingsError
from engine.flow.kinds import KINDS, kind_of
from engine.flow.project import FILE
from engine.review.approvals import FILE as APPROVALS
from engine.spec.format import formatted
from engine.spec.load import load

_FOLDERS = ("specs", "mappings", "units")


@dataclass(frozen=True, slots=True, kw_only=True)
class Formatted:
    """What came of one file."""

    file: str
    before: str
    after: str
    """The same as before, where the file has problems."""
    problems: tuple[Problem, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether it was not as it should look."""
        return self.after != self.before


def files_in(paths: Iterable[Path]) -> list[Path]:
    """
    The files to format: those that are named, and all of a project's in folders; sorted, each once.

    Raises ``SettingsError`` for a path that is not there, or is no file of a project.
    """
    found: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found |= set(_below(path))
        elif not path.exists():
            raise SettingsError(f"{path} does not exist")
        elif kind_of(path.absolute()) is None:
            places = ", ".join(glob for kind in KINDS.values() for glob in kind.globs)
            raise SettingsError(f"{path} is no file of a project: those are {places}")
        else:
            found.add(path)
    return sorted(found)


def _below(folder: Path) -> Iterator[Path]:
    """Of a project's folder only what makes it up: nothing of its virtual environment or its fixtures."""
    whole = [folder / each for each in _FOLDERS if (folder / each).is_dir()]
    if (folder / "syncline.yaml").is_file() or len(whole) > 1:
        yield from (folder / each for each in (FILE, APPROVALS) if (folder / each).is_file())
    else:
        whole = [folder]
    for each in whole:
        yield from (path for path in each.rglob("*.yaml") if path.is_file() and kind_of(path.absolute()))


def format_text(file: str, kind: str, text: bytes) -> Formatted:
    """One file's text, formatted; nothing is written."""
    document = load(KINDS[kind].document, file, text)
    before = text.decode("utf-8", "replace")
    if document.problems:
        return Formatted(file=file, before=before, after=before, problems=document.problems)
    made = formatted(document)
    if isinstance(made, Problem):
        return Formatted(file=file, before=before, after=before, problems=(made,))
    return Formatted(file=file, before=before, after=made)


def format_files(paths: Sequence[Path], *, shown: Path, write: bool) -> Iterator[Formatted]:
    """Format files one by one; ``shown``: the folder that their names are shown from."""
    for path in paths:
        try:
            made = format_text(_name(path, shown), kind_of(path.absolute()) or "", path.read_bytes())
            if write and made.changed:
                _replace(path, made.after)
        except OSError as error:
            raise SettingsError(f"{path}: {error.strerror}") from None
        yield made


def _name(path: Path, folder: Path) -> str:
    absolute = path.absolute()
    return absolute.relative_to(folder).as_posix() if absolute.is_relative_to(folder) else str(path)


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all, with the owner and the mode that it has; a link stays a link."""
    target = path.resolve()
    was = target.stat()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            with contextlib.suppress(PermissionError):  # only root gives files away; who edits keeps them
                os.fchown(file.fileno(), was.st_uid, was.st_gid)
            os.fchmod(file.fileno(), was.st_mode & 0o7777)  # after the owner, whose change clears set-id bits
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
