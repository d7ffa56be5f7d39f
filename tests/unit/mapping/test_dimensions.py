"""Mistakes of dimension are found before anything runs, each at its line, all of them at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from engine.flow.check import check

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "cases" / "units" / "mistakes.yaml").read_text()
)
SPEC = """\
connector: c
http: {base_url: https://c.example.com}
streams:
  s: {path: /s, records: '@', key: id}
"""
PROJECT = "project: p\nsources: {c: {connector: c}}\n"


def _write(folder: Path, cases: list[dict[str, Any]]) -> dict[str, list[tuple[int, str]]]:
    """A project with a field for each case; what has to be found, by file."""
    contract, mapping = ["entity: thing", "fields:"], ["from: c.s", "to: thing", "fields:"]
    wanted: dict[str, list[tuple[int, str]]] = {"mappings/entities/thing.yaml": [], "mappings/c/s.yaml": []}
    for number, case in enumerate(cases):
        contract.append(f"  f{number}: {case['contract']}")
        mapping.append(f"  f{number}: {case['rule']}")
        at = "mappings/entities/thing.yaml" if case.get("at") == "contract" else "mappings/c/s.yaml"
        wanted[at].append((len(contract if case.get("at") == "contract" else mapping), case["code"]))
    files = {
        "syncline.yaml": PROJECT,
        "specs/c.yaml": SPEC,
        "mappings/entities/thing.yaml": "\n".join(contract) + "\n",
        "mappings/c/s.yaml": "\n".join(mapping) + "\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return wanted


def test_thirty_kinds_of_mistakes_are_all_found_at_once(tmp_path: Path) -> None:
    """Each at the line of its rule or contract, with its code, and nothing else."""
    assert len({case["name"] for case in CASES}) == len(CASES) >= 20
    wanted = _write(tmp_path, CASES)
    found: dict[str, list[tuple[int, str]]] = {file: [] for file in wanted}
    for problem in check(tmp_path).problems:
        found[problem.file].append((problem.line, problem.code))
    assert found == wanted


def test_each_mistake_is_found_alone_where_it_stands(tmp_path: Path) -> None:
    """Inside its line, not at its beginning, save where a key is missing."""
    for number, case in enumerate(CASES):
        folder = tmp_path / str(number)
        _write(folder, [case])
        (problem,) = check(folder).problems
        line = (folder / problem.file).read_text().splitlines()[problem.line - 1]
        assert problem.code == case["code"], case["name"]
        assert problem.message.endswith(case.get("says", "")), case["name"]
        rest = line[problem.column - 1 :]
        assert rest, case["name"]
        if not case["code"].endswith("-missing"):
            assert problem.column > line.index(":"), case["name"]
