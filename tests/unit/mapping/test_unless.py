"""What is excepted from an identity key is what its cases say; both roads agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.expression.json_text import read_json
from engine.mapping.doubts import doubts_of_contract
from engine.mapping.entity import Entity
from engine.mapping.mapped import map_exactly
from engine.mapping.plan import Plan
from engine.mapping.program import compile_program
from engine.records.received import Decoded
from engine.spec.load import load
from tests.unit.mapping.test_mapped import decoded

CASES = Path(__file__).parents[2] / "cases" / "identity" / "unless.yaml"
_IDENTITY = 10
"""Where the first identity value stands in a line."""


def _cases() -> list[Any]:
    return [
        pytest.param(case, id=case["name"].replace(" ", "_")) for case in yaml.safe_load(CASES.read_text())
    ]


def _given(records: list[Any]) -> Decoded:
    keys = [str(index) for index in range(len(records))]
    given = decoded([{"id": 0}] * len(records), keys=keys)
    return type(given)(**{name: getattr(given, name) for name in given.__slots__} | {"records": records})


def _plan(bench: Any, case: dict[str, Any], unless: str | None = None) -> Any:
    rules = {
        name: {"value": name, "ref": "c.s"} if isinstance(field, dict) else name
        for name, field in case["fields"].items()
        if name not in case.get("unsaid", ())
    }
    key = {"name": "held", "on": case["of"], "unless": unless or case["unless"]}
    key |= {"normalise": case["normalise"]} if "normalise" in case else {}
    return bench.plan(case["fields"], {"fields": rules}, identity=[key])


@pytest.mark.parametrize("case", _cases())
def test_an_exception_goes_as_its_case_says(bench: Any, case: dict[str, Any]) -> None:
    made = _plan(bench, case)
    if "problem" in case:
        assert [problem.code for problem in made] == [case["problem"]], made
        assert case["message"] in made[0].message
        return
    assert isinstance(made, Plan), made
    wanted = [*case["says"], *case.get("codes", {})]
    given = _given([read_json(text) for text in wanted])
    for found in (compile_program(made).map(given), map_exactly(made, given)):
        said = {wanted[int(key)]: line for key, line in zip(found.keys, found.lines, strict=True)}
        values = {text: line.split("\t")[_IDENTITY] for text, line in said.items()}
        assert values == {text: r"\N" if value is None else value for text, value in case["says"].items()}
        codes = {wanted[each.place]: each.faults[0].code for each in found.rejections}
        assert codes == case.get("codes", {})
        assert all(each.faults[0].message.startswith("identity key held: ") for each in found.rejections)


def test_what_the_key_is_made_of_is_there_when_an_exception_is_asked() -> None:
    """A text function needs no guard against null then; of other fields it does."""
    for unless, doubted in (("starts_with(mail, 'hr@')", []), ("starts_with(kind, 'x')", ["may-be-absent"])):
        text = (
            "entity: thing\nfields: {mail: email, kind: string}\nidentity:\n"
            f'  - {{name: mail, on: [mail], unless: "{unless}"}}\n'
        )
        found = list(doubts_of_contract(load(Entity, "thing.yaml", text)))
        assert [each.code for each in found] == doubted
        assert all((each.line, each.column > 35) == (4, True) for each in found)


def test_a_changed_exception_is_another_version(bench: Any) -> None:
    case = {"fields": {"mail": "email"}, "of": ["mail"]}
    one, two = (_plan(bench, case, unless) for unless in ("mail == 'a@x.com'", "mail == 'b@x.com'"))
    assert one.fingerprint != two.fingerprint


def test_an_exception_is_asked_on_the_fast_road(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the roads would agree because there is but one."""
    made = _plan(bench, {"fields": {"mail": "email"}, "of": ["mail"]}, "starts_with(mail, 'hr@')")

    def never(*_: Any) -> None:
        raise AssertionError("the exact road was taken")

    monkeypatch.setattr("engine.mapping.program.map_record", never)
    found = compile_program(made).map(_given([{"mail": "hr@x.com"}, {"mail": "ann@x.com"}]))
    assert [line.split("\t")[_IDENTITY] for line in found.lines] == [r"\N", "ann@x.com"]
