"""What stands in records, path by path: lists and maps folded, counted by record, in bounded memory."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.review.profile import MOST_KEYS, MOST_PATHS, MOST_WORDS, Profile, Stands
from engine.review.reach import Steps
from engine.review.ready import path_text


def profiled(*records: Any, named: frozenset[str] = frozenset()) -> dict[str, Stands]:
    profile = Profile(lambda _: named)
    for each in records:
        profile.add(each)
    return {path_text(each.steps): each for each in profile.paths()}


def test_a_path_is_counted_once_a_record() -> None:
    """However many elements of a list have it."""
    found = profiled(
        {"items": [{"price": 1}, {"price": 2}, {"price": None}]}, {"items": [{"price": None}]}, {"items": []}
    )
    assert {path: (each.records, each.filled, each.values) for path, each in found.items()} == {
        "items[*].price": (2, 1, 2),
    }
    assert found["items[*].price"].types == {"integer": 2, "null": 2}


def test_what_is_empty_is_not_filled() -> None:
    """Null, empty texts, lists and objects; zero and false are something."""
    things: list[Any] = [None, "", [], {}, 0, False, Decimal(0), "x"]
    found = profiled(*[{"x": each} for each in things])
    assert (found["x"].records, found["x"].filled) == (8, 4)


def test_a_path_that_holds_others_is_told_only_where_it_holds_a_value_too() -> None:
    assert profiled({"a": None}, {"a": {"b": 1}}).keys() == {"a.b"}
    assert profiled({"a": "text"}, {"a": {"b": 1}}).keys() == {"a", "a.b"}
    assert profiled({"a": None}).keys() == {"a"}


def test_forms_of_texts_are_told() -> None:
    """Of all of them, so that one that differs is seen."""
    found = profiled({"at": "2024-02-03T04:05:06Z"}, {"at": "2024-02-03T04:05:06+02:00"}, {"at": "soon"})
    assert found["at"].forms == {"timestamp": 2, "text": 1}


def test_words_are_told_while_they_are_few() -> None:
    found = profiled(*({"state": f"s{n % 3}", "name": f"n{n}"} for n in range(30)))
    assert (found["state"].words, found["state"].many) == ({"s0": 10, "s1": 10, "s2": 10}, False)
    assert found["name"].many
    assert len(found["name"].words) == MOST_WORDS


@pytest.mark.parametrize(
    "keys",
    [
        ["17", "18", "19"],
        ["2024-01-01", "2024-01-02", "2024-01-03"],
        ["E-00017", "E-00018", "E-00019"],
        ["5bca24ab-fec1-49fb-9fdd-25ee2b66e2b1", "0bca24ab-fec1-49fb-9fdd-25ee2b66e2b1", "7"],
    ],
)
def test_a_map_by_id_is_one_path(keys: list[str]) -> None:
    found = profiled({"byId": {key: {"total": 1} for key in keys}}, {"byId": {}}, {"byId": {keys[0]: {}}})
    assert {path: each.filled for path, each in found.items()} == {"byId.*.total": 1}


def test_a_map_by_words_is_known_by_there_being_many_that_few_records_share() -> None:
    """And its figures are as if it had been known from the first record."""
    records = [{"by": {_word(n): n, _word(n + 1): None}} for n in range(100)]
    found = profiled(*records)
    assert found.keys() == {"by.*"}
    assert (found["by.*"].records, found["by.*"].filled, found["by.*"].values) == (100, 100, 100)


def test_a_wide_record_is_no_map() -> None:
    """Many names that most records have; nor many that few have, whose values are of different kinds."""
    wide = {f"field_{_word(n)}": n for n in range(200)}
    assert len(profiled(wide, wide, wide)) == 200
    sparse = [{"extra": {_word(n): n if n % 2 else "x"}} for n in range(60)]
    assert len(profiled(*sparse)) == 60


def test_a_key_that_a_rule_names_stays_apart() -> None:
    found = profiled({"byId": {"1": 1, "2": 2, "3": 3, "main": 4}}, named=frozenset({"2"}))
    assert found.keys() == {'byId."1"', 'byId."2"', 'byId."3"', "byId.main"}  # a name among them: no map
    found = profiled({"byId": {"1": 1, "2": 2, "3": 3}}, named=frozenset({"2"}))
    assert found.keys() == {'byId."2"', "byId.*"}
    assert found['byId."2"'].values == 1
    assert found["byId.*"].values == 2


def test_memory_is_bounded() -> None:
    """By the keys of one object, and by all paths of a stream; nothing that is counted gets lost."""
    found = profiled({"one": {_word(n): n for n in range(MOST_KEYS + 1)}})
    assert found.keys() == {"one.*"}
    assert found["one.*"].values == MOST_KEYS + 1
    profile = Profile()
    for n in range(300):
        profile.add({f"{_word(n)}": {f"{_word(m)}_{n}": {"a": m, "b": "x"} for m in range(100)}})
        assert profile._paths <= MOST_PATHS + 400
    assert sum(each.values for each in profile.paths()) == 300 * 100 * 2


def test_what_nests_without_end_is_cut() -> None:
    deep: Any = 1
    for _ in range(500):
        deep = {"a": deep}
    (path,) = profiled(deep)
    assert len(path) < 200


def _word(n: int) -> str:
    """A word without digits."""
    return "w" + "".join(chr(ord("a") + int(each)) for each in str(n))


def test_named_is_asked_by_path() -> None:
    asked: list[Steps] = []

    def named(steps: Steps) -> frozenset[str]:
        asked.append(steps)
        return frozenset()

    profile = Profile(named)
    profile.add({"a": {"b": {"1": 1, "2": 2, "3": 3}}})
    assert asked == [("a", "b")]
