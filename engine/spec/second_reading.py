"""
Does another parser read a text as ours does? What ``fmt`` is about to write is shown to ruamel.yaml.

PyYAML and the writer of ``fmt`` are of one mind about quotes, blocks and indents, and could be wrong
together. ruamel.yaml is a parser of its own, of YAML 1.2: where both see the same scalars in the same
places, so will an editor and everybody's tools.
"""

from __future__ import annotations

from typing import Any

from engine.spec.source import Node


def reads_alike(text: str, root: Node) -> bool:
    """Whether ruamel.yaml finds in ``text`` the mappings, lists and scalars below ``root``."""
    # Slow to import (0.1 s), and only needed to write files.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        composed = YAML(typ="safe", pure=True).compose(text)
    except YAMLError:
        return False
    return composed is not None and _alike(composed, root)


def _alike(theirs: Any, ours: Node) -> bool:
    if ours.kind == "scalar":
        return bool(theirs.id == "scalar" and theirs.value == ours.text)
    if theirs.id != ("sequence" if ours.kind == "list" else "mapping"):
        return False
    if len(theirs.value) != len(ours.value):
        return False
    if ours.kind == "list":
        return all(_alike(one, other) for one, other in zip(theirs.value, ours.value, strict=True))
    return all(
        key.value == own.text and _alike(one, other)
        for (key, one), (own, other) in zip(theirs.value, ours.value.values(), strict=True)
    )
