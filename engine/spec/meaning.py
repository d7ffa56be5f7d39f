"""
What a component means, apart from how it was written, and a fingerprint over it.

Comments, order of keys, descriptions and formatting do not enter; a setting that holds its default
means the same as one that is left out; texts with a format enter by what they mean.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine.spec.component import Component, settings_of


def meaning(value: Any) -> Any:
    """The same as JSON can hold it: equal for what means the same, different for all else."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Component):
        return _component(value)
    if hasattr(value, "meaning"):
        return value.meaning()
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Decimal):
        return {"$number": str(value)}
    if isinstance(value, Mapping):
        return {str(key): meaning(each) for key, each in value.items()}
    if isinstance(value, Sequence | frozenset):
        return [meaning(each) for each in (sorted(value) if isinstance(value, frozenset) else value)]
    raise TypeError(f"{type(value).__name__} has no meaning to take a fingerprint of")


def fingerprint(*meanings: Any) -> str:
    """SHA-256, in hexadecimal, of meanings in this order."""
    text = json.dumps(meanings, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _component(built: Component) -> dict[str, Any]:
    said = {} if built.tag is None else {"type": built.tag}
    for key, setting in settings_of(type(built)).items():
        value = getattr(built, setting.name)
        if not setting.meta and (setting.required or value != setting.default):
            said[key] = meaning(value)
    return said
