"""A link that cannot lead to one record is named at its place; without it the files have no problem."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.flow.check import check
from engine.records.received import StreamName

_SPEC = """\
connector: NAME
config: {base: {type: string, default: "https://NAME.example.com"}}
http: {base_url: "${config.base}"}
streams:
  people: {path: /people, records: "@", key: KEY}
  cards: {path: /cards, records: "@", key: id}
"""
_MAPPING = "from: NAME.people\nto: person\nfields: {name: name}\n"
PARTIAL = "id, partial: true}"
ROSTER, PAY = "mappings/roster/people.yaml", "mappings/pay/people.yaml"
FILES = {
    "syncline.yaml": "project: links\nsources:\n  roster: {connector: roster}\n  pay: {connector: pay}\n",
    "mappings/entities/person.yaml": "entity: person\nfields: {name: string}\n",
    "mappings/policies/person.yaml": "policy: person\ndefault: {prefer: [roster]}\n",
    "specs/roster.yaml": _SPEC.replace("NAME", "roster").replace("KEY", "id"),
    "specs/pay.yaml": _SPEC.replace("NAME", "pay").replace("KEY", "[site, id]"),
    ROSTER: _MAPPING.replace("NAME", "roster"),
    PAY: _MAPPING.replace("NAME", "pay"),
}
TWO = "  pay: {connector: pay}\n  pay_de: {connector: pay}\n"
GOOD = "{to: pay.people, value: [site, pay]}"


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _linked(link: str, **changes: str) -> Mapping[str, str]:
    return FILES | {ROSTER: FILES[ROSTER] + f"links: [{link}]\n"} | changes


@pytest.mark.parametrize(
    ("files", "place", "says"),
    [
        (_linked("{to: pay.poeple, value: pay}"), "4:14 unknown-stream", "did you mean 'pay.people'"),
        (_linked("{to: roster.people, value: boss}"), "4:14 wrong-link", "are never one"),
        (_linked("{to: pay.cards, value: card}"), "4:14 feed-missing", "there is pay.people"),
        (_linked("{to: pay.people, value: pay}"), "4:33 key-parts", "give what stands there as [site, id]"),
        (_linked(GOOD, **{"syncline.yaml": FILES["syncline.yaml"].replace("  pay: {connector: pay}\n", TWO)}),
         "4:14 not-built", "pay and pay_de bring 'pay.people' into 'person'"),
        (_linked(GOOD, **{"specs/pay.yaml": FILES["specs/pay.yaml"].replace("id]}", "id], partial: true}")}),
         "4:14 not-built", "links to a stream of patches"),
        (_linked(GOOD, **{"specs/roster.yaml": FILES["specs/roster.yaml"].replace("id}", PARTIAL, 1)}),
         "4:1 not-built", "links from a stream of patches"),
    ],
)  # fmt: skip
def test_a_link_that_cannot_lead_to_one_record(
    tmp_path: Path, files: Mapping[str, str], place: str, says: str
) -> None:
    _write(tmp_path, files)
    (found,) = check(tmp_path).problems
    assert f"{found.file}:{found.line}:{found.column} {found.code}" == f"{ROSTER}:{place}"
    assert says in found.message
    (tmp_path / ROSTER).write_text(FILES[ROSTER])
    assert check(tmp_path).problems == ()


def test_a_link_leads_to_the_one_source_that_brings_the_stream(tmp_path: Path) -> None:
    """From every source that has the mapping; where nobody has installed that connector, to nobody."""
    _write(tmp_path, _linked(GOOD))
    to = StreamName(source="pay", stream="people")
    feeds = {each.mapping: each.links for each in check(tmp_path).need().feeds}
    assert feeds == {"roster/people": {"pay.people": to}, "pay/people": {}}
    (tmp_path / "syncline.yaml").write_text("project: links\nsources:\n  roster: {connector: roster}\n")
    (tmp_path / "mappings/policies/person.yaml").unlink()
    assert [each.links for each in check(tmp_path).need().feeds] == [{}]


def test_guards_hold_for_joins_by_links_alone(tmp_path: Path) -> None:
    """Without identity keys and without links nothing is joined, and a guard is a mistake."""
    policy = FILES["mappings/policies/person.yaml"] + "guards: [{differ: name}]\n"
    _write(tmp_path, _linked(GOOD, **{"mappings/policies/person.yaml": policy}))
    assert check(tmp_path).problems == ()
    (tmp_path / ROSTER).write_text(FILES[ROSTER])
    assert [each.code for each in check(tmp_path).problems] == ["wrong-guard"]
