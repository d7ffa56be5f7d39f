"""Do the cases beside a mapping name columns that its entity has?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.errors import Problem
from engine.flow.loading import Loaded
from engine.mapping.case import TestFile
from engine.mapping.entity import Entity
from engine.spec.component import Path
from engine.spec.document import Document
from engine.spec.say import near

CODES = {"unknown-column": "A case expects a column that the entity does not have."}


def check_tests(loaded: Loaded) -> Iterator[Problem]:
    """Columns that cases expect, fields that they see refused."""
    for name, document in loaded.tests.items():
        mapping = loaded.mappings.get(name)
        entity = loaded.entities.get(mapping.draft.to) if mapping and mapping.draft else None
        if document.draft is not None and entity is not None and entity.value is not None:
            yield from _cases(document, document.draft, entity.value)


def _cases(document: Document[TestFile], tests: TestFile, entity: Entity) -> Iterator[Problem]:
    columns = {column for name, each in entity.types.items() for column, _ in each.columns(name)}
    for case in tests.cases:
        several = isinstance(case.expect, list)
        rows = case.expect if several else [case.expect]
        for index, row in enumerate(rows):
            at: Path = (*case.at, "expect", index) if several else (*case.at, "expect")
            for column in row if isinstance(row, Mapping) else ():
                if column not in columns:
                    said = f"entity '{entity.entity}' has no column '{column}'{near(column, columns)}"
                    yield document.key_problem((*at, column), "unknown-column", said)
        for each in case.reject:
            if each.field is not None and each.field not in entity.fields:
                said = (
                    f"entity '{entity.entity}' has no field '{each.field}'{near(each.field, entity.fields)}"
                )
                yield document.problem((*each.at, "field"), "unknown-field", said)
