"""What a fingerprint covers."""

from __future__ import annotations

import pytest

from engine.spec.load import load
from engine.spec.meaning import fingerprint, meaning
from tests.unit.spec.parts import Zoo

PLAIN = "name: berlin\nwhen: a && b\nanimals: {tom: cat, rex: {type: dog, name: rex}}\nextra: [1, 1.50]\n"


def _print(text: str) -> str:
    return fingerprint(meaning(load(Zoo, "f", text).need()))


@pytest.mark.parametrize(
    "text",
    [
        "# a comment\n" + PLAIN,
        "when: 'a   &&b'\n" + PLAIN.replace("when: a && b\n", ""),
        PLAIN.replace(
            "{tom: cat, rex: {type: dog, name: rex}}", "\n  rex: {name: rex, type: dog}\n  tom: {type: cat}"
        ),
        PLAIN + "title: For people\n",
        PLAIN + "open_for: 480m\n",
        PLAIN.replace("tom: cat", "tom: {type: cat, lives: 9}"),
    ],
    ids=["comment", "spaces", "order of keys", "meta", "same duration", "default"],
)
def test_what_does_not_change_it(text: str) -> None:
    """Comments, order of keys, descriptions, formatting and defaults written out."""
    assert _print(text) == _print(PLAIN)


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace("a && b", "b && a"),
        PLAIN.replace("[1, 1.50]", "[1.50, 1]"),
        PLAIN.replace("1.50", "1.5"),
        PLAIN.replace("1.50", '"1.50"'),
        PLAIN.replace("tom: cat", "tom: {type: cat, lives: 8}"),
        PLAIN + "open_for: 7h\n",
        PLAIN + "seats: 1\n",
    ],
    ids=["expression", "order of a list", "digits", "text", "setting", "duration", "new setting"],
)
def test_what_changes_it(text: str) -> None:
    """Whatever a result may depend on."""
    assert _print(text) != _print(PLAIN)
