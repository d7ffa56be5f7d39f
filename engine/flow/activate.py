"""What the files say becomes what runs: versions, activations, tables, and what is pending for them again."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from engine.flow.check import Project
from engine.flow.workspace import Workspace
from engine.store import entities, lines, versions
from engine.store.versions import Activation


def activate(workspace: Workspace) -> Mapping[str, int]:
    """
    Make every mapping's program active; activation numbers by mapping.

    Tables are created or widened first (any change that is not additive raises ``StoreOutOfDate`` and
    names the field). Where a fingerprint moved, every stored response of the mapping's streams becomes
    pending for it again. All of it is one transaction, under the lock that holds off writers.
    """
    numbers = {name: workspace.names.mapping(name) for name in workspace.programs}
    streams = {feed.stream: workspace.names.stream(feed.stream) for feed in workspace.project.feeds}
    lists = {
        feed.stream: workspace.names.stream(feed.listed_by)
        for feed in workspace.project.feeds
        if feed.listed_by is not None
    }
    for feed in workspace.project.feeds:
        for target in feed.refs.values():
            workspace.names.stream(target)
    for name in workspace.shapes:
        workspace.names.entity(name)
    with workspace.database.connect(label="syncline activate") as connection:
        standing = versions.active(connection)
        moved = [
            name
            for name, program in workspace.programs.items()
            if numbers[name] not in standing or standing[numbers[name]].fingerprint != program.fingerprint
        ]
        if moved:
            versions.flip(connection)
        changed = [name for name, shape in workspace.shapes.items() if entities.ensure(connection, shape)]
        lines.watch(connection, workspace.shapes, changed)
        now: dict[str, Activation] = {name: standing[numbers[name]] for name in numbers if name not in moved}
        for name in moved:
            now[name] = versions.activate(
                connection,
                mapping=numbers[name],
                fingerprint=workspace.programs[name].fingerprint,
                text=version_text(workspace.project, name),
            )
            versions.repend(
                connection,
                mapping=numbers[name],
                streams=[
                    number
                    for feed in workspace.project.feeds
                    if feed.mapping == name
                    for number in (
                        streams[feed.stream],
                        *([] if feed.listed_by is None else [lists[feed.stream]]),
                    )
                ],
            )
    return {name: each.n for name, each in now.items()}


def version_text(project: Project, mapping: str) -> str:
    """The files that a version was compiled from, as JSON by their names."""
    document = project.mappings[mapping]
    entity = document.need().to
    contract = project.entities[entity]
    files = {document.file: document.source.text, contract.file: contract.source.text}
    if entity in project.policies:
        policy = project.policies[entity]
        files[policy.file] = policy.source.text
    files |= dict(project.unit_files)
    return msgspec.json.encode(files).decode()
