"""Do a mapping and a contract do what their cases say? Runs them on the exact road, shows what differs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.expression import EvaluationError, text_of
from engine.expression.json_text import canonical_json, identity_json, read_json
from engine.expression.spans import read_span
from engine.mapping.apply import Row, apply
from engine.mapping.case import Case, ExpectedFault, TestFile
from engine.mapping.lines import BROKEN, LinesCheck, texts_of
from engine.mapping.mapped import Rows, map_record
from engine.mapping.patches import Patcher
from engine.mapping.plan import Plan
from engine.mapping.readings import Sources
from engine.mapping.texts import array_elements
from engine.records.received import Decoded, Fate, Fault, Rejection, Response, StreamName
from engine.records.shapes import EntityShape
from engine.spec.document import Document

_COMPARED: Mapping[str, Callable[[str], Any]] = {
    "bigint": Decimal,
    "interval": read_span,
    "numeric": Decimal,
    "time": dt.time.fromisoformat,
    "timestamptz": dt.datetime.fromisoformat,
}
"""How values are read that one writes in several ways."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """How one case went."""

    name: str
    place: str
    """``file:line`` of the case."""
    differences: tuple[str, ...]
    """Empty where it passed."""

    @property
    def passed(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


Over = Sequence[tuple[LinesCheck, Plan]]
"""Constraints over lines, each with what reads the rows that cases give for them."""


def run_cases(plan: Plan, document: Document[TestFile], over: Over = ()) -> list[CaseResult]:
    """Run every case of a file without problems; ``over``: those of a contract, beside which it stands."""
    results = []
    for index, case in enumerate(document.value.cases if document.value else ()):
        path = case.at or (index,)
        results.append(
            CaseResult(
                name=case.name,
                place=f"{document.file}:{document.line(path)}",
                differences=tuple(_differences(plan, case, over)),
            )
        )
    return results


def _differences(plan: Plan, case: Case, over: Over) -> list[str]:
    if plan.partial:
        return _patch_differences(Patcher(plan), case)
    made, rejections, fate = _mapped(plan, case)
    if case.lines is not None and made:
        rejections += _weighed(plan, case, made[0], over)
    if case.filtered:
        return (
            [] if fate is Fate.FILTERED else [f"expected to be filtered, {_outcome(made, rejections, fate)}"]
        )
    if case.reject:
        if not rejections:
            return [f"expected to be refused, {_outcome(made, rejections, fate)}"]
        return _fault_differences(plan, case.reject, rejections)
    if rejections:
        faults = [f"{fault.field or 'record'}: {fault.message} [{fault.code}]" for fault in _all(rejections)]
        return [f"refused: {fault}" for fault in faults]
    if fate is Fate.FILTERED:
        return ["filtered: it does not pass when"]
    if plan.each:
        wanted = case.expect if isinstance(case.expect, list | tuple) else [case.expect]
        if len(wanted) != len(made):
            return [f"expected {len(wanted)} elements, got {len(made)}"]
        return [
            f"element {index}: {each}"
            for index, (row, one) in enumerate(zip(made, wanted, strict=True))
            for each in _row_differences(plan.shape, row, one)
        ]
    if not isinstance(case.expect, Mapping):
        return ["a list is expected only after each"]
    return _row_differences(plan.shape, made[0], case.expect)


def _patch_differences(patcher: Patcher, case: Case) -> list[str]:
    """A case shows what one patch says, whatever stood before it."""
    mapped = patcher.map(_decoded(case))
    rejections = list(mapped.rejections)
    if case.reject and rejections:
        return _fault_differences(patcher.plan, case.reject, rejections)
    if rejections:
        return [
            f"refused: {each.field or 'record'}: {each.message} [{each.code}]" for each in _all(rejections)
        ]
    (patch,) = mapped.patches
    passes = patcher.whole(patch.says).passes
    if case.filtered or case.reject:
        wanted = "filtered" if case.filtered else "refused"
        got = "it says something" if passes else "it is filtered"
        return [] if case.filtered and not passes else [f"expected to be {wanted}, but {got}"]
    if not passes:
        return ["filtered: it does not pass when"]
    if not isinstance(case.expect, Mapping):
        return ["a list is expected only after each"]
    kinds = {name: sql for each in patcher.plan.shape.fields for name, sql in each.columns}
    kinds |= {each.columns[0][0]: "text" for each in patcher.plan.shape.fields if each.refers_to}
    lines = []
    for name, value in case.expect.items():
        if name not in patch.says:
            lines.append(f"{name}: expected {_shown(value)}, but the patch leaves it as it was")
        elif not same_value(kinds[name], patch.says[name], value):
            said = patch.says[name]
            lines.append(f"{name}: expected {_shown(value)}, got {'null' if said is None else said}")
    return lines


def _weighed(plan: Plan, case: Case, row: Row, over: Over) -> list[Rejection]:
    """Hold a row against constraints over the lines that its case gives, and these against their contract."""
    faults: list[Fault] = []
    for check, reads in over:
        lines = []
        for number, record in enumerate((case.lines or {}).get(check.lines, ()), start=1):
            made, refused, _ = _mapped(reads, replace(case, record=record))
            faults += [replace(each, message=f"line {number}: {each.message}") for each in _all(refused)]
            lines += [texts_of(reads.shape, each.columns) for each in made]
        message = check.fault(texts_of(plan.shape, row.columns), lines)
        if message is not None:
            faults.append(Fault(code=BROKEN, message=message, rule=check.name))
    return [Rejection(place=0, key=None, version=0, stage="map", faults=tuple(faults))] if faults else []


def _outcome(made: Sequence[Row], rejections: Sequence[Rejection], fate: Fate) -> str:
    if rejections:
        return "but it is refused: " + ", ".join(fault.message for fault in _all(rejections))
    return "but it is filtered" if fate is Fate.FILTERED else f"but it says {len(made)} thing(s)"


def _all(rejections: Sequence[Rejection]) -> list[Any]:
    return [fault for rejection in rejections for fault in rejection.faults]


def _mapped(plan: Plan, case: Case) -> tuple[list[Row], list[Rejection], Fate]:
    made: list[Row] = []

    def run(sources: Sources) -> Any:
        one = apply(plan, sources)
        if isinstance(one, Row):
            made.append(one)
        return one

    rows = Rows(plan, _decoded(case))
    fate = map_record(rows, 0, run)
    return made, rows.rejections, fate


def _decoded(case: Case) -> Decoded:
    partition = dict(case.given.partition) if case.given else {}
    body = case.given.body if case.given and case.given.body is not None else case.record
    response = Response(
        id=0,
        stream=StreamName(source="test", stream="test"),
        partition=partition,
        position=0,
        request={},
        status=200,
        headers={},
        fetched_at=dt.datetime(1970, 1, 1, tzinfo=dt.UTC),
        body=b"",
        sha256=bytes(32),
        wire_length=0,
        coding="identity",
    )
    return Decoded(
        response=response,
        document=body,
        records=[case.record],
        places=[0],
        keys=["case"],
        versions=[0],
        hashes=[0],
        fates=[int(Fate.SAYS)],
        faults={},
    )


def _fault_differences(
    plan: Plan, wanted: Sequence[ExpectedFault], rejections: Sequence[Rejection]
) -> list[str]:
    left = _all(rejections)
    lines = []
    for each in wanted:
        found = next((fault for fault in left if _meant(plan, each, fault)), None)
        if found is not None:
            left.remove(found)
        elif each.constraint is not None:
            lines.append(f"expected constraint {each.constraint} to be false")
        else:
            lines.append(
                f"expected {each.field or 'record'} to be refused{f' as {each.code}' if each.code else ''}"
            )
    return [*lines, *(f"also refused: {f.field or 'record'}: {f.message} [{f.code}]" for f in left)]


def _meant(plan: Plan, wanted: ExpectedFault, fault: Fault) -> bool:
    if wanted.constraint is None:
        return fault.field == wanted.field and wanted.code in {None, fault.code}
    if fault.code == BROKEN:
        return bool(fault.rule == wanted.constraint)
    places = {check.name: check.place for check in plan.checks}
    return fault.code == "constraint-broken" and fault.rule == places.get(wanted.constraint)


def _row_differences(shape: EntityShape, row: Row, wanted: Mapping[str, Any]) -> list[str]:
    columns: dict[str, tuple[str, str | None]] = {}
    values = iter(row.columns)
    for each in shape.fields:
        for name, sql in each.columns[:1] if each.refers_to else each.columns:
            columns[name] = ("text" if each.refers_to else sql, next(values))
    lines = []
    for name, value in wanted.items():
        if name not in columns:
            lines.append(f"{name}: the entity has no such column")
            continue
        sql, text = columns[name]
        if not same_value(sql, text, value):
            lines.append(f"{name}: expected {_shown(value)}, got {'null' if text is None else text}")
    return lines


def _shown(value: Any) -> str:
    return "null" if value is None else canonical_json(value)


def same_value(sql: str, text: str | None, wanted: Any) -> bool:
    """Whether PostgreSQL's text of a column is the value that a case writes in YAML."""
    if text is None or wanted is None:
        return text is None and wanted is None
    if sql == "jsonb":
        return identity_json(read_json(text)) == identity_json(wanted)
    if sql.endswith("[]"):
        if not isinstance(wanted, list | tuple):
            return False
        parts = array_elements(text)
        return len(parts) == len(wanted) and all(
            same_value(sql[:-2], part, each) for part, each in zip(parts, wanted, strict=True)
        )
    try:
        written = text_of(wanted)
        if sql == "boolean":
            return text == {"true": "t", "false": "f"}.get(written)
        read = _COMPARED.get(sql)
        if read is not None:
            return bool(read(text) == read(written))
    except (EvaluationError, InvalidOperation, ValueError, TypeError):
        return False
    return text == written
