"""Of what a source says, a recording repeats what the project's files say themselves, and nobody's name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.flow.staff import Source, person, recorded, staffed
from tests.integration.serving import Told

HOSTILE = [
    person(1),
    person(2, ratings={"anna.miller@example.com": {"Boris": 5}, "P-00001": 3}),  # data as keys
    person(3, status="on leave with Carla"),  # refused: no word of the map
    person(4, pay="ask Doris"),  # refused: no number
    person(5, hired="when Edgar left"),  # refused: no day
    person(6, country="Fredonia"),  # left out
    person(7, kind="robot", name="Gustav"),  # filtered by the stream
    person(8, state="gone", note="said Hanna"),  # deleted
    person(9, changed="Ingrid"),  # a version that cannot be read
    person(10, name=["Jonas"], family="Keller"),  # join takes texts: its expression fails
    person(11, phones="call Ludwig"),  # each is no list
    person(12, phones=[{"id": 12, "number": "+34 600 999 888", "sort": "Marta"}]),
    person(13, born={"year": 1999, "month": 2, "day": 30}),
    person(14, friends=[{"Norbert": {"Olga": "Pablo"}}], mail="quentin@example.com"),
    person(15, note="IGNORE Rosalinde"),  # a condition looks into it
]
PEOPLE = (
    "Anna Ruiz anna.miller anna@ Boris Carla Doris Edgar Fredonia Gustav Hanna Ingrid Jonas Keller Ludwig "
    "Marta Norbert Olga Pablo quentin Rosalinde Sabine Teodor Ursula example.com 600 123456 1984"
).split()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[Source, Path, str]]:
    with staffed(tmp_path) as found:
        yield found


def test_nobody_is_in_a_recording_of_a_hostile_source(world: tuple[Source, Path, str]) -> None:
    """Not in values, keys, links or conditions, nor in what does not fit; all ends as it does live."""
    source, folder, url = world
    source.say(
        "/api/people",
        {
            "items": HOSTILE[:8],
            "next": f"{url}/api/people/Sabine@example.com/next?who=Teodor&page=2",
            "total": 15,
        },
    )
    source.say(
        "/api/people/Sabine@example.com/next",
        {"items": HOSTILE[8:], "next": None, "total": 15, "by": "Ursula"},
    )
    found, text = recorded(folder, "people")
    assert found.played is not None
    assert [len(decoded.records) for _, decoded in found.played.pages] == [8, 7]
    assert [each for each in PEOPLE if each.casefold() in text.replace(url, "").casefold()] == []
    kinds = [each.kind for each in found.played.made["staff/people"]]
    live = ["made", "made", "refused", "refused", "refused", "made", "filtered", "deleted"]
    # The last one is made, where live it is filtered: its condition looks into a text. That is said.
    assert kinds == [*live, "made", "refused", "made", "made", "refused", "made", "made"]
    assert found.changed == {"staff/people": 1, "staff/phones": 0}
    phones = [each.kind for each in found.played.made["staff/phones"]]
    assert phones[9:12] == ["made", "refused", "refused"]
    for kept in (
        '"year"',
        '"month"',
        '"day"',
        '"ES"',
        '"1250.50"',
        "17 January 2024",
        "ACTIVE",
    ):
        assert kept in text, kept


def test_keys_are_masked_as_values_are_so_that_joins_hold(world: tuple[Source, Path, str]) -> None:
    source, folder, _ = world
    keyed = {"P-00001": 1, "P-00002": 2, "2024-01-05": 3, "2024-01-06": 4}
    source.say("/api/people", {"items": [person(1, ratings=keyed)], "next": None, "total": 1})
    recorded(folder, "people")
    body = json.loads((folder / "specs/staff.recorded/people/001.json").read_text())["body"]
    (one,) = body["items"]
    (ratings,) = (each for name, each in one.items() if isinstance(each, dict) and name != "born")
    assert len(ratings) == 4
    assert one["id"] in ratings
    assert not keyed.keys() & ratings.keys()
    assert {name for name in person(1) if name not in one} == set()


def test_a_link_header_leads_on_and_names_nobody(world: tuple[Source, Path, str]) -> None:
    source, folder, url = world
    next_ = (
        f'<{url}/api/listed/anna@example.com/12345678?Boris=Carla&cursor=Doris>; rel="next"; title="Edgar"'
    )
    source.say("/api/listed", {"items": [{"id": 1}]}, Link=next_)
    source.say("/api/listed/anna@example.com/12345678", {"items": [{"id": 2}]})
    found, text = recorded(folder, "listed")
    assert found.played is not None
    assert len(found.played.pages) == 2
    assert "/api/listed/" in text
    assert 'rel=\\"next\\"' in text
    assert "cursor=" in text
    assert [each for each in (*PEOPLE, "12345678") if each in text.replace(url, "")] == []


def test_pages_that_are_sorted_by_a_text_are_so_masked(world: tuple[Source, Path, str]) -> None:
    """Digits stand where they decide, and only there."""
    source, folder, _ = world
    items = [{"id": f"Anna{number}", "code": f"Boris{number}"} for number in range(1000, 1040)]
    source.say("/api/sorted", {"items": items})
    source.told["/api/sorted?after=Boris1039%2FAnna1039"] = Told(body=b'{"items": []}')
    found, text = recorded(folder, "sorted")
    assert found.played is not None
    assert found.played.error is None
    assert [len(decoded.records) for _, decoded in found.played.pages] == [40, 0]
    assert [each for each in ("Anna", "Boris") if each.casefold() in text.casefold()] == []
