"""The page of the catalogue: which shipped system fills which entity, by which stream."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from engine.flow.loading import Loaded, load_project
from engine.mapping.entity import Entity
from engine.mapping.rules import MappingFile
from engine.spec.reference import cells

_ROOT = Path(__file__).parents[2]

_INTRO = """\
# What the catalogue fills

The entities of `mappings/entities` and the systems of `specs`, by the mappings that ship: each stream with
how many of the entity's fields it says. [Why the entities are cut as they are](../explanation/catalogue.md).
"""


def page() -> str:
    """The whole page."""
    loaded = load_project(_ROOT)
    systems = sorted(loaded.connectors)
    filled = _filled(loaded)
    rows = [
        cells(
            f"`{name}` ({len(document.need().fields)})",
            *(", ".join(filled[name].get(system, ())) or "·" for system in systems),
        )
        for name, document in sorted(loaded.entities.items())
    ]
    return "\n".join(
        [
            _INTRO,
            cells("entity (fields)", *(f"`{system}`" for system in systems)),
            "|---" * (len(systems) + 1) + "|",
            *rows,
            "",
            "Systems:",
            "",
            *(f"- `{system}`: {_about(loaded, system)}" for system in systems),
            "",
            _links(loaded),
        ]
    )


def _filled(loaded: Loaded) -> Mapping[str, Mapping[str, list[str]]]:
    """By entity and system: the streams, each with how many fields it says."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for _, mapping in sorted(_mappings(loaded).items()):
        system, _, stream = mapping.from_.partition(".")
        found[str(mapping.to)][system].append(f"{stream} {len(mapping.fields)}")
    return found


def _mappings(loaded: Loaded) -> dict[str, MappingFile]:
    return {name: document.need() for name, document in loaded.mappings.items()}


def _about(loaded: Loaded, system: str) -> str:
    return str(loaded.connectors[system].need().description)


def _links(loaded: Loaded) -> str:
    """How records of several sources meet: by the contract's identity keys, and by links of mappings."""
    said = ["## What joins", "", "| entity | records are one by | links |", "|---|---|---|"]
    links: dict[str, list[str]] = defaultdict(list)
    for mapping in _mappings(loaded).values():
        links[str(mapping.to)] += [f"{mapping.from_} → {each.to}" for each in mapping.links]
    for name, document in sorted(loaded.entities.items()):
        keys = _keys(document.need())
        if keys or links[name]:
            said.append(cells(f"`{name}`", keys or "·", ", ".join(links[name]) or "·"))
    return "\n".join([*said, ""])


def _keys(entity: Entity) -> str:
    return "; ".join(" and ".join(f"`{field}`" for field in key.on) for key in entity.identity)
