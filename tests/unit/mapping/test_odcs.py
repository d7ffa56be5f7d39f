"""Contracts leave the house as the Open Data Contract Standard has them, held against its own schema."""

from __future__ import annotations

import copy
import functools
import json
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import re2
import yaml
from jsonschema import Draft201909Validator

from engine.flow.schemas import contract_text
from engine.mapping.entity import Entity
from engine.mapping.odcs import odcs
from engine.mapping.types import Type
from engine.spec.component import family
from engine.spec.load import load

CONTRACTS = sorted(
    path
    for path in (Path(__file__).parents[3] / "mappings" / "entities").glob("*.yaml")
    if not path.name.endswith(".test.yaml")
)
WIDE = """
entity: thing
description: All that a contract can say.
fields:
  code: {type: string, required: true, pattern: "[A-Z]+|x", description: What it is called}
  note: {type: text, pii: true}
  mail: {type: email, pattern: ".*@example[.]com"}
  page: url
  token: uuid
  on: boolean
  count: {type: integer, min: 0, max: 9}
  share: {type: decimal, min: 0, max: 0.1}
  fine: {type: decimal, max: 0.10000000000000000001}
  day: date
  opens: time
  seen: timestamp
  week: {type: duration, min: 0s, max: 168h}
  state: {type: enum, values: [open, closed]}
  land: country
  coin: currency
  extra: json
  tags: {type: list, of: {type: string, pattern: "[a-z]+"}}
  weight: {type: quantity, unit: kg, min: 0}
  pay: {type: money, per: work_year, min: 0, required: true, pii: true, description: Of a year}
  cost: {type: money, in: USD, on: day}
  parent: {type: ref, entity: thing}
identity:
  - {name: code, on: [code, day]}
constraints:
  - {name: counted, that: "!count || count != `7`"}
  - {name: numbered, unique: [parent, code]}
  - {name: summed, over: {lines: thing, by: parent}, that: "sum(lines[].count) == count"}
"""


@functools.cache
def validator() -> Draft201909Validator:
    """The JSON Schema of ODCS 3.1.0, as the package of those who write the standard's tools has it."""
    text = (resources.files("open_data_contract_standard") / "schema.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    assert schema["properties"]["apiVersion"]["default"] == "v3.1.0"
    Draft201909Validator.check_schema(schema)
    return Draft201909Validator(schema)


def problems(document: Any) -> list[str]:
    return [f"{each.json_path}: {each.message}" for each in validator().iter_errors(document)]


def wide() -> dict[str, Any]:
    return odcs(load(Entity, "thing.yaml", WIDE).need(), "acme")


def column(name: str) -> dict[str, Any]:
    (table,) = wide()["schema"]
    (found,) = [each for each in table["properties"] if each["name"] == name]
    return dict(found)


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.stem)
def test_every_contract_of_the_catalogue_is_one_of_the_standard(path: Path) -> None:
    contract = load(Entity, path.name, path.read_bytes()).need()
    made = odcs(contract)
    assert problems(made) == []
    columns = [name for field, kind in contract.types.items() for name, _ in kind.columns(field)]
    assert [each["name"] for each in made["schema"][0]["properties"]] == ["id", *columns]


def test_every_type_and_limit_is_one_of_the_standard() -> None:
    assert {kind.tag for kind in load(Entity, "thing.yaml", WIDE).need().types.values()} == set(family(Type))
    assert problems(wide()) == []


@pytest.mark.parametrize(
    ("at", "wrong"),
    [
        (("apiVersion",), "v9"),
        (("status",), 1),
        (("schema", 0, "properties", 1, "logicalType"), "text"),
        (("schema", 0, "properties", 1, "logicalTypeOptions", "minimum"), 1),
        (("schema", 0, "properties", 1, "unheard_of"), 1),
        (("schema", 0, "properties", 1, "relationships"), [{"to": "nowhere"}]),
        (("schema", 0, "quality", 0, "engine"), None),
    ],
)
def test_the_schema_refuses_what_the_standard_does_not_know(at: tuple[Any, ...], wrong: Any) -> None:
    """So a document without problems says something."""
    document = copy.deepcopy(wide())
    inner = document
    for step in at[:-1]:
        inner = inner[step]
    inner[at[-1]] = wrong
    assert problems(document) != []


