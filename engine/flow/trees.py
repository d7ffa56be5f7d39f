"""
A version of a project's files: the folder as it stands, or as a revision of git has it.

What is reviewed, kept as active and rolled back to is the same thing: all files that a project's meaning
comes from, its own and those of the catalogue, by their names in problems.
"""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from engine.errors import SettingsError
from engine.flow.files import SHIPPED, catalogue
from engine.flow.project import FILE
from engine.review.approvals import FILE as APPROVALS

_ROOTS = ("specs", "mappings", "units")
_KINDS = frozenset({".yaml", ".yml", ".txt", ".csv"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Files by their names, as problems show them: ``catalogue/…`` ships with the package."""

    label: str
    """What people call it: a revision, ``working tree`` or ``active``."""
    files: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of names and contents; what was approved is no part of what is meant."""
        made = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            if name == APPROVALS:
                continue
            made.update(f"{name}\0{len(content)}\0".encode() + content)
        return made.hexdigest()


def standing(directory: Path) -> Tree:
    """The project's files as they stand."""
    root = directory.resolve()
    own = {path.relative_to(root).as_posix(): path.read_bytes() for path in _paths(root)}
    return Tree(label="working tree", files=own | _shipped(root))


def of_revision(directory: Path, revision: str) -> Tree:
    """
    The project's files as a revision of git has them; the catalogue is the one of this engine.

    Raises ``SettingsError`` where there is no git, no such revision, or no project in it.
    """
    root = directory.resolve()
    top = Path(_git(root, "rev-parse", "--show-toplevel").decode().strip())
    commit = (
        _git(root, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    )
    inside = root.relative_to(top.resolve()).as_posix()
    prefix = "" if inside == "." else f"{inside}/"
    names = _git(top, "ls-tree", "-r", "-z", "--name-only", commit, "--", prefix or ".").decode().split("\0")
    own: dict[str, bytes] = {}
    for name in filter(None, names):
        short = name.removeprefix(prefix)
        if _belongs(PurePosixPath(short)):
            own[short] = _git(top, "cat-file", "blob", f"{commit}:{name}")
    if FILE not in own:
        raise SettingsError(f"{revision} has no {prefix}{FILE}: was the project elsewhere then?")
    return Tree(label=revision, files=own | _shipped(root))


@contextmanager
def unpacked(tree: Tree) -> Iterator[tuple[Path, Path]]:
    """Write a version out: its project folder and its catalogue, for as long as the context lasts."""
    with tempfile.TemporaryDirectory(prefix="syncline-") as folder:
        project, shipped = Path(folder, "project"), Path(folder, "catalogue")
        project.mkdir()
        shipped.mkdir()
        for name, content in tree.files.items():
            ours = name.startswith(SHIPPED)
            path = (shipped / name.removeprefix(SHIPPED)) if ours else project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        yield project, shipped


def _paths(root: Path) -> Iterator[Path]:
    yield from (root / name for name in (FILE, APPROVALS) if (root / name).is_file())
    for name in _ROOTS:
        every = (root / name).rglob("*")
        yield from sorted(each for each in every if each.suffix in _KINDS and each.is_file())


def _belongs(name: PurePosixPath) -> bool:
    return str(name) in {FILE, APPROVALS} or (name.parts[0] in _ROOTS and name.suffix in _KINDS)


def _shipped(root: Path) -> dict[str, bytes]:
    ours = catalogue()
    if ours == root:
        return {}
    return {SHIPPED + path.relative_to(ours).as_posix(): path.read_bytes() for path in _paths(ours)}


def _git(folder: Path, *words: str) -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, check=False)  # noqa: S603, S607
    except FileNotFoundError:
        raise SettingsError("git is not installed: a revision cannot be read without it") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise SettingsError(f"git {words[0]} failed: {said[-1] if said else 'no reason given'}")
    return done.stdout
