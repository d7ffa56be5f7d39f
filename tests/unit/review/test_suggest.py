"""The line that is suggested for a path is the one that its values need, and it works as it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
import yaml

from engine.mapping.apply import Row, apply
from engine.mapping.entity import Entity
from engine.mapping.plan import Plan
from engine.mapping.readings import Sources
from engine.review.profile import Profile
from engine.review.reach import Steps
from engine.review.ready import path_text
from engine.review.suggest import Suggestion, Target, is_named, suggestion, without
from engine.spec.load import load
from tests.unit.mapping.conftest import Bench

Records = Sequence[Any]


def target(fields: Mapping[str, Any], **more: Any) -> Target:
    text = yaml.safe_dump({"entity": "thing", "fields": dict(fields)})
    types = load(Entity, "thing.yaml", text).need().types
    given: dict[str, Any] = {
        "mapping": "c/things",
        "file": "mappings/c/things.yaml",
        "contract": "mappings/entities/thing.yaml",
        "base": (),
        "types": types,
        "unsaid": frozenset(types),
        "nowhere": frozenset(types),
        "streams": {},
    }
    return Target(**given | more)


def suggested(records: Records, targets: list[Target]) -> dict[str, Suggestion]:
    """What is suggested for every path, as coverage goes about it."""
    profile = Profile()
    for each in records:
        profile.add(each)
    paths = {each.steps: each for each in profile.paths()}
    found: dict[str, Suggestion] = {}
    for stands in sorted(paths.values(), key=lambda each: (not is_named(each, targets), -each.filled)):
        line = suggestion(stands, paths, targets)
        if line is not None:
            found[path_text(stands.steps)] = line
            targets = without(targets, line)
    return found


KG = {"type": "quantity", "unit": "kg"}
PAID = (
    "salary: {value: salary.amount, currency: {value: salary.currency},"
    " per: {value: salary.period, map: {Hourly: work_hour, per month: work_month}}}"
)
CASES: list[tuple[str, Any, Records, str]] = [
    ("badge_number", "string", [{"badgeNumber": "B7"}], "badge_number: badgeNumber"),
    ("badge_number", "string", [{"badge-number": 7}], "badge_number: '\"badge-number\"'"),
    ("family_name", "string", [{"person": {"familyName": "Byron"}}], "family_name: person.familyName"),
    ("employee_number", "string", [{"employeeNo": "17"}], "employee_number: employeeNo"),
    ("remote", "boolean", [{"remote": True}, {"remote": None}], "remote: remote"),
    ("remote", "boolean", [{"remote": "Y"}, {"remote": "N"}],
     "remote: {value: remote, map: {Y: true, N: false}}"),
    ("dependants", "integer", [{"dependants": 2}], "dependants: dependants"),
    ("score", "decimal", [{"score": "1.50"}, {"score": Decimal("2.5")}], "score: score"),
    ("hired_on", "date", [{"hiredOn": "2024-02-03"}], "hired_on: hiredOn"),
    ("hired_on", "date", [{"hiredOn": "23.12.2024"}], 'hired_on: {value: hiredOn, format: "%d.%m.%Y"}'),
    ("hired_on", "date", [{"hiredOn": "23/12/2024"}],
     'hired_on: {value: hiredOn, format: "%d/%m/%Y"}  # is it day/month/year, or %m/%d/%Y?'),
    ("badge_at", "timestamp", [{"badgeAt": "2024-02-03T04:05:06.7Z"}], "badge_at: badgeAt"),
    ("badge_at", "timestamp", [{"badgeAt": 1700000000}], "badge_at: {value: badgeAt, format: epoch}"),
    ("badge_at", "timestamp", [{"badgeAt": 1700000000123}], "badge_at: {value: badgeAt, format: epoch_ms}"),
    ("badge_at", "timestamp", [{"badgeAt": "2024-02-03 04:05:06"}],
     'badge_at: {value: badgeAt, format: "%Y-%m-%d %H:%M:%S", zone: UTC}  # in which zone are these times?'),
    ("begins_at", "time", [{"beginsAt": "08:30"}], "begins_at: beginsAt"),
    ("week", "duration", [{"week": "PT38H30M"}], "week: week"),
    ("work_email", "email", [{"workEmail": "a@b.example"}], "work_email: workEmail"),
    ("site", "url", [{"site": "https://a.example/x"}], "site: site"),
    ("country", "country", [{"country": "DE"}], "country: country"),
    ("country", "country", [{"country": "DEU"}],
     "country: {value: country, lookup: {table: countries, from: alpha3, to: alpha2}}"),
    ("paid_in", "currency", [{"paidIn": "EUR"}], "paid_in: paidIn"),
    ("status", {"type": "enum", "values": ["active", "on_leave"]}, [{"status": "active"}], "status: status"),
    ("status", {"type": "enum", "values": ["active", "on_leave"]},
     [{"status": "Active"}, {"status": "On leave"}],
     "status: {value: status, map: {Active: active, On leave: on_leave}}"),
    ("weight", KG, [{"weight": "82.5 kg"}],
     "weight: {value: weight, unit: text}"),
    ("weight", KG, [{"weightLb": 180}],
     "weight: {value: weightLb, unit: lb}"),
    ("height", {"type": "quantity", "unit": "m"}, [{"height": {"value": 180, "unit": "cm"}}],
     "height: {value: height.value, unit: {value: height.unit}}"),
    ("height", {"type": "quantity", "unit": "m"}, [{"height": Decimal("1.8")}],
     "height: {value: height, unit: m}  # in which unit?"),
    ("bonus", "money", [{"bonus": {"amount": "10.50", "currency": "EUR"}}],
     "bonus: {value: bonus.amount, currency: {value: bonus.currency}}"),
    ("bonus", "money", [{"bonusCents": 1050, "bonusCurrency": "EUR", "payCurrency": "USD"}],
     "bonus: {value: bonusCents, currency: {value: bonusCurrency}, minor: true}"),
    ("bonus", "money", [{"bonus": Decimal("10.5")}],
     "bonus: {value: bonus, currency: EUR}  # in which currency?"),
    ("salary", {"type": "money", "per": "work_year"},
     [{"salary": {"amount": 61, "currency": "USD", "period": "Hourly"}},
      {"salary": {"amount": 4000, "currency": "USD", "period": "per month"}}],
     PAID),
    ("languages", {"type": "list", "of": "string"}, [{"languages": ["de", "en"]}], "languages: languages"),
    ("skus", {"type": "list", "of": "string"}, [{"items": [{"skus": "a"}, {"skus": "b"}]}],
     "skus: items[*].skus"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "kind", "records", "line"), CASES, ids=[each[3] for each in CASES])
def test_a_line_fits_field_and_values(field: str, kind: Any, records: Records, line: str) -> None:
    """It is the one that is evident; every record that it came from goes through it."""
    found = [each for each in suggested(records, [target({field: kind})]).values() if each.field == field]
    assert [each.line + (f"  # {each.asks}" if each.asks else "") for each in found] == [line]
    assert found[0].contract is None
    assert found[0].file == "mappings/c/things.yaml"
    plan = Bench().plan({field: kind}, {"fields": yaml.safe_load(found[0].line)})
    assert isinstance(plan, Plan), plan
    for each in records:
        made = apply(plan, Sources(element=each, record=each))
        assert isinstance(made, Row), made
    assert isinstance(made, Row)
    assert made.said or records[-1] == {"remote": None}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("date", "tomorrow"),
        ("timestamp", 17),
        ("boolean", "perhaps"),
        ("integer", "many"),
        ("money", "dear"),
        ("email", "nobody"),
        ({"type": "enum", "values": ["active"]}, "Q7"),
        ({"type": "quantity", "unit": "kg"}, "heavy"),
        ({"type": "ref", "entity": "thing"}, "17"),
    ],
)
def test_a_field_whose_values_it_cannot_be_is_not_suggested(kind: Any, value: Any) -> None:
    """But a field of its own."""
    (line,) = suggested([{"field": value}], [target({"field": kind})]).values()
    assert line.field != "field"
    assert line.contract is not None


def test_a_reference_leads_to_the_stream_of_the_same_connector() -> None:
    given = target({"manager": {"type": "ref", "entity": "thing"}}, streams={"thing": "c.people"})
    found = suggested([{"managerId": "17"}], [given])
    assert found["managerId"].line == "manager: {value: managerId, ref: c.people}"


def test_fields_that_no_mapping_says_come_first() -> None:
    """And of two paths with a name for one field, that which has the very name."""
    types = {"mobile_phone": "string", "phone": "string"}
    given = target(types, nowhere=frozenset({"mobile_phone"}))
    assert suggested([{"phoneMobile": "1"}], [given])["phoneMobile"].field == "mobile_phone"
    given = target({"title": "string"})
    found = suggested([{"titles": "x", "title": "y"}, {"titles": "x"}], [given])
    assert (found["title"].field, found["titles"].field) == ("title", "titles")


def test_no_field_is_suggested_twice() -> None:
    records = [{"a": {"code": "x"}, "b": {"code": "y"}, "code": "z", "Code": "w"}]
    found = suggested(records, [target({"number": "integer"})])
    assert len({each.field for each in found.values()}) == len(found) == 4


@pytest.mark.parametrize(
    ("record", "line", "contract"),
    [
        ({"shoeSize": 43}, "shoe_size: shoeSize", "shoe_size: integer"),
        ({"x": Decimal("1.5")}, "x: x", "x: decimal"),
        ({"seen": "2024-02-03T04:05:06Z"}, "seen: seen", "seen: timestamp"),
        (
            {"privateMail": "a@b.example"},
            "private_mail: privateMail",
            "private_mail: {type: email, pii: true}",
        ),
        ({"pets": ["cat"]}, "pets: pets", "pets: {type: list, of: string}"),
        ({"cost": {"type": "x"}}, "cost_type: cost.type", "cost_type: string"),
        ({"id": 7}, "c_id: id", "c_id: integer"),
    ],
)
def test_a_path_without_a_field_becomes_one(record: Any, line: str, contract: str) -> None:
    """With the line that the contract lacks; both are valid."""
    (found,) = suggested([record], [target({"unlike": "boolean"})]).values()
    assert (found.line, found.contract) == (line, contract)
    plan = Bench().plan(yaml.safe_load(contract), {"fields": yaml.safe_load(line)})
    assert isinstance(plan, Plan), plan


def test_the_rules_of_an_opened_list_read_its_elements() -> None:
    """The innermost mapping that a path stands in is the one that it is suggested for."""
    profile = Profile()
    profile.add({"id": 1, "lines": [{"price": 1}]})
    base: Steps = next(each.steps for each in profile.paths() if len(each.steps) == 3)[:2]
    lines = target({"price": "decimal"}, base=base, mapping="c/lines")
    found = suggested([{"id": 1, "lines": [{"price": 1}]}], [target({"price": "decimal"}), lines])
    assert (found["lines[*].price"].mapping, found["lines[*].price"].line) == ("c/lines", "price: price")