def test_limits_stand_where_the_standard_has_them() -> None:
    assert column("code")["logicalTypeOptions"] == {"pattern": "^(?:[A-Z]+|x)$"}
    assert column("code")["required"] is True
    assert column("mail")["logicalTypeOptions"] == {"format": "email", "pattern": "^(?:.*@example[.]com)$"}
    assert column("count")["logicalTypeOptions"] == {"format": "i64", "minimum": 0, "maximum": 9}
    assert column("share")["logicalTypeOptions"] == {"minimum": 0, "maximum": Decimal("0.1")}
    assert column("tags")["items"]["logicalTypeOptions"] == {"pattern": "^(?:[a-z]+)$"}
    assert column("note")["classification"] == "personal"
    (words,) = column("state")["quality"]
    assert words["arguments"] == {"validValues": ["open", "closed"]}
    assert column("parent")["relationships"] == [
        {"type": "foreignKey", "to": "thing.odcs.yaml#/schema/thing/properties/id"}
    ]


def test_bounds_are_written_with_every_digit() -> None:
    """And what is written is still one of the standard, as others read it."""
    text = contract_text(load(Entity, "thing.yaml", WIDE).need(), "acme")
    assert '"maximum": 0.10000000000000000001\n' in text
    assert problems(json.loads(text)) == []
    assert json.loads(text) == yaml.safe_load(text)


def test_what_the_standard_has_no_word_for_is_kept_beside() -> None:
    """Lengths of time, units, and what a rate is per."""
    assert column("week")["customProperties"] == [
        {"property": "minimum", "value": "0s"},
        {"property": "maximum", "value": "168h"},
    ]
    assert column("weight")["customProperties"] == [{"property": "unit", "value": "kg"}]
    assert column("pay")["customProperties"] == [{"property": "per", "value": "work_year"}]
    (table,) = wide()["schema"]
    assert table["customProperties"] == [
        {"property": "identityKeys", "value": [{"name": "code", "on": ["code", "day"]}]}
    ]
    counted, numbered, summed = table["quality"]
    assert (counted["name"], counted["implementation"]) == ("counted", "!count || count != `7`")
    assert (numbered["metric"], numbered["arguments"]) == (
        "duplicateValues",
        {"properties": ["parent", "code"]},
    )
    assert summed["implementation"] == {
        "that": "sum(lines[].count) == count",
        "lines": "thing",
        "by": "parent",
    }


def test_an_amount_is_two_columns_that_share_what_is_required_and_personal() -> None:
    amount, currency = column("pay"), column("pay_currency")
    assert (amount["logicalType"], amount["physicalType"]) == ("number", "numeric")
    assert currency["logicalTypeOptions"] == {"pattern": "^[A-Z]{3}$"}
    for each in (amount, currency):
        assert (each["required"], each["classification"]) == (True, "personal")


def test_the_version_moves_with_the_meaning_and_not_with_a_description() -> None:
    def version(text: str) -> str:
        return str(odcs(load(Entity, "thing.yaml", text).need())["version"])

    assert version(WIDE) == version(WIDE.replace("What it is called", "Its name"))
    assert version(WIDE) != version(WIDE.replace("[A-Z]+|x", "[A-Z]+|y"))


def test_an_anchored_pattern_means_what_the_contract_means() -> None:
    """Also where alternatives would take the anchors apart."""
    exported = column("code")["logicalTypeOptions"]["pattern"]
    assert [bool(re2.search(exported, text)) for text in ("AB", "x", "ABx", "xx", "")] == [
        *(True, True, False, False, False)
    ]
