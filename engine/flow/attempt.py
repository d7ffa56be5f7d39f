"""The verb ``try``: one page of a stream, live, and what every mapping makes of it; nothing is stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from engine.expression import EvaluationError, Expression
from engine.fetch.decode.json import Unreadable, decode
from engine.fetch.scope import answered, scope_of
from engine.flow.advice import advice
from engine.flow.asking import Asker, Came, Sample
from engine.flow.outcome import Outcome, outcomes
from engine.flow.sources import Source
from engine.flow.streams import own_expressions
from engine.flow.workbench import Workbench
from engine.mapping.json_bytes import Pointer
from engine.mapping.plan import Plan
from engine.mapping.readings import Sources
from engine.mapping.reads import pointers_read
from engine.mapping.trace import at
from engine.records.received import Decoded
from engine.records.shapes import FieldShape


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """What one mapping made of the page."""

    plan: Plan
    about: Mapping[str, str]
    """By field: its unit and what it is for, as the contract says."""
    outcomes: Sequence[Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """One expression that decides whether the walk goes on, and its value on this page."""

    key: str
    expression: str
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of trying a stream."""

    asked: Sample
    page: Came | None
    """The last page that was asked for; None where no answer came."""
    document: Any
    """The body; None where it is no JSON."""
    paging: Sequence[Paging]
    kind: str
    """The type of pagination."""
    expressions: Sequence[Expression]
    """What the stream itself reads of a record: key, version, cursor, `when`."""
    mappings: Sequence[Mapped]
    advice: Sequence[str]
    """Where something failed: what to do."""

    @property
    def dead(self) -> int:
        """Records that would become dead letters."""
        return sum(each.kind == "refused" for one in self.mappings for each in one.outcomes)


def attempt(
    bench: Workbench,
    target: str,
    *,
    partition: Mapping[str, Any] | None = None,
    window: tuple[str, str] | None = None,
    page: int = 1,
    mapping: str | None = None,
) -> Attempt:
    """
    Fetch page ``page`` of ``source.stream`` and map it; a source's fault stands in the result.

    Raises ``SettingsError`` where there is no such stream, mapping or partition.
    """
    source, stream = bench.stream(target)
    feeds = bench.feeds(stream, mapping)
    asked = Asker(source, now=dt.datetime.now(dt.UTC)).ask(
        stream.stream, partition=partition, window=window, pages=page
    )
    last = asked.pages[-1] if asked.pages else None
    made = []
    for feed in feeds:
        program = bench.programs[feed.mapping]
        types = bench.project.entity(feed.entity).types
        about = {
            name: " ".join(filter(None, [getattr(kind, "unit", None), _per(kind)]))
            for name, kind in types.items()
        }
        found = [] if last is None else outcomes(program, last.decoded)
        made.append(Mapped(plan=program.plan, about=about, outcomes=found))
    return Attempt(
        asked=asked,
        page=last,
        document=None if last is None else _document(last),
        paging=() if last is None else _paging(source, asked, last),
        kind=source.stream(stream.stream).pagination.tag or "none",
        expressions=own_expressions(source.stream(stream.stream)),
        mappings=made,
        advice=() if asked.error is None else advice(bench.project, source, asked, asked.error),
    )


def _document(page: Came) -> Any:
    """The body, also of an answer that is not read."""
    if page.step.reading.document is not None:
        return page.step.reading.document
    try:
        return decode(page.step.answer.body).document
    except Unreadable:
        return None


def _per(kind: Any) -> str | None:
    per = getattr(kind, "per", None)
    return None if per is None else f"per {per}"


def _paging(source: Source, asked: Sample, page: Came) -> list[Paging]:
    """What the pagination's expressions say of this page."""
    if page.step.then not in {"more", "done"}:
        return []
    scope = scope_of(
        config=source.client.config,
        window=asked.bounds,
        partition=asked.partition,
        page=page.step.page.scope(),
    )
    whole = answered(scope, page.step.answer, page.step.reading.document)
    paginator = source.stream(asked.stream.stream).pagination
    found = []
    for each in fields(paginator):
        expression = getattr(paginator, each.name)
        if not isinstance(expression, Expression) or each.name == "by":  # which reads the last record
            continue
        try:
            value = expression.search(whole)
        except EvaluationError as error:
            value = f"({error})"
        found.append(Paging(key=each.name, expression=expression.text, value=value))
    return found


def readings(plan: Plan, decoded: Decoded, outcome: Outcome) -> dict[str, list[tuple[Pointer, Any]]]:
    """
    By field: the values of the record that its rule reads, each with its pointer.

    What rules read elsewhere (the partition, the whole answer) has no pointer in the record: ``()``. After
    ``each`` fields read elements, and nothing is said here.
    """
    if plan.each:
        return {}
    record = decoded.records[outcome.index]
    sources = Sources(
        element=record,
        record=record,
        parent=record,
        partition=decoded.response.partition,
        body=decoded.document,
    )
    found: dict[str, list[tuple[Pointer, Any]]] = {}
    for field, rule in zip(plan.shape.fields, plan.rules, strict=True):
        if rule is None:
            continue
        said = found.setdefault(field.name, [])
        for reading in rule.leaves:
            if reading.expression is None:
                continue
            root = sources.root(reading.of)
            inside = reading.of in {None, "record", "parent"}
            said += [
                (pointer if inside else (), at(root, pointer))
                for pointer in pointers_read(reading.expression, root)
            ]
    return found


def personal(plan: Plan, read: Mapping[str, list[tuple[Pointer, Any]]]) -> set[Pointer]:
    """Where in the record stands what fields with personal data are made of."""
    hidden: set[FieldShape] = {each for each in plan.shape.fields if each.pii}
    return {pointer for field in hidden for pointer, _ in read.get(field.name, ()) if pointer}
