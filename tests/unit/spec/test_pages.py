"""The reference pages and the register of codes."""

from __future__ import annotations

import re
from pathlib import Path

import engine.spec
from engine.spec.codes import all_codes
from engine.spec.reference import reference
from tests.unit.spec.parts import Animal, Zoo

_STARTS = "(?:yaml|wrong|unknown|missing|duplicate|expression|not|out|empty|quoted)"


def test_a_document_is_described_with_all_its_parts() -> None:
    """Each key, each member of each family, each default and example, and what is not built."""
    page = reference(Zoo, "A zoo")
    for said in (
        "# A zoo",
        "| `open_for` |",
        "`8h`",
        "`berlin`",
        "Types: [`cat`](#star-cat), [`dog`](#star-dog)",
        "`dragon`",
        "`aquarium`",
    ):
        assert said in page
    assert page.count("## `star` `cat`") == 1
    assert "| `from` | text |" in page


def test_a_family_is_a_page_too() -> None:
    """Its members stand below it."""
    page = reference(Animal, "animal")
    assert page.startswith("# animal\n\nWhat is kept.")
    assert "## `dog`" in page
    assert "| `lives` | a whole number | `9` |" in page


def test_every_code_of_the_kernel_is_registered() -> None:
    """No problem has a code that the page of codes does not know."""
    codes = all_codes(engine.spec)
    used = set()
    for path in Path(engine.spec.__file__).parent.glob("*.py"):
        used |= set(re.findall(rf'"({_STARTS}-[a-z-]+)"', path.read_text(encoding="utf-8")))
    assert "wrong-type" in used
    assert used <= codes.keys()
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", code) for code in codes)
    assert all(sentence.endswith(".") for sentence in codes.values())
