"""A link says the key that its case says, its target the key that it has; both roads agree."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.expression.json_text import read_json
from engine.mapping.mapped import map_exactly
from engine.mapping.plan import Plan, plan_of
from engine.mapping.program import compile_program
from engine.mapping.shape import entity_shape
from engine.records.mapped import Mapped
from engine.records.received import Decoded, StreamName
from engine.records.shapes import FIRST_LINK, EntityShape, Feed
from tests.unit.mapping.conftest import all_units, documents_of
from tests.unit.mapping.test_mapped import decoded

CASES = Path(__file__).parents[2] / "cases" / "identity" / "links.yaml"
_IDENTITY = 10
"""Where the first identity value stands in a line."""
OWN = StreamName(source="c", stream="s")
PAY = StreamName(source="pay", stream="people")
FIELDS = {"name": "string"}


def _plan(mapping: dict[str, Any], *feeds: Feed, former: EntityShape | None = None) -> Plan:
    """The plan of ``c/rules``, onto an entity that these feeds fill."""
    contract, rules, _ = documents_of(FIELDS, {"fields": {"name": "name"}, **mapping})
    shape = entity_shape(contract.need(), None, feeds, former=former)
    return plan_of("c/rules", rules, contract, shape, all_units)


def _feed(mapping: str, stream: StreamName, *to: StreamName) -> Feed:
    return Feed(mapping=mapping, stream=stream, entity="thing", links={str(each): each for each in to})


LINKING = (_feed("c/rules", OWN, PAY), _feed("pay/rules", PAY))
LED_TO = (_feed("c/rules", OWN), _feed("pay/rules", PAY, OWN))


def _given(texts: list[str], keys: list[str] | None = None) -> Decoded:
    given = decoded([{"id": index} for index in range(len(texts))], keys=keys, partition={"id": "eu"})
    values = {name: getattr(given, name) for name in given.__slots__}
    keys = keys or [str(index) for index in range(len(texts))]
    return type(given)(**values | {"records": [read_json(text) for text in texts], "keys": keys})


def _both(plan: Plan, given: Decoded) -> Mapped:
    found = map_exactly(plan, given)
    assert compile_program(plan).map(given) == found
    return found


def _values(found: Mapped) -> list[str]:
    return [line.split("\t")[_IDENTITY] for line in found.lines]


@pytest.mark.parametrize(
    "case", [pytest.param(each, id=each["name"]) for each in yaml.safe_load(CASES.read_text())]
)
def test_a_link_goes_as_its_case_says(case: dict[str, Any]) -> None:
    link = {"to": str(PAY), "value": case["value"]} | {key: case[key] for key in ("of",) if key in case}
    plan = _plan({"links": [link], "blank": case.get("blank", [])}, *LINKING)
    wanted = [*case["says"], *case.get("codes", {})]
    found = _both(plan, _given(wanted))
    said = dict(zip([wanted[int(key)] for key in found.keys], _values(found), strict=True))
    assert said == {text: r"\N" if value is None else value for text, value in case["says"].items()}
    assert {wanted[each.place]: each.faults[0].code for each in found.rejections} == case.get("codes", {})
    assert all(each.faults[0].message.startswith("link to pay.people: ") for each in found.rejections)
    assert all(each.faults[0].rule == plan.links[0].place for each in found.rejections)


def test_a_link_is_read_on_the_fast_road(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the roads would agree because there is but one."""

    def never(*_: Any) -> None:
        raise AssertionError("the exact road was taken")

    plan = _plan({"links": [{"to": str(PAY), "value": "pay"}]}, *LINKING)
    monkeypatch.setattr("engine.mapping.program.map_record", never)
    found = compile_program(plan).map(_given(['{"pay": "P\\t7"}', '{"pay": null}']))
    assert _values(found) == [r"P\t7", r"\N"]


def test_a_record_that_links_lead_to_says_its_own_key() -> None:
    """Where it says something: of the stream's key, of a key of its own, and of an element's."""
    found = _both(
        _plan({"when": "name != 'x'"}, *LED_TO), _given(['{"name": "a"}', '{"name": "x"}'], ["k/1", "k2"])
    )
    assert _values(found) == ["k/1", r"\N"]
    found = _both(_plan({"key": "code"}, *LED_TO), _given(['{"name": "a", "code": 7}']))
    assert (found.keys, _values(found)) == (["7"], ["7"])
    opened = _plan({"each": "parts", "key": "code"}, *LED_TO)
    found = _both(opened, _given(['{"parts": [{"code": "a/b"}, {"code": 2}]}'], ["k"]))
    assert list(zip(found.keys, _values(found), strict=True)) == [
        ("k/a~1b", "k/a~1b"),
        ("k/2", "k/2"),
        ("k/", r"\N"),
    ]


def test_a_link_to_a_stream_that_no_source_brings_says_nothing_and_is_read() -> None:
    plan = _plan({"links": [{"to": "far.people", "value": "pay"}]}, _feed("c/rules", OWN))
    assert (plan.shape.kinds, plan.links[0].kind) == ((), None)
    found = _both(plan, _given(['{"pay": 1}', '{"pay": []}']))
    assert (len(found.lines), [each.place for each in found.rejections]) == (1, [1])


def test_a_stream_keeps_its_kind_whatever_comes_or_goes() -> None:
    """Kinds are those of stored values: neither another link nor the end of one moves them."""
    far = StreamName(source="far", stream="cards")
    near = StreamName(source="a", stream="cards")
    linked = {"links": [{"to": str(each), "value": "id"} for each in (PAY, far, near)]}
    one = _plan(linked, _feed("c/rules", OWN, PAY, far))
    assert one.shape.links == (far, PAY)
    two = _plan(linked, _feed("c/rules", OWN, near, PAY), former=one.shape)
    assert two.shape.links == (far, PAY, near)
    assert [each.kind for each in two.links] == [FIRST_LINK + 1, None, FIRST_LINK + 2]
    line = _both(two, _given(['{"id": 5}'])).lines[0]
    assert line.split("\t")[_IDENTITY : _IDENTITY + 3] == [r"\N", "5", "5"]


def test_links_make_another_version_and_their_absence_none() -> None:
    """Of the mapping that links and of the one that is led to; the entity's other mappings stay."""
    plain = _plan({}, _feed("c/rules", OWN), _feed("pay/rules", PAY)).fingerprint
    other = StreamName(source="x", stream="y")
    beside = _plan({}, _feed("c/rules", OWN), _feed("pay/rules", PAY, other), _feed("x/rules", other))
    link = {"links": [{"to": str(PAY), "value": "pay"}]}
    elsewhere = Feed(mapping="c/rules", stream=OWN, entity="thing", links={str(PAY): other})
    versions = [
        plain,
        _plan({}, *LED_TO).fingerprint,
        _plan(link, *LINKING).fingerprint,
        _plan(link, _feed("c/rules", OWN)).fingerprint,
        _plan({"links": [{"to": str(PAY), "value": "id"}]}, *LINKING).fingerprint,
        _plan(link, elsewhere).fingerprint,
    ]
    assert beside.fingerprint == plain
    assert len(set(versions)) == len(versions)


def test_the_scope_in_which_a_reference_is_meant_makes_another_version() -> None:
    """Though neither the mapping nor its own entity says it."""
    made: list[Mapping[str, str]] = [{}, {"name": "us"}, {"name": "de"}]
    by = {"name": ("thing", 0)}
    feeds = [
        Feed(mapping="c/rules", stream=OWN, entity="thing", by_identity=by, scopes=each) for each in made
    ]
    assert len({_plan({}, each).fingerprint for each in feeds}) == len(feeds)
