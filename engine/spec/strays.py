"""What did somebody mean by a key that is none? All else is then checked as if they had written that."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from engine.spec.component import Component, Path, Setting, family, settings_of
from engine.spec.leaf import Walk
from engine.spec.say import closest, family_noun, near, owner
from engine.spec.source import Node

Fits = Callable[[Setting, Walk, Node, Path], bool]


def stray(cls: type[Component], walk: Walk, node: Node, key: str, path: Path, fits: Fits) -> str | None:
    """
    Report a key that a component does not have; the key that was meant, if it can be told.

    Its value is entered under that as well, where it ``fits``. Elsewhere the component is doubted: it may
    lack something only because this key was meant to say it.
    """
    at, value = node.value[key]
    if key in cls.reserved:
        said = cls.reserved[key] if isinstance(cls.reserved, Mapping) else f"'{key}' is not built yet"
        walk.report(at, "not-built", said)
        return None
    settings = settings_of(cls)
    hint = f": {cls.elsewhere[key]}" if key in cls.elsewhere else _unparted(node, key) or near(key, settings)
    walk.stray(at, f"'{key}' is not a key of {owner(cls, path)}{hint}")
    meant = closest(key, settings)
    if key in cls.elsewhere or meant in node.value:
        return meant
    if meant is not None and fits(settings[meant], walk, value, (*path, key)):
        node.value[meant] = node.value[key]
    else:
        walk.doubted.add(path)
    return meant


def _unparted(node: Node, key: str) -> str:
    """What to write where a key in flow style, which has no value, is no key but a piece of text."""
    value = node.value[key][1]
    if node.style != "[" or value.text or value.style or value.kind != "scalar":
        return ""
    word, rest = re.match(r"(\w*)[:\s]*(.*)", key, re.DOTALL).groups()  # type: ignore[union-attr] # fits any text
    if word and rest and ("\n" not in rest) and key[len(word)] in ": ":
        return f", and has no value: write `{word}: {rest}`, or quotes around a value with a comma"
    return ", and has no value: write `key: value`, or quotes around a value with a comma"


def type_meant(base: type[Component], walk: Walk, node: Node) -> bool:
    """Whether a key spelt nearly so as ``type`` names a member of a family: it is reported and read as it."""
    key = closest("type", node.value)
    if key is None or node.value[key][1].text not in {*family(base), *base.reserved}:
        return False
    walk.stray(node.value[key][0], f"'{key}' is not a key of {family_noun(base)}; did you mean 'type'?")
    node.value["type"] = node.value[key]
    return True
