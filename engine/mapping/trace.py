"""Where does a value come from? One rule, run again on the stored bytes, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from engine.expression import EvaluationError
from engine.mapping.json_bytes import Pointer, pointer_text
from engine.mapping.located import Located, find
from engine.mapping.mapped import Opened, element_of, sources_of
from engine.mapping.misfit import Misfit, shown
from engine.mapping.numbers import exact_decimal, number_text
from engine.mapping.plan import Plan
from engine.mapping.readings import Reading, Sources
from engine.mapping.reads import pointers_read
from engine.mapping.steps import CompiledRule
from engine.records.received import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One value of the response that the rule read."""

    key: str
    """The rule's key that asked for it: ``value``, ``unit``, ``currency`` …"""
    pointer: str
    """JSON pointer in the body; with ``of: partition`` in what ``for_each`` bound."""
    start: int | None
    """First byte in the body; None where the value is not in it."""
    end: int | None
    """Byte after the last."""
    text: str
    """The bytes, or the value, for people: at most 60 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceStep:
    """One step of the rule on this value."""

    key: str
    says: str
    """What was done, with its factor; empty where the key says it all."""
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A field's value, recomputed."""

    field: str
    rule: str
    """``file:line``; the mapping's file where no rule says the field."""
    expression: str
    """What is read, or the constant."""
    origins: tuple[Origin, ...]
    steps: tuple[TraceStep, ...]
    columns: tuple[str | None, ...]
    """PostgreSQL's text, as the canonical row holds it where this contribution won."""
    fault: Fault | None = None


def explain(plan: Plan, located: Located, field: str, *, key: str | None = None) -> Trace:
    """
    Run the rule of a field on a record again.

    After ``each``, ``key`` is the whole contribution key of the element. Raises ``LookupError`` where
    there is no such field or element.
    """
    found = [index for index, each in enumerate(plan.shape.fields) if each.name == field]
    if not found:
        raise LookupError(f"{plan.entity} has no field {field!r}")
    shape, rule = plan.shape.fields[found[0]], plan.rules[found[0]]
    nothing: tuple[str | None, ...] = (None,) * (1 if shape.refers_to else len(shape.columns))
    if rule is None:
        return Trace(field=field, rule=plan.file, expression="", origins=(), steps=(), columns=nothing)
    sources = _sources(plan, located, key)
    day = _rule(plan, rule.beside)
    besides = () if day is None else tuple(replace(each, key="on") for each in day.leaves)
    origins = tuple(
        origin for reading in (*rule.leaves, *besides) for origin in _origins(reading, sources, located)
    )
    columns, steps, fault = _run(rule, sources, day)
    return Trace(
        field=field,
        rule=rule.place,
        expression=rule.value.text,
        origins=origins,
        steps=tuple(steps),
        columns=nothing if fault else columns,
        fault=fault,
    )


def explain_link(
    plan: Plan, located: Located, kind: int, *, key: str | None = None
) -> tuple[str, str | None, tuple[Origin, ...]]:
    """
    Read the link of a record that says a kind of identity value again: its place in the files, the key that
    it leads to, and where that stands.

    Raises ``LookupError`` where there is no such link or element, or it cannot be read.
    """
    link = next((each for each in plan.links if each.kind == kind), None)
    if link is None:
        raise LookupError(f"{plan.mapping} has no such link any more")
    sources = _sources(plan, located, key)
    try:
        leads = link.read(sources)
    except (Misfit, EvaluationError) as error:
        raise LookupError(link.fault(error).message) from None
    origins = tuple(each for leaf in link.reading.leaves for each in _origins(leaf, sources, located))
    return link.place, leads, tuple(replace(each, key="link") for each in origins)


def _sources(plan: Plan, located: Located, key: str | None) -> Sources:
    """What rules read of a record; after ``each``, of the element with this contribution key."""
    decoded, index, record = located.decoded, located.index, located.record
    opened = Opened(record, record)
    if plan.each and key is not None:
        within = element_of(plan, decoded, index, key)
        if within is None:
            raise LookupError(f"record {decoded.keys[index]!r} has no element {key!r}")
        opened = within
    return sources_of(decoded, record, opened)


def _rule(plan: Plan, field: str | None) -> CompiledRule | None:
    """The rule of the field that another rule reads beside the record."""
    named = zip(plan.shape.fields, plan.rules, strict=True)
    return next((rule for shape, rule in named if shape.name == field), None)


def _run(
    rule: CompiledRule, sources: Sources, day: CompiledRule | None
) -> tuple[tuple[str | None, ...], list[TraceStep], Fault | None]:
    steps: list[TraceStep] = []
    try:
        written = rule.value.written(sources)
        value = None if rule.value.hides(written) else written
        if written is not value:
            steps.append(TraceStep(key="blank", says=shown(written), result=_result(None)))
        inputs = [each.read(sources) for each in rule.inputs] if value is not None else []
        inputs += [day.read(sources)[0]] if day is not None and value is not None else []
        for step in rule.steps:
            if value is None:
                break
            says = step.says(value, inputs) if step.says else ""
            value = step.run(value, inputs)
            steps.append(TraceStep(key=step.key, says=says, result=_result(value)))
        if value is None and rule.has_default:
            steps.append(TraceStep(key="default", says="", result=_result(rule.default)))
    except (Misfit, EvaluationError) as error:
        return (), steps, Fault(code=error.code, message=str(error), field=rule.name, rule=rule.place)
    return rule.default if value is None else value, steps, None


def _result(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(
            "null" if each is None else _result(each) if isinstance(each, Fraction) else str(each)
            for each in value
        )
    if isinstance(value, Fraction):
        return number_text(exact_decimal(value))
    return "null" if value is None else shown(value)


def _origins(reading: Reading, sources: Sources, located: Located) -> Iterator[Origin]:
    if reading.expression is None:
        return
    root, base, body = sources.root(reading.of), located.pointer, located.decoded.response.body
    start: Pointer | None = ()
    if reading.of in {None, "record", "parent"}:
        start = base
        if root is not sources.record and base is not None:
            below = find(sources.record, root, None)
            start = None if below is None else (*base, *below)
    for pointer in pointers_read(reading.expression, root):
        whole = None if start is None else (*start, *pointer)
        span = None
        if whole is not None and reading.of != "partition":
            span = located.byte_range(whole)
        yield Origin(
            key=reading.key,
            pointer=pointer_text(pointer if whole is None else whole),
            start=span[0] if span else None,
            end=span[1] if span else None,
            text=_text(body, span) if span else shown(at(root, pointer)),
        )


def _text(body: bytes, span: tuple[int, int]) -> str:
    text = body[span[0] : span[1]].decode("utf-8", "backslashreplace")
    return text if len(text) <= 60 else f"{text[:57]}…"


def at(document: Any, pointer: Pointer) -> Any:
    """The value at a pointer that exists."""
    for step in pointer:
        document = document[step]
    return document
