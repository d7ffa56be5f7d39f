"""Ages are told only of streams that are read whole, by keys that are the mapping's."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.flow.check import check

_SPEC = """\
connector: NAME
config: {base: {type: string, default: "https://NAME.example.com"}}
http: {base_url: "${config.base}"}
streams: {people: {path: /people, records: "@", key: id MORE}}
"""
POLICY = "mappings/policies/person.yaml"
FILES = {
    "syncline.yaml": "project: ages\nsources:\n  pay: {connector: pay}\n  plan: {connector: plan}\n",
    "mappings/entities/person.yaml": "entity: person\nfields: {number: string, name: string, mail: string}\n"
    "identity: [{name: number, on: [number]}]\n",
    "mappings/pay/people.yaml": "from: pay.people\nto: person\nfields: {number: no, name: name}\n",
    "mappings/plan/people.yaml": "from: plan.people\nto: person\n"
    "KEYfields: {number: no, name: name, mail: m}\n",
    "specs/pay.yaml": _SPEC.replace("NAME", "pay").replace(" MORE", ""),
    "specs/plan.yaml": _SPEC.replace("NAME", "plan"),
}
INCREMENTAL = "incremental: {cursor: at, start: 2020-01-01T00:00:00Z, from: {into: query.since}}"
ENUMERATED = f", {INCREMENTAL}, deletes: {{type: enumeration, every: 7d}}"


def _found(folder: Path, policy: str, more: str = "", key: str = "") -> list[tuple[str, str]]:
    for name, text in (FILES | {POLICY: f"policy: person\n{policy}\n"}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(" MORE", more).replace("KEY", key))
    found = check(folder).problems
    assert {each.file for each in found} <= {POLICY}, [str(each) for each in found]
    return [(f"{each.line}:{each.column} {each.code}", each.message) for each in found]


PREFER = "default: {prefer: [pay]}"
NAMES = f"{PREFER}\nfields: {{name: {{prefer: [plan, pay], max_age: 30d}}}}"


@pytest.mark.parametrize(
    ("policy", "more", "key", "place", "says"),
    [
        (NAMES, f", {INCREMENTAL}", "", "3:47 age-unknown", "plan.people: an incremental run is silent"),
        ("default: {prefer: [pay], max_age: 30d}", f", {INCREMENTAL}", "", "2:35 age-unknown", "plan.people"),
        (NAMES, f", {INCREMENTAL}, deletes: {{type: enumeration}}", "", "3:47 age-unknown", "every: 1d"),
        (NAMES, ENUMERATED.replace("7d", "30d"), "", "3:47 age-too-short", "read whole again, every 30d"),
        (NAMES, ", partial: true", "", "3:47 age-unknown", "silent about the rest"),
        (NAMES, "", "key: name\n", "3:47 age-unknown", "plan/people has a key of its own"),
    ],
)  # fmt: skip
def test_ages_that_cannot_be_told(
    tmp_path: Path, policy: str, more: str, key: str, place: str, says: str
) -> None:
    ((at, message),) = _found(tmp_path, policy, more, key)
    assert at == place
    assert says in message


@pytest.mark.parametrize(
    ("policy", "more", "confirms"),
    [
        (NAMES, "", True),
        (NAMES, ", deletes: {type: marker, when: gone}", True),
        (NAMES, ENUMERATED, True),
        # Who does not say the field needs no age.
        (f"{PREFER}\nfields: {{mail: {{prefer: [plan]}}}}", f", {INCREMENTAL}", False),
        (f"{PREFER}\nfields: {{mail: {{prefer: [plan], max_age: 30d}}}}", "", True),
    ],
)
def test_streams_that_are_read_whole_confirm(
    tmp_path: Path, policy: str, more: str, *, confirms: bool
) -> None:
    assert _found(tmp_path, policy, more) == []
    feeds = {each.stream.source: each.confirms for each in check(tmp_path).need().feeds}
    assert feeds == {"pay": True, "plan": confirms}
