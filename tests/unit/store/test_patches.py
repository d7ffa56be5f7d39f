"""Which patches of a key still count, and what they say together."""

from __future__ import annotations

from dataclasses import replace

from engine.records.mapped import WHOLE, Patch
from engine.records.received import Fate
from engine.store.patches import fold, merged

NOW, FORMER = 2, 1


def patch(position: int, fate: Fate = Fate.SAYS, **says: str | None) -> Patch:
    """A patch of the active version, without a version of its own, fetched in order."""
    return Patch(
        key="k",
        version=0,
        position=position,
        place=0,
        raw_id=position,
        activation=NOW,
        fate=int(fate),
        founded=position,
        says=says,
    )


def test_what_was_said_last_stands_and_null_is_said() -> None:
    folded = fold([patch(2, b="2"), patch(1, a="1", b="1"), patch(3, a=None)], (), NOW)
    assert folded.says == {"a": None, "b": "2"}
    assert folded.top is not None
    assert folded.top.position == 3


def test_a_version_goes_before_the_order_of_requests() -> None:
    folded = fold([replace(patch(1, a="1"), version=5), replace(patch(2, a="2"), version=4)], (), NOW)
    assert folded.says == {"a": "1"}


def test_a_patch_of_which_newer_ones_say_all_is_dropped() -> None:
    first, second, third = patch(1, a="1", b="1"), patch(2, a="2"), patch(3, b="3")
    assert fold([first, second, third], (), NOW).dropped == (first,)


def test_what_a_former_version_of_the_mapping_made_supersedes_nothing() -> None:
    """It is made anew, and may then say less."""
    first, second = patch(1, a="1"), replace(patch(2, a="2", b="2"), activation=FORMER)
    folded = fold([first, second, patch(3, b="3")], (), NOW)
    assert folded.dropped == ()
    assert folded.says == {"a": "2", "b": "3"}


def test_nothing_before_a_delete_counts() -> None:
    first, marker, third = patch(1, a="1"), patch(2, Fate.DELETED), patch(3, b="3")
    folded = fold([first, marker, third], (), NOW)
    assert folded.says == {"b": "3"}
    assert folded.dropped == (first,)


def test_the_delete_itself_stays_for_what_is_late() -> None:
    marker, second = patch(2, Fate.DELETED), patch(3, b="3")
    assert fold([patch(1, a="late"), marker, second], (), NOW).says == {"b": "3"}
    assert fold([marker, second], (), NOW).dropped == ()


def test_nothing_before_an_enumeration_counts_whatever_its_version() -> None:
    first, second = replace(patch(1, a="1"), version=9), patch(3, b="3")
    folded = fold([first, second], (2,), NOW)
    assert folded.says == {"b": "3"}
    assert folded.dropped == (first,)


def test_a_refused_patch_says_nothing_and_supersedes_nothing() -> None:
    first, bad = patch(1, a="1"), patch(2, Fate.REFUSED, a=None)
    folded = fold([first, bad], (), NOW)
    assert folded.says == {"a": "1"}
    assert folded.dropped == ()
    assert folded.top == first


def test_a_refused_patch_is_done_when_newer_ones_say_all_that_it_tried_to() -> None:
    bad = patch(1, Fate.REFUSED, a=None, b=None)
    assert fold([bad, patch(2, a="2")], (), NOW).dropped == ()
    assert fold([bad, patch(2, a="2"), patch(3, b="3")], (), NOW).dropped == (bad,)


def test_only_a_delete_supersedes_what_could_not_be_read() -> None:
    bad = replace(patch(1, Fate.REFUSED), says={WHOLE: None})
    assert fold([bad, patch(2, a="2")], (), NOW).dropped == ()
    assert fold([bad, patch(2, Fate.DELETED)], (), NOW).dropped == (bad,)


def test_a_key_is_founded_by_its_earliest_patch_also_when_that_is_dropped() -> None:
    folded = fold([patch(1, a="1"), patch(2, a="2")], (), NOW)
    assert folded.top is not None
    assert folded.top.founded == 1


def test_a_patch_that_a_new_version_refuses_says_what_it_said() -> None:
    sound, bad = patch(1, a="1"), patch(1, Fate.REFUSED, a=None)
    assert merged([sound], [bad]) == [sound]
    assert merged([bad], [sound]) == [sound]
    assert merged([bad], [bad]) == [bad]


def test_a_patch_made_anew_keeps_whom_it_founded() -> None:
    assert merged([replace(patch(5, a="1"), founded=2)], [patch(5, a="2")]) == [
        replace(patch(5, a="2"), founded=2)
    ]
