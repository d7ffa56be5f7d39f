"""Do the sources of a project fit the connectors that they install?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.errors import Problem
from engine.fetch.connector import ConfigKey, Connector
from engine.fetch.install import misfit
from engine.flow.loading import Loaded
from engine.flow.project import ProjectFile, Source
from engine.spec.component import Path
from engine.spec.document import Document
from engine.spec.say import closest, near

CODES = {
    "unknown-connector": "No connector of this name is in the project or in the catalogue.",
    "unknown-config": "The connector does not ask for this configuration.",
    "missing-config": "The connector asks for a configuration that the source does not give.",
    "wrong-config": "A configuration is not of the type that the connector asks for.",
    "unknown-secret": "The connector has no secret of this name.",
    "missing-secret": "The connector needs a secret that the source does not give.",
    "unknown-stream": "The connector has no stream of this name.",
}


def check_sources(loaded: Loaded) -> Iterator[Problem]:
    """Connectors, configuration, secrets and streams that sources name."""
    if loaded.project is None or loaded.project.draft is None:
        return
    for name, source in loaded.project.draft.sources.items():
        at: Path = ("sources", name)
        connector = loaded.connectors.get(source.connector)
        if connector is None:
            said = f"there is no connector '{source.connector}'{near(source.connector, loaded.offered[0])}"
            yield loaded.project.problem((*at, "connector"), "unknown-connector", said)
        else:
            yield from _source(loaded.project, at, source, connector)


def _source(
    project: Document[ProjectFile], at: Path, source: Source, connector: Document[Connector]
) -> Iterator[Problem]:
    meant: set[tuple[str, str | None]] = set()
    for part, what in (("config", "config"), ("secrets", "secret"), ("streams", "stream")):
        known = connector.names(part)
        for name in sorted(project.names(*at, part)):
            if not connector.lacks(name, part):
                continue
            said = f"connector '{source.connector}' has no {what} '{name}'{near(name, known)}"
            meant.add((what, closest(name, known)))
            yield project.key_problem((*at, part, name), f"unknown-{what}", said)
    if connector.draft is None:
        return
    for name, key in connector.draft.config.items():
        if name in source.config:
            wrong = _misfit(key, source.config[name])
            if wrong:
                yield project.problem((*at, "config", name), "wrong-config", f"config '{name}' {wrong}")
        elif key.required and key.default is None and ("config", name) not in meant:
            said = f"connector '{source.connector}' needs config '{name}'{_about(key.description)}"
            yield project.key_problem(at, "missing-config", said)
    for name, secret in connector.draft.secrets.items():
        if secret.required and not ({name} & project.names(*at, "secrets") or ("secret", name) in meant):
            said = f"connector '{source.connector}' needs secret '{name}'{_about(secret.description)}"
            yield project.key_problem(at, "missing-secret", said)


def _about(description: str | None) -> str:
    return f": {description}" if description else ""


def _misfit(key: ConfigKey, value: Any) -> str | None:
    """Why a configured value is not of its type; what the environment holds is seen at run time."""
    return None if isinstance(value, str) and value.startswith("env:") else misfit(key, value)
