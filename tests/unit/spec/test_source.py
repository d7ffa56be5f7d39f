"""How YAML is read: the 1.2 core schema with the three differences, under caps."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.spec import compose
from engine.spec.compose import read


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("True", True),
        ("false", False),
        ("~", None),
        ("Null", None),
        ("", None),
        ("17", 17),
        ("-17", -17),
        ("+17", 17),
        ("0", 0),
        ("012", "012"),
        ("-012", "-012"),
        ("0o17", 15),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("61.50", Decimal("61.50")),
        (".5", Decimal("0.5")),
        ("1.", Decimal("1.")),
        ("1e3", Decimal("1e3")),
        ("01.5", "01.5"),
        ("12:30:00", "12:30:00"),
        ("2024-01-01", "2024-01-01"),
        ("1.2.3", "1.2.3"),
        ("=", "="),
        ("<<", "<<"),
        ('"17"', "17"),
        ("'true'", "true"),
        ("${a}/b", "${a}/b"),
    ],
)
def test_scalars(text: str, value: Any) -> None:
    """A scalar is read as written, and is never a float."""
    source = read("f", f"a: {text}")
    assert source.problems == ()
    found = source.data["a"]
    assert found == value
    assert type(found) is type(value)
    assert str(found) == str(value)


def test_keys_are_text() -> None:
    """Whatever a key looks like, it is text."""
    assert list(read("f", "{1: a, true: b, 0x1: c, no: d, null: e}").data) == [
        "1",
        "true",
        "0x1",
        "no",
        "null",
    ]


def test_aliases_are_written_out() -> None:
    """An alias stands for the same value."""
    assert read("f", "a: &x {b: 1}\nc: *x\n").data == {"a": {"b": 1}, "c": {"b": 1}}


def _tenfold(of: str, name: str) -> str:
    return f"{name}: &{name} [{', '.join([f'*{of}'] * 10)}]\n"


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "x" * (compose.MAX_BYTES + 1),
        "[" * (compose.MAX_DEPTH + 2) + "]" * (compose.MAX_DEPTH + 2),
        "[" * 100_000,
        "- &a [x, x]\n" + "- *a\n" * (compose.MAX_ALIASES + 1),
        "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdef", "bcdefg", strict=True)
        ),
        "[" + "x," * compose.MAX_NODES + "]",
    ],
    ids=["bytes", "depth", "open brackets", "aliases", "laughs", "nodes"],
)
def test_caps(text: str) -> None:
    """A file that is larger, deeper or wider than any file needs is refused, quickly."""
    source = read("f", text)
    assert [each.code for each in source.problems] == ["yaml-limit"]
    assert source.root is None


def test_a_number_with_too_many_digits_is_refused() -> None:
    """Digits are kept, up to a bound."""
    assert [each.code for each in read("f", f"a: {'9' * 5000}").problems] == ["yaml-number"]


def test_bytes_that_are_not_utf_8() -> None:
    """The line of the first bad byte is named."""
    (problem,) = read("f", b"a: b\nc: \xff\n").problems
    assert (problem.line, problem.code) == (2, "yaml-character")


def test_a_byte_order_mark_is_no_character_of_the_file() -> None:
    """The first column stays the first."""
    assert read("f", b"\xef\xbb\xbfa: 1\n").data == {"a": 1}
    (problem,) = read("f", "\ufeffa: @\n").problems
    assert (problem.line, problem.column) == (1, 4)


def test_half_a_surrogate_pair() -> None:
    """Text that no file can hold is refused like text that no YAML file may hold."""
    (problem,) = read("f", "a: b\nc: \ud800\n").problems
    assert (problem.line, problem.column, problem.code) == (2, 4, "yaml-character")


def test_places_of_values_and_keys() -> None:
    """A problem points at a value; at the key where a list or mapping is meant; at what exists."""
    source = read("f", "a:\n  b: [x, {c: d}]\n")

    def place(*path: str | int, key: bool = False) -> tuple[int, int]:
        found = (source.key_problem if key else source.problem)(path, "code", "message")
        return found.line, found.column

    assert place() == (1, 1)
    assert place("a") == (1, 1)
    assert place("a", "b") == (2, 3)
    assert place("a", "b", 0) == (2, 7)
    assert place("a", "b", 1, "c") == (2, 14)
    assert place("a", "b", 1, "c", key=True) == (2, 11)
    assert place("a", "nosuch", 3) == (1, 1)
    assert source.line(("a", "b", 1)) == 2
