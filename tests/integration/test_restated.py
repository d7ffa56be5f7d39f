"""What PostgreSQL gives back is read as the value that was written, of every type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.mapping.entity import Entity
from engine.mapping.misfit import Misfit
from engine.mapping.pinned import restated
from engine.spec.load import load
from engine.store.database import Database

pytestmark = pytest.mark.database

CASES = Path(__file__).parents[1] / "cases" / "types"


def _said() -> list[tuple[Any, list[str | None]]]:
    """Each field of the cases with a value that it takes, as it is written."""
    return [
        (case.get("field", {"type": file.stem}), case["columns"])
        for file in sorted(CASES.glob("*.yaml"))
        if file.stem != "ref"
        for case in yaml.safe_load(file.read_text())
        if "columns" in case and "beside" not in case
    ]


def test_a_value_of_every_case_comes_back_as_it_was_written(database: Database) -> None:
    seen = set()
    with database.connect(label="test") as connection:
        connection.execute("SET intervalstyle = 'iso_8601'")
        for field, columns in _said():
            entity = load(Entity, "e.yaml", yaml.safe_dump({"entity": "e", "fields": {"f": field}})).need()
            kind = entity.types["f"]
            types = [sql for _, sql in kind.columns("f")]
            assert len(types) == len(columns), field
            casts = ", ".join(f"%s::{sql}::text" for sql in types)
            back = connection.execute(f"SELECT {casts}", columns).fetchone()
            again = restated(kind, back or ())
            assert connection.execute(f"SELECT {casts}", again).fetchone() == back, (field, columns, back)
            assert "numeric" in types or again == tuple(columns), (field, columns, back)
            seen.add(kind.tag)
    assert len(seen) >= 16


def test_a_value_that_the_contract_has_come_to_refuse_is_refused() -> None:
    fields = {
        "number": {"type": "decimal", "max": 5},
        "word": {"type": "enum", "values": ["a"]},
        "coded": {"type": "string", "pattern": "[A-Z]+"},
        "pay": {"type": "money", "in": "EUR", "on": "day"},
        "day": "date",
        "tags": {"type": "list", "of": {"type": "integer", "max": 5}},
    }
    types = load(Entity, "e.yaml", yaml.safe_dump({"entity": "e", "fields": fields})).need().types
    refused = {
        "number": (("6",), "above-max"),
        "word": (("b",), "not-in-enum"),
        "coded": (("a1",), "pattern-mismatch"),
        "pay": (("1.00", "USD"), "unknown-currency"),
        "tags": (("{1,6}",), "above-max"),
    }
    for name, (texts, code) in refused.items():
        with pytest.raises(Misfit) as misfit:
            restated(types[name], texts)
        assert misfit.value.code == code, name
