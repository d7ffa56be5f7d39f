"""One way to write each thing, whoever wrote it: and never another meaning, nor a comment less."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.errors import Problem
from engine.flow.format import files_in
from engine.flow.kinds import KINDS, kind_of
from engine.spec.comments import comments_of
from engine.spec.document import Document
from engine.spec.format import formatted
from engine.spec.load import load
from engine.spec.meaning import fingerprint, meaning
from tests.unit.spec.scribble import Scribble

ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT / "tests" / "cases" / "format"
SHIPPED = files_in([ROOT, ROOT / "engine/demo/project", ROOT / "engine/demo/starter"])
OTHERS = files_in([ROOT / "tests" / each / "project" for each in ("bench", "faults", "simulation")])
SEEDS = 4
"""Each is another way to write each file."""


def _shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _document(kind: str, text: str) -> Document[Any]:
    document: Document[Any] = load(KINDS[kind].document, "file.yaml", text)
    assert [str(each) for each in document.problems] == [], text
    return document


def _formatted(kind: str, text: str) -> str:
    made = formatted(_document(kind, text))
    assert not isinstance(made, Problem), text
    return made


def _comments(document: Document[Any]) -> list[str]:
    root = document.source.root
    return [] if root is None else comments_of(root, document.source.text)


def _bare(path: Path) -> str:
    """A file without its comments and empty lines."""
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [each.partition("   #")[0] if "  # " in each else each for each in lines]
    kept = [each.partition("  # ")[0].rstrip() for each in kept]
    return "\n".join(each for each in kept if each.strip() and not each.lstrip().startswith("#")) + "\n"


@pytest.mark.parametrize("path", SHIPPED, ids=_shown)
def test_what_ships_is_formatted(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert _formatted(kind_of(path) or "", text) == text, "run `syncline fmt`"


@pytest.mark.parametrize("path", [*SHIPPED, *OTHERS], ids=_shown)
def test_whatever_the_order_the_quotes_and_the_forms_it_is_written_one_way(path: Path) -> None:
    """Keys in any order, short forms written out, other quotes: the same text comes of it."""
    kind = kind_of(path) or ""
    wanted = _formatted(kind, _bare(path))
    document = _document(kind, _bare(path))
    for seed in range(SEEDS):
        scribbled = Scribble(document, seed, comments=False).text()
        assert _formatted(kind, scribbled) == wanted


@pytest.mark.parametrize("path", [*SHIPPED, *OTHERS], ids=_shown)
def test_comments_survive_and_nothing_changes_its_meaning(path: Path) -> None:
    """Wherever somebody put a comment; and what is formatted is not formatted again."""
    kind = kind_of(path) or ""
    document = _document(kind, path.read_text(encoding="utf-8"))
    written = 0
    for seed in range(SEEDS):
        scribble = Scribble(document, seed, comments=True)
        before = _document(kind, scribble.text())
        after = _document(kind, _formatted(kind, before.source.text))
        assert _comments(after) == _comments(before)
        assert len(_comments(before)) == scribble.made
        assert fingerprint(meaning(after.need())) == fingerprint(meaning(document.need()))
        assert after.need() == document.need()
        assert _formatted(kind, after.source.text) == after.source.text
        written += scribble.made
    assert written


def test_a_file_whose_meaning_would_change_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is laid out is read again and compared: a digit, or a comment, less is an error."""
    text = "from: a.b\nto: c\nfields:\n  d: {constant: 1.50}  # why\n"
    document = _document("mapping", text)
    for wrong in (text.replace("1.50", "1.5"), text.replace("  # why", ""), text.replace("to: c", "to: d")):
        monkeypatch.setattr("engine.spec.format.printed", lambda *_, wrong=wrong: wrong)
        made = formatted(document)
        assert isinstance(made, Problem)
        assert made.code == "not-formatted"


def _cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield pytest.param(path.stem, case, id=f"{path.stem}: {case['name']}")


@pytest.mark.parametrize(("kind", "case"), list(_cases()))
def test_what_becomes_of_a_file(kind: str, case: dict[str, str]) -> None:
    """Each case says how a file looks before and after; and after that it stays."""
    assert _formatted(kind, case["before"]) == case["after"]
    assert _formatted(kind, case["after"]) == case["after"]
