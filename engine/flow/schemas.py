"""The verb ``schema``: what editors need while one types, and what other tools read of contracts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from engine.errors import SettingsError, SpecError
from engine.flow.feeds import check_entities
from engine.flow.kinds import KINDS
from engine.flow.loading import load_project
from engine.mapping.codes import codes_of
from engine.mapping.entity import Entity
from engine.mapping.odcs import SUFFIX, odcs
from engine.mapping.units import units_of
from engine.spec.schema import schema_of

EDITOR = ".vscode"
"""The folder that Visual Studio Code, and what descends from it, keeps a project's settings in."""
_FOLDER = "syncline"
_EXTENSION = "redhat.vscode-yaml"
"""Reads ``yaml.schemas``; it is the YAML language server."""


def schema_text(kind: str) -> str:
    """The JSON Schema of a kind of file, as text; the same every time."""
    schema = {"title": KINDS[kind].title, **schema_of(KINDS[kind].document)}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path, kinds: tuple[str, ...] = tuple(KINDS)) -> tuple[Path, ...]:
    """Write ``<kind>.json`` for each kind; the files written. Raises ``SettingsError``."""
    return tuple(_put(folder / f"{kind}.json", schema_text(kind)) for kind in kinds)


def write_settings(project: Path) -> tuple[Path, ...]:
    """
    Write all schemas, and the settings that tell an editor which is for which file; the files written.

    Settings that are there already are kept beside ours. Raises ``SettingsError`` where they are no JSON.
    """
    folder = project / EDITOR
    settings = folder / "settings.json"
    known = _known(settings)
    schemas = {f"./{EDITOR}/{_FOLDER}/{kind}.json": _globs(kind) for kind in KINDS}
    known["yaml.schemas"] = {**known.get("yaml.schemas", {}), **schemas}
    written = [*write_schemas(folder / _FOLDER), _put(settings, json.dumps(known, indent=2) + "\n")]
    extensions = folder / "extensions.json"
    if not extensions.exists():
        written.append(_put(extensions, json.dumps({"recommendations": [_EXTENSION]}, indent=2) + "\n"))
    return tuple(written)


def contract_text(entity: Entity, product: str) -> str:
    """An entity's contract by ODCS, as text; every number with all of its digits."""
    plain = msgspec.json.Encoder(decimal_format="number").encode(odcs(entity, product))
    return msgspec.json.format(plain, indent=2).decode() + "\n"


def write_contracts(project: Path, folder: Path) -> tuple[Path, ...]:
    """
    Write the contract of each entity that a project has or needs, by ODCS; the files written.

    JSON, which is YAML too, so that nothing in it is read in two ways. Raises ``SpecError`` where a
    contract has problems, ``SettingsError`` where the folder cannot be written to.
    """
    loaded = load_project(project)
    problems = [problem for each in loaded.entities.values() for problem in each.problems]
    problems += check_entities(loaded, lambda: units_of(loaded.units, codes_of(loaded.codes)))
    if problems:
        raise SpecError(problems)
    file = loaded.project.draft if loaded.project is not None else None
    product = "" if file is None else str(file.project)
    return tuple(
        _put(folder / f"{name}{SUFFIX}", contract_text(each.need(), product))
        for name, each in loaded.entities.items()
    )


def _globs(kind: str) -> list[str]:
    """Where the files of a kind stand; what is also another kind's is excepted."""
    names = {"entity": ("test",), "mapping": ("entity", "policy", "test")}.get(kind, ())
    others = [glob for each in names for glob in KINDS[each].globs]
    return [*KINDS[kind].globs, *(f"!{glob}" for glob in others)]


def _known(settings: Path) -> dict[str, Any]:
    try:
        known = json.loads(settings.read_text(encoding="utf-8")) if settings.exists() else {}
    except ValueError:
        known = None
    if not isinstance(known, Mapping) or not isinstance(known.get("yaml.schemas", {}), Mapping):
        raise SettingsError(f"{settings} is no plain JSON: add `yaml.schemas` by hand, as the how-to shows")
    return dict(known)


def _put(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from None
    return path
