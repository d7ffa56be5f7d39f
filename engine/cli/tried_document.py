"""What came of trying a stream, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.cli.texts import HIDDEN
from engine.flow.attempt import personal, readings

if TYPE_CHECKING:
    from engine.flow.attempt import Attempt, Mapped
    from engine.flow.outcome import Outcome


def document(found: Attempt, *, limit: int, reveal: bool) -> dict[str, Any]:
    """What came of trying a stream, for programs."""
    asked, page = found.asked, found.page
    answer = None if page is None else page.step.answer
    error = asked.error
    return {
        "stream": str(asked.stream),
        "partition": dict(asked.partition),
        "window": asked.bounds,
        "parents": [{"stream": str(each.stream), "pages": len(each.pages)} for each in asked.parents],
        "request": asked.unanswered or (None if answer is None else answer.request),
        "response": None
        if page is None or answer is None or asked.unanswered is not None
        else {
            "status": answer.status,
            "headers": dict(page.decoded.response.headers),
            "bytes": len(answer.body),
            "tries": page.step.attempts,
            "records": len(page.decoded.records),
        },
        "paging": {
            "type": found.kind,
            "then": None if page is None else page.step.then,
            "values": {each.key: each.value for each in found.paging},
            "next": asked.following,
            "next_window": asked.further,
        },
        "records": [] if page is None else _records(found, limit, reveal=reveal),
        "mappings": {each.plan.mapping: _counts(each) for each in found.mappings},
        "error": None
        if error is None
        else {"code": error.code, "message": str(error), "advice": list(found.advice)},
    }


def _counts(mapped: Mapped) -> dict[str, Any]:
    kinds = [each.kind for each in mapped.outcomes]
    return {
        "entity": mapped.plan.entity,
        "records": len(kinds),
        "made": sum(len(each.made) for each in mapped.outcomes),
        "filtered": kinds.count("filtered"),
        "deleted": kinds.count("deleted"),
        "dead": kinds.count("refused"),
    }


def _records(found: Attempt, limit: int, *, reveal: bool) -> list[dict[str, Any]]:
    """The records that are shown, and every other that is a dead letter."""
    assert found.page is not None  # noqa: S101 # there are records
    decoded = found.page.decoded
    said = []
    for index, key in enumerate(decoded.keys):
        outcomes = {each.plan.mapping: (each, each.outcomes[index]) for each in found.mappings}
        if index >= limit and not any(one.kind == "refused" for _, one in outcomes.values()):
            continue
        hidden = {
            pointer
            for mapped, one in outcomes.values()
            for pointer in personal(mapped.plan, readings(mapped.plan, decoded, one))
        }
        covered = any(bool(each.plan.each) and _personal(each) for each, _ in outcomes.values())
        record = decoded.records[index]
        said.append(
            {
                "index": index,
                "key": key,
                "record": record if reveal else HIDDEN if covered else _covered(record, hidden, ()),
                "mappings": {name: _outcome(*each, reveal=reveal) for name, each in outcomes.items()},
            }
        )
    return said


def _personal(mapped: Mapped) -> bool:
    return any(each.pii for each in mapped.plan.shape.fields)


def _covered(value: Any, hidden: set[Any], at: tuple[str | int, ...]) -> Any:
    """A copy with what stands at some pointers covered."""
    if at in hidden and value is not None:
        return HIDDEN
    if isinstance(value, dict):
        return {key: _covered(each, hidden, (*at, key)) for key, each in value.items()}
    if isinstance(value, list):
        return [_covered(each, hidden, (*at, index)) for index, each in enumerate(value)]
    return value


def _outcome(mapped: Mapped, outcome: Outcome, *, reveal: bool) -> dict[str, Any]:
    pii = set() if reveal else {each.name for each in mapped.plan.shape.fields if each.pii}
    columns = {name for each in mapped.plan.shape.fields if each.name in pii for name, _ in each.columns}
    return {
        "outcome": outcome.kind,
        "made": [
            {
                "key": each.key,
                "values": {
                    name: HIDDEN if name in columns and text is not None else text
                    for name, text in each.values.items()
                },
            }
            for each in outcome.made
        ],
        "faults": [
            {
                "key": key,
                "field": fault.field,
                "code": fault.code,
                "message": HIDDEN if fault.field in pii else fault.message,
                "rule": fault.rule,
            }
            for key, faults in outcome.refused
            for fault in faults
        ],
    }
