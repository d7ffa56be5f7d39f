"""Which files make up a project? Its own, then those of the catalogue that ships with the package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import engine
from engine.errors import Problem, SettingsError
from engine.flow.project import FILE
from engine.spec.component import Component
from engine.spec.document import Document
from engine.spec.load import load
from engine.spec.source import Source

CODES = {
    "stray-file": "A file stands where no file of its kind is looked for.",
    "unreadable-file": "A file cannot be opened.",
}

SHIPPED = "catalogue/"
"""Put before the names of files that ship with the package."""

T = TypeVar("T", bound=Component)


def catalogue() -> Path:
    """The folder with the specs, mappings and units that ship with the package."""
    package = Path(engine.__file__).resolve().parent
    inside = package / "_catalogue"
    return inside if inside.is_dir() else package.parent


def find_project(start: Path) -> Path:
    """The folder of the nearest ``syncline.yaml``, from ``start`` upwards; raises SettingsError."""
    for each in (start.resolve(), *start.resolve().parents):
        if (each / FILE).is_file():
            return each
    raise SettingsError(f"no {FILE} in {start.resolve()} or above it: `syncline init DIR` makes a project")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The files of one folder by what they are: project or catalogue."""

    root: Path
    label: str
    """Put before the names of its files in problems; empty for the project."""
    connectors: Mapping[str, Path]
    entities: Mapping[str, Path]
    policies: Mapping[str, Path]
    mappings: Mapping[str, Path]
    """By ``connector/name``."""
    tests: Mapping[str, Path]
    """By the mapping that they are of, ``entities/<entity>`` for those of a contract."""
    codes: Path | None
    units: tuple[Path, ...]
    tables: tuple[Path, ...]
    """units/lookups/*.csv."""
    rates: tuple[Path, ...]
    """Dated rates between currencies."""
    problems: tuple[Problem, ...]
    """Files that are in no place where files are looked for."""

    def shown(self, path: Path) -> str:
        """The name of a file in problems."""
        return self.label + path.relative_to(self.root).as_posix()

    def load(self, kind: type[T], path: Path) -> Document[T]:
        """One file of it."""
        try:
            text: str | bytes = path.read_bytes()
        except OSError as error:
            found = Problem(self.shown(path), 1, 1, "unreadable-file", f"cannot be read: {error.strerror}")
            return Document(source=Source(self.shown(path), "", None), draft=None, problems=(found,))
        return load(kind, self.shown(path), text)


@dataclass(slots=True)
class _Sorted:
    connectors: dict[str, Path] = field(default_factory=dict)
    entities: dict[str, Path] = field(default_factory=dict)
    policies: dict[str, Path] = field(default_factory=dict)
    mappings: dict[str, Path] = field(default_factory=dict)
    tests: dict[str, Path] = field(default_factory=dict)
    tables: list[Path] = field(default_factory=list)
    rated: list[Path] = field(default_factory=list)
    strays: list[tuple[Path, str]] = field(default_factory=list)

    def specs(self, root: Path) -> None:
        for path in _yaml(root):
            if path.parent != root:
                self.strays.append((path, "connectors stand directly in specs/"))
            elif self._named(path):
                self.connectors[path.stem] = path

    def maps(self, root: Path) -> None:
        for path in _yaml(root):
            folder = path.parent.name
            if path.parent.parent != root:
                self.strays.append((path, "mappings stand in mappings/<connector>/"))
            elif not self._named(path):
                continue
            elif folder == "policies":
                self.policies[path.stem] = path
            elif path.name.endswith(".test.yaml"):
                self.tests[f"{folder}/{path.name.removesuffix('.test.yaml')}"] = path
            elif folder == "entities":
                self.entities[path.stem] = path
            else:
                self.mappings[f"{folder}/{path.stem}"] = path

    def tabled(self, root: Path) -> None:
        for path in sorted(root.glob("*")) if root.is_dir() else ():
            if path.suffix == ".csv":
                self.tables.append(path)
            elif path.suffix in {".tsv", ".yaml", ".yml", ".CSV"}:
                self.strays.append((path, "lookup tables end in .csv"))

    def rates(self, root: Path) -> None:
        for path in sorted(root.rglob("*")) if root.is_dir() else ():
            if path.suffix == ".csv" and path.parent == root:
                self.rated.append(path)
            elif path.is_file():
                self.strays.append((path, "rates stand directly in units/fx/, in files that end in .csv"))

    def _named(self, path: Path) -> bool:
        if path.suffix == ".yaml":
            return True
        self.strays.append((path, "the files of a project end in .yaml"))
        return False


def _yaml(root: Path) -> Iterator[Path]:
    if root.is_dir():
        yield from sorted(each for each in root.rglob("*") if each.suffix in {".yaml", ".yml"})


def shelf(root: Path, label: str = "") -> Shelf:
    """Sort the files of a folder; reads none of them."""
    found = _Sorted()
    found.specs(root / "specs")
    found.maps(root / "mappings")
    if (root / "approvals.yml").is_file():
        found.strays.append((root / "approvals.yml", "the files of a project end in .yaml"))
    codes = root / "units" / "codes.yaml"
    units = tuple(sorted((root / "units").glob("*.txt"))) if (root / "units").is_dir() else ()
    found.tabled(root / "units" / "lookups")
    found.rates(root / "units" / "fx")
    return Shelf(
        root=root,
        label=label,
        connectors=found.connectors,
        entities=found.entities,
        policies=found.policies,
        mappings=found.mappings,
        tests=found.tests,
        codes=codes if codes.is_file() else None,
        units=units,
        tables=tuple(found.tables),
        rates=tuple(found.rated),
        problems=tuple(
            Problem(label + path.relative_to(root).as_posix(), 1, 1, "stray-file", said)
            for path, said in found.strays
        ),
    )
