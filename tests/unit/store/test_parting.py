"""Who goes with those that are parted: what each record says decides."""

from __future__ import annotations

from engine.records.identity import IdentityValue
from engine.store.parting import Member, going

A: Member = (1, 1, "a")
B: Member = (2, 1, "b")
C: Member = (3, 1, "c")
D: Member = (4, 1, "d")


def said(**values: str) -> dict[Member, frozenset[IdentityValue]]:
    """Letters of the values that each of a, b, c, d says."""
    members = {"a": A, "b": B, "c": C, "d": D}
    return {members[name]: frozenset((0, letter) for letter in letters) for name, letters in values.items()}


def test_who_went_goes_and_who_stayed_stays() -> None:
    """Whatever they say by now."""
    assert going(said(a="x", b="x"), went={B}, stayed={A}) == {B}


def test_who_has_left_the_entity_does_not_go() -> None:
    assert going(said(a="x"), went={B}, stayed={A}) == set()


def test_who_came_since_stays() -> None:
    """Where it says nothing, or something of both sides, or of neither."""
    for says in ("", "xy", "z"):
        assert going(said(a="x", b="y", c=says), went={B}, stayed={A}) == {B}


def test_who_came_since_goes_where_a_value_says_so() -> None:
    assert going(said(a="x", b="y", c="yz"), went={B}, stayed={A}) == {B, C}


def test_those_who_came_together_go_together() -> None:
    """By a value that neither side says; one of them that belongs to those who stay holds all."""
    assert going(said(a="x", b="y", c="yz", d="z"), went={B}, stayed={A}) == {B, C, D}
    assert going(said(a="x", b="y", c="yz", d="zx"), went={B}, stayed={A}) == {B}


def test_a_disabled_value_connects_nobody() -> None:
    assert going(said(a="x", b="y", c="yx"), went={B}, stayed={A}, disabled={(0, "x")}) == {B, C}
    assert going(said(a="x", b="y", c="y"), went={B}, stayed={A}, disabled={(0, "y")}) == {B}
