"""What do a rule's tables say? Each ``lookup`` becomes the map that it stands for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from engine.mapping.lookups import LookupProblem, Tables
from engine.mapping.rules import NameRule, Rule
from engine.spec.component import Path
from engine.spec.meaning import fingerprint

Report = Callable[[Path, str, str, int], None]
R = TypeVar("R", Rule, NameRule)

_NAMES = ("unit", "per", "currency", "zone")


def consulted(rule: Rule, tables: Tables, report: Report) -> tuple[Rule, dict[str, str]]:
    """
    Give the rule with the pairs of its tables in place of ``map``, and what a fingerprint takes of them.

    Only what the rule reads of a table counts: its two columns, whatever their order and the others.
    """
    digests: dict[str, str] = {}

    def read(one: R, path: Path) -> R:
        if one.lookup is None or one.map is not None:
            return one
        try:
            pairs = tables.table(one.lookup.table).pairs(one.lookup.from_, one.lookup.to)
        except LookupProblem as problem:
            report((*path, "lookup", problem.key), problem.code, str(problem), 0)
            return replace(one, map={})
        digests[".".join(map(str, (*path, "lookup")))] = fingerprint(pairs)
        return replace(one, map=pairs)

    found = read(rule, ())
    named = {key: getattr(rule, key) for key in _NAMES}
    changed: dict[str, Any] = {
        key: read(name, (key,)) for key, name in named.items() if isinstance(name, NameRule)
    }
    return (replace(found, **changed) if changed else found), digests
