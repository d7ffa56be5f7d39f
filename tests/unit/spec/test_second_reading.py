"""Another parser has to see in a formatted file what ours sees."""

from __future__ import annotations

import pytest

from engine.spec.compose import read
from engine.spec.second_reading import reads_alike

TEXT = """\
a: {b: [1, "two", 'it''s']}
c: |
  a block
  of text
d: &one 0012
e: *one
"""


def test_the_same_text_reads_alike() -> None:
    root = read("file.yaml", TEXT).root
    assert root is not None
    assert reads_alike(TEXT, root)


@pytest.mark.parametrize(
    "other",
    ["a: 2\n", "a: [1]\n", "b: 1\n", "a: 1\nb: 2\n", "a: '1\n", "a: {b: 1}\n", "- a\n", ""],
)
def test_another_text_does_not(other: str) -> None:
    root = read("file.yaml", "a: 1\n").root
    assert root is not None
    assert reads_alike("a: 1\n", root)
    assert not reads_alike(other, root)
