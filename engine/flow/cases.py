"""Do the cases beside a mapping or a contract name what its entity has?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.errors import Problem
from engine.flow.loading import Loaded
from engine.mapping.case import Case, TestFile
from engine.mapping.contract_cases import FOLDER
from engine.mapping.entity import Entity
from engine.spec.component import Path
from engine.spec.document import Document
from engine.spec.say import near

CODES = {
    "unknown-column": "A case expects a column that the entity does not have.",
    "unknown-constraint": "A case expects a constraint to be false that the entity does not have.",
}


def check_tests(loaded: Loaded) -> Iterator[Problem]:
    """Columns that cases expect, fields and constraints that they see refused, values beside a contract."""
    for name, document in loaded.tests.items():
        folder, _, own = name.partition("/")
        mapping = loaded.mappings.get(name)
        to = own if folder == FOLDER else mapping.draft.to if mapping and mapping.draft else ""
        entity = loaded.entities.get(to)
        if document.draft is None or entity is None or entity.value is None:
            continue
        for case in document.draft.cases:
            yield from _expected(document, case, entity.value)
            yield from _refused(document, case, entity.value)
            if folder == FOLDER:
                yield from _row(document, case, entity.value)
                yield from _lines(document, case, entity.value, loaded)
            elif case.lines is not None:
                said = "lines stand in a case beside an entity: a mapping makes one row of a record"
                yield document.key_problem((*case.at, "lines"), "wrong-case", said)


def _expected(document: Document[TestFile], case: Case, entity: Entity) -> Iterator[Problem]:
    columns = {column for name, each in entity.types.items() for column, _ in each.columns(name)}
    several = isinstance(case.expect, list)
    rows = case.expect if several else [case.expect]
    for index, row in enumerate(rows):
        at: Path = (*case.at, "expect", index) if several else (*case.at, "expect")
        for column in row if isinstance(row, Mapping) else ():
            if column not in columns:
                said = f"entity '{entity.entity}' has no column '{column}'{near(column, columns)}"
                yield document.key_problem((*at, column), "unknown-column", said)


def _refused(document: Document[TestFile], case: Case, entity: Entity) -> Iterator[Problem]:
    constraints = {str(each.name) for each in entity.constraints}
    between = {str(each.name) for each in entity.constraints if each.unique}
    over = {str(each.name) for each in entity.constraints if each.over}
    for each in case.reject:
        if each.field is not None and each.field not in entity.fields:
            said = f"entity '{entity.entity}' has no field '{each.field}'{near(each.field, entity.fields)}"
            yield document.problem((*each.at, "field"), "unknown-field", said)
        if each.constraint is not None and each.constraint not in constraints:
            said = f"entity '{entity.entity}' has no constraint '{each.constraint}'"
            said += near(each.constraint, constraints)
            yield document.problem((*each.at, "constraint"), "unknown-constraint", said)
        elif each.constraint in between:
            said = f"'{each.constraint}' holds between rows: no record by itself can break it"
            yield document.problem((*each.at, "constraint"), "wrong-case", said)
        elif each.constraint in over and case.lines is None:
            said = f"'{each.constraint}' reads lines: give them, lines: {{ENTITY: [ROW, …]}}"
            yield document.problem((*each.at, "constraint"), "wrong-case", said)


def _row(document: Document[TestFile], case: Case, entity: Entity) -> Iterator[Problem]:
    """Beside a contract a record is a row: there is no stream, so nothing around it and no `when`."""
    if case.given is not None:
        said = "a case beside an entity has only a record: no stream comes with anything more"
        yield document.key_problem((*case.at, "given"), "wrong-case", said)
    if case.filtered:
        said = "a case beside an entity says expect or reject: a contract filters nothing"
        yield document.key_problem((*case.at, "filtered"), "wrong-case", said)
    if not isinstance(case.record, Mapping):
        said = "the record of a case beside an entity is a mapping from its fields to their values"
        yield document.problem((*case.at, "record"), "wrong-type", said)
        return
    for name in case.record:
        if name not in entity.fields:
            said = f"entity '{entity.entity}' has no field '{name}'{near(name, entity.fields)}"
            yield document.key_problem((*case.at, "record", name), "unknown-field", said)


def _lines(document: Document[TestFile], case: Case, entity: Entity, loaded: Loaded) -> Iterator[Problem]:
    """Lines are of an entity that a constraint reads, and say what its contract has."""
    known = {str(each.over.lines) for each in entity.constraints if each.over}
    for name, rows in (case.lines or {}).items():
        at: Path = (*case.at, "lines", name)
        if name not in known:
            said = f"no constraint of entity '{entity.entity}' reads rows of '{name}'{near(name, known)}"
            yield document.key_problem(at, "wrong-case", said)
            continue
        if not isinstance(rows, list | tuple) or not all(isinstance(each, Mapping) for each in rows):
            yield document.problem(at, "wrong-type", "a list of rows is expected here")
            continue
        contract = loaded.entities[name].draft
        for index, row in enumerate(rows):
            for field in row if contract is not None else ():
                if contract is not None and field not in contract.fields:
                    said = f"entity '{name}' has no field '{field}'{near(field, contract.fields)}"
                    yield document.key_problem((*at, index, field), "unknown-field", said)
