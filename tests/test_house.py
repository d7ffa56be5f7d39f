"""The house keeps its own rules: floors, sizes, names, and a case file for each component."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.pages.language import FAMILIES
from engine.spec.component import family

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sorted(
    path for folder in ("engine", "docs", "migrations", "tests") for path in (ROOT / folder).rglob("*.py")
)
LARGEST = 300

ARGUED = {
    "migrations/versions/0001_first_tables.py": "a list of tables, as they were when it began",
}
"""Files over the limit, each with its argument."""

NAMELESS = {"utils", "util", "helpers", "helper", "common", "base", "manager", "core", "misc"}
"""Names that say nothing about what is inside."""

LEFTOVERS = (
    "TO" + "DO",
    "FIX" + "ME",
    "HACK",
    "raise NotImplemented" + "Error",
    "pytest." + "skip",
    "xf" + "ail",
)
"""What unfinished work leaves behind."""


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_imports_go_only_downward() -> None:
    """import-linter keeps every contract in pyproject.toml."""
    found = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout
    assert re.search(r"Contracts: [4-9] kept, 0 broken", found.stdout)


def test_files_are_small_or_argue_for_themselves() -> None:
    """Over 300 lines only what is listed with its reason; the list holds nothing that shrank."""
    assert {_shown(path) for path in PYTHON if _lines(path) > LARGEST} == set(ARGUED)


def test_names_say_what_is_inside() -> None:
    assert not [_shown(path) for path in PYTHON if {path.stem, *path.relative_to(ROOT).parts} & NAMELESS]


def test_nothing_unfinished_is_left_behind() -> None:
    found = [
        (_shown(path), word)
        for path in PYTHON
        for word in LEFTOVERS
        if path != Path(__file__) and word in path.read_text(encoding="utf-8")
    ]
    assert not found


@pytest.mark.parametrize("path", [path for path in PYTHON if path.name == "__init__.py"], ids=_shown)
def test_a_room_asks_one_question(path: Path) -> None:
    """The docstring of a package is the question that it answers."""
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert said
    assert "?" in said or path.parent.name in {"engine", "docs"} or "tests" in path.parts


@pytest.mark.parametrize("name", FAMILIES)
def test_each_component_is_one_file_and_one_file_of_cases(name: str) -> None:
    """File name = type, in the code and in the cases; no case file is of nothing."""
    base, _ = FAMILIES[name]
    types = set(family(base))
    assert types
    module = sys.modules[base.__module__].__file__
    assert module is not None
    assert {path.stem for path in Path(module).parent.glob("*.py")} >= types
    assert {path.stem for path in (ROOT / "tests/cases" / name).glob("*.yaml")} == types
