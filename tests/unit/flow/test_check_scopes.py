"""Scopes of an identity key name each source that says it or refers by it, and nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.flow.check import check

_SPEC = """\
connector: NAME
config: {base: {type: string, default: "https://NAME.example.com"}}
http: {base_url: "${config.base}"}
streams: {people: {path: /people, records: "@", key: id}, days: {path: /days, records: "@", key: id}}
"""
POLICY = "mappings/policies/person.yaml"
FILES = {
    "syncline.yaml": "project: scopes\nsources:\n  pay_us: {connector: pay}\n  pay_de: {connector: pay}\n"
    "  badges: {connector: badges}\n  plan: {connector: plan}\n",
    "mappings/entities/person.yaml": "entity: person\nfields: {number: string, name: string}\n"
    "identity: [{name: number, on: [number]}]\n",
    "mappings/entities/day.yaml": "entity: day\nfields: {who: {type: ref, entity: person}}\n",
    **{f"specs/{name}.yaml": _SPEC.replace("NAME", name) for name in ("pay", "badges", "plan")},
    "mappings/pay/people.yaml": "from: pay.people\nto: person\nfields: {number: no, name: name}\n",
    "mappings/badges/people.yaml": "from: badges.people\nto: person\nfields: {name: name}\n",
    "mappings/plan/days.yaml": "from: plan.days\nto: day\n"
    "fields: {who: {value: who, ref: {entity: person, by: number}}}\n",
}


def _found(folder: Path, scopes: str) -> list[tuple[str, str]]:
    for name, text in (FILES | {POLICY: f"policy: person\ndefault: {{prefer: [pay_us]}}\n{scopes}"}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = check(folder).problems
    assert {each.file for each in found} <= {POLICY}
    return [(f"{each.line}:{each.column} {each.code}", each.message) for each in found]


@pytest.mark.parametrize(
    ("scopes", "place", "says"),
    [
        ("number: {us: [pay_us, plan]}", "3:10 scope-missing",
         "'pay_de' says 'number' and stands in no scope"),
        ("number: {us: [pay_us], de: [pay_de]}", "3:10 scope-missing", "'plan' refers by 'number'"),
        ("nummer: {us: [pay_us]}", "3:10 unknown-identity", "did you mean 'number'"),
        ("number: {us: [pay_us, plan], de: [pay_dee, pay_de]}", "3:44 unknown-source",
         "did you mean 'pay_de'"),
    ],
)  # fmt: skip
def test_a_scope_that_cannot_be(tmp_path: Path, scopes: str, place: str, says: str) -> None:
    ((at, message),) = _found(tmp_path, f"scopes: {{{scopes}}}\n")
    assert at == place
    assert says in message


def test_each_source_has_its_scope_and_who_refers_has_one_too(tmp_path: Path) -> None:
    """One that neither says the key nor refers by it needs none, and may be named all the same."""
    assert _found(tmp_path, "") == []
    plain = {each.mapping: each.scopes for each in check(tmp_path).need().feeds}
    assert set(map(str, plain.values())) == {"{}"}
    for badges in ("", ", badges"):
        said = f"scopes: {{number: {{us: [pay_us{badges}], de: [pay_de, plan]}}}}\n"
        assert _found(tmp_path, said) == []
        feeds: Mapping[str, Mapping[str, str]] = {
            each.stream.source: each.scopes for each in check(tmp_path).need().feeds
        }
        assert feeds == {"pay_us": {}, "pay_de": {}, "badges": {}, "plan": {"who": "de"}}
