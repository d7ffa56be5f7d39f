"""The verbs of ``dead-letters``: records that could not become canonical, and what to do with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import SettingsError
from engine.flow.activate import activate
from engine.flow.drain import drain_streams
from engine.flow.events import Listener, Tally
from engine.flow.settling import settle
from engine.flow.workspace import Workspace
from engine.mapping.json_bytes import byte_range, pointer_text
from engine.mapping.located import find as find_value
from engine.mapping.plan import Plan
from engine.mapping.reads import pointers_read
from engine.records.received import Response, StreamName
from engine.store import dead_letters, raw, survey
from engine.store.database import Database
from engine.store.dead_letters import DeadLetter

HIDDEN = "…"
"""Stands for a value that is nobody's business."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A dead letter with the record that it is about."""

    letter: DeadLetter
    response: Response
    record: Any
    """As decoded; None where it cannot be found again."""
    pointer: str | None
    """Where it stands in the body,"""
    span: tuple[int, int] | None
    """and from which byte to which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """What came of trying letters again."""

    letters: int
    left: int
    """Letters among them that stand as before."""
    tally: Tally


def chosen(
    database: Database,
    target: str | None = None,
    *,
    mapping: str | None = None,
    code: str | None = None,
    discarded: bool = False,
    limit: int | None = None,
) -> list[DeadLetter]:
    """Letters of a source or stream, of a mapping, with a code; all without them. The newest first."""
    source, _, stream = (target or "").partition(".")
    with database.connect(label="syncline dead letters") as connection:
        found = dead_letters.find(
            connection,
            source=source or None,
            stream=stream or None,
            mapping=mapping,
            discarded=discarded,
            limit=None if code else limit,
        )
    return [each for each in found if code is None or code in _codes(each)][:limit]


def _codes(letter: DeadLetter) -> set[str]:
    return {str(each["code"]) for each in letter.problems}


def count(
    database: Database,
    target: str | None = None,
    *,
    mapping: str | None = None,
    code: str | None = None,
    discarded: bool = False,
) -> int:
    """How many ``chosen`` would give without a limit."""
    source, _, stream = (target or "").partition(".")
    with database.connect(label="syncline dead letters") as connection:
        return survey.letters(
            connection,
            source=source or None,
            stream=stream or None,
            mapping=mapping,
            code=code,
            discarded=discarded,
        )


def named(database: Database, target: str, key: str, *, mapping: str | None = None) -> list[DeadLetter]:
    """The letters about one record of a stream; raises ``SettingsError`` where there is none."""
    source, _, stream = target.partition(".")
    with database.connect(label="syncline dead letters") as connection:
        found = dead_letters.find(
            connection,
            source=source,
            stream=stream or None,
            subject=key,
            mapping=mapping,
            discarded=True,
        )
    if not found:
        raise SettingsError(
            f"there is no dead letter '{key}' of {target}: `syncline dead-letters list` has them"
        )
    return found


def opened(workspace: Workspace, letter: DeadLetter) -> Opened:
    """A letter with its record, read again from the stored response."""
    stream = StreamName(source=letter.source, stream=letter.stream)
    with workspace.database.connect(label="syncline dead letters") as connection:
        response = raw.response(connection, letter.raw_id)
    if response is None or letter.source not in workspace.sources:
        raise SettingsError(f"the record of dead letter '{letter.subject}' cannot be read any more")
    decoded = workspace.source(stream).reader(letter.stream).read(response)
    places = list(decoded.places)
    if letter.place not in places:
        return Opened(letter=letter, response=response, record=None, pointer=None, span=None)
    record = decoded.records[places.index(letter.place)]
    pointer = find_value(decoded.document, record, letter.place)
    return Opened(
        letter=letter,
        response=response,
        record=record,
        pointer=None if pointer is None else pointer_text(pointer),
        span=None if pointer is None else byte_range(response.body, pointer),
    )


def discreet(workspace: Workspace, letter: DeadLetter, record: Any) -> Any:
    """
    A record with only what the mapping's rules read, and personal data hidden.

    What no rule reads could be anything; fields that the contract marks ``pii`` are known to be personal.
    """
    program = workspace.programs.get(letter.mapping)
    if program is None or program.plan.each or not isinstance(record, dict):
        return HIDDEN
    shown: dict[str, Any] = {}
    for pointer, personal in _pointers(program.plan, record).items():
        _put(shown, record, pointer, HIDDEN if personal else None)
    return shown


def _pointers(plan: Plan, record: Any) -> dict[tuple[str | int, ...], bool]:
    """What the rules read, and whether it is personal; what one personal field reads, is."""
    found: dict[tuple[str | int, ...], bool] = {}
    for field, rule in zip(plan.shape.fields, plan.rules, strict=True):
        if rule is None:
            continue
        for reading in rule.leaves:
            if reading.expression is None or reading.of not in {None, "record"}:
                continue
            for pointer in pointers_read(reading.expression, record):
                found[pointer] = found.get(pointer, False) or field.pii
    return found


def _put(shown: dict[str, Any], record: Any, pointer: tuple[str | int, ...], instead: str | None) -> None:
    """Copy one value of a record to its place; an element of a list takes the list with it."""
    target, here = shown, record
    for depth, step in enumerate(pointer):
        last = depth == len(pointer) - 1 or not isinstance(here.get(step), dict)
        if last:
            target[str(step)] = here.get(step) if instead is None else instead
            return
        below = target.setdefault(str(step), {})
        if not isinstance(below, dict):
            return
        target, here = below, here[step]


def retry(
    workspace: Workspace,
    letters: Sequence[DeadLetter],
    *,
    who: str | None,
    stopping: Callable[[], bool],
    listen: Listener,
) -> Retried:
    """
    Make the records of letters canonical, if the mapping now can; without asking any source.

    What the files say is made active first. A stream that another worker holds stays pending: its next
    sync does it. Raises ``Interrupted`` between two batches.
    """
    activations = activate(workspace)
    with workspace.database.connect(label="syncline dead letters") as connection:
        dead_letters.retry(connection, letters, who=who)
    streams = dict.fromkeys(StreamName(source=each.source, stream=each.stream) for each in letters)
    tally = drain_streams(workspace, activations, streams, verb="retry", stopping=stopping, listen=listen)
    settle(workspace)
    with workspace.database.connect(label="syncline dead letters") as connection:
        standing = {
            (stream, each.mapping, each.subject)
            for stream in streams
            for each in dead_letters.find(connection, source=stream.source, stream=stream.stream)
        }
    left = sum(
        (StreamName(source=each.source, stream=each.stream), each.mapping, each.subject) in standing
        for each in letters
    )
    return Retried(letters=len(letters), left=left, tally=tally)


def discard(database: Database, letters: Sequence[DeadLetter], *, who: str | None) -> int:
    """Nobody wants these any more; they stay on record, marked so, until the record says another thing."""
    with database.connect(label="syncline dead letters") as connection:
        return dead_letters.discard(connection, letters, who=who)
