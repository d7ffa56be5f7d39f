"""How do identity keys, refused joins and decisions look, to a person and to a program?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from engine.cli.terminal import Terminal
from engine.cli.texts import HIDDEN, minute, safe, table
from engine.flow.deciding import Waiting
from engine.flow.workspace import Workspace
from engine.records.shapes import FIRST_LINK
from engine.store.refusals import Decision, Spoken


class Keys:
    """Names of identity keys, and values as may be shown."""

    def __init__(self, workspace: Workspace, *, reveal: bool) -> None:
        self._names: dict[str, dict[int, str]] = {}
        self._hidden: dict[str, Collection[int]] = {}
        for name, shape in workspace.shapes.items():
            keys = workspace.project.entity(name).identity
            personal = {field.name for field in shape.fields if field.pii}
            self._names[name] = {kind: key.name for kind, key in enumerate(keys)}
            self._names[name] |= {kind: str(to) for kind, to in enumerate(shape.links, FIRST_LINK)}
            self._hidden[name] = (
                () if reveal else [n for n, key in enumerate(keys) if not personal.isdisjoint(key.on)]
            )

    def name(self, entity: str, kind: int) -> str:
        """Of an identity key; of a link the stream that it leads to."""
        return self._names.get(entity, {}).get(kind, str(kind))

    def value(self, entity: str, kind: int, value: str) -> str:
        """A value, where it is not personal."""
        # Of an entity that nothing feeds any more nobody knows what is personal.
        return HIDDEN if kind in self._hidden.get(entity, (kind,)) else value

    def said(self, entity: str, kind: int, value: str) -> str:
        """Both."""
        return f"{self.name(entity, kind)} {self.value(entity, kind, value)}"


def print_queue(terminal: Terminal, found: Sequence[Waiting], keys: Keys) -> None:
    """Two lines a refused join, one a side."""
    made = table(">N", "ENTITY", "=ID", "RECORDS", "SHARED", "WHY")
    for each in found:
        entity = each.refused.entity
        shared = ", ".join(keys.said(entity, kind, value) for kind, value in each.refused.values)
        why = ", ".join(each.refused.why)
        number = str(each.refused.number)
        for of, records in ((each.refused.one, each.one), (each.refused.other, each.other)):
            made.add_row(number, safe(entity), str(of), safe(_named(records)), safe(shared), safe(why))
            number = entity = shared = why = ""
    if found:
        terminal.print(made)


def _named(records: Sequence[Spoken]) -> str:
    return ", ".join(f"{each.stream}:{each.key}" for each in records)


def print_decisions(terminal: Terminal, made: Sequence[Decision], keys: Keys) -> None:
    """One line each."""
    rows = table(">N", "ENTITY", "=WHAT", "=ID", "=OTHER", "WHO", "WHY", "=AT")
    for each in made:
        why = each.why or ""
        if each.kind is not None and each.value is not None:
            why = f"{why} ({keys.said(each.entity, each.kind, each.value)})"
        rows.add_row(
            str(each.number),
            safe(each.entity),
            each.what if each.undone is None else f"[dim]{each.what}, undone by {each.undone}[/dim]",
            str(each.one),
            str(each.other or ""),
            safe(each.who or "-"),
            safe(why),
            minute(each.at),
        )
    if made:
        terminal.print(rows)
    else:
        terminal.print("nothing was merged, refused or decided yet")


def waiting_json(each: Waiting, keys: Keys) -> dict[str, Any]:
    """A refused join, for a program."""
    entity = each.refused.entity
    return {
        "number": each.refused.number,
        "entity": entity,
        "sides": [
            {"id": str(of), "records": [f"{record.stream}:{record.key}" for record in records]}
            for of, records in ((each.refused.one, each.one), (each.refused.other, each.other))
        ],
        "shared": [
            {"key": keys.name(entity, kind), "value": keys.value(entity, kind, value)}
            for kind, value in each.refused.values
        ],
        "why": list(each.refused.why),
        "since": each.refused.since.isoformat(),
    }


def decision_json(each: Decision, keys: Keys) -> dict[str, Any]:
    """A decision, for a program."""
    shared = None
    if each.kind is not None and each.value is not None:
        value = keys.value(each.entity, each.kind, each.value)
        shared = {"key": keys.name(each.entity, each.kind), "value": value}
    return {
        "number": each.number,
        "entity": each.entity,
        "what": each.what,
        "id": str(each.one),
        "other": None if each.other is None else str(each.other),
        "shared": shared,
        "who": each.who,
        "why": each.why,
        "at": each.at.isoformat(),
        "undone_by": each.undone,
    }


def said_values(record: Spoken) -> list[tuple[int, str]]:
    """What a record says, by kind."""
    return [(kind, value) for kind, value in enumerate(record.values) if value is not None]
