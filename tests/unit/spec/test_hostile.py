"""Whatever a file holds, the answer is problems and never an exception."""

from __future__ import annotations

import random

import pytest

import engine.spec
from engine.spec.codes import all_codes
from engine.spec.load import load
from tests.unit.spec.parts import Zoo

RIGHT = """\
name: berlin
star: {type: cat, lives: 3}
animals:
  rex: {type: dog, name: rex, tricks: [sit, "roll over"]}
rules:
  a: b.c
  d: [e, f]
  g:
    value: "h[?x == `1`]"
    otherwise: null   # a comment
open_for: 12h
sent: {a: ["${b}", 1, null]}
when: >-
  a &&
  b
"""
ODD = "[]{}\"'`@*&!%|>#:,-? \n\t\\é$~.()😀\0\ud800\x85\u2028"


def _edited(dice: random.Random) -> str:
    text = RIGHT
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(text) or 1)
        match dice.randrange(4):
            case 0:
                text = text[:at] + dice.choice(ODD) + text[at:]
            case 1:
                text = text[:at] + text[at + dice.randint(1, 4) :]
            case 2:
                text = text[:at] + dice.choice(ODD) + text[at + 1 :]
            case _:
                text = text[:at]
    return text


@pytest.mark.parametrize("seed", range(8))
def test_random_edits(seed: int) -> None:
    """Every problem stands inside the file, and has a code that is known."""
    known = all_codes(engine.spec) | {"conflicting-keys": ""}
    dice = random.Random(seed)
    for _ in range(300):
        text = _edited(dice)
        document = load(Zoo, "zoo.yaml", text)
        lines = text.split("\n")
        for each in document.problems:
            assert each.code in known, each
            assert 1 <= each.line <= len(lines) + 1, (each, text)
            assert each.column >= 1
            assert each.message
            assert "\n" not in each.message
