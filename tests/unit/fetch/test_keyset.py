"""A key set with what stands around it: windows, a run that was cut off, and what ``validate`` says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from engine.fetch.check import check_connector
from engine.fetch.connector import Connector
from engine.fetch.exchange import Prepared
from engine.fetch.incremental import Window, Windows
from engine.spec.load import load
from tests.unit.fetch.script import Scripted, walked
from tests.unit.fetch.streams import connector_of

STREAM = """
path: /things
query: {filter: "at ge ${window.start}", orderby: "at,id"}
records: data
key: id
pagination:
  type: keyset
  by: {at: at, id: id}
  query: {filter: "at gt ${page.token.at} or (at eq ${page.token.at} and id gt ${page.token.id})"}
incremental: {cursor: at, type: integer, order: ascending}
"""
ROWS = [{"id": number, "at": number // 3} for number in range(8)]


class Table:
    """A source that does what the filter of the request says, two rows a page."""

    def __init__(self, rows: list[dict[str, int]]) -> None:
        self.rows = rows

    def __call__(self, prepared: Prepared) -> Mapping[str, Any]:
        words = prepared.query["filter"].replace("(", "").replace(")", "").split()
        after = (int(words[2]), int(words[10]) if len(words) > 3 else -1)
        rows = sorted((each for each in self.rows if (each["at"], each["id"]) > after), key=_place)
        return {"body": {"data": rows[:2]}}


def _place(row: dict[str, int]) -> tuple[int, int]:
    return row["at"], row["id"]


def test_the_first_page_asks_for_the_window_and_the_others_for_what_follows() -> None:
    """The window's filter is replaced, what else stands in the query stays."""
    connector = connector_of(STREAM)
    sender = Scripted(connector, Table(ROWS))
    steps, error = walked(sender, connector.stream("things"), window=Window(lower=1))
    assert error is None
    assert [key for step in steps for key in step.reading.keys] == ["3", "4", "5", "6", "7"]
    assert [each.query["filter"] for each in sender.asked] == [
        "at ge 1",
        "at gt 1 or (at eq 1 and id gt 4)",
        "at gt 2 or (at eq 2 and id gt 6)",
        "at gt 2 or (at eq 2 and id gt 7)",
    ]
    assert {each.query["orderby"] for each in sender.asked} == {"at,id"}
    assert steps[-1].watermark is not None
    assert steps[-1].watermark.value == "2"


def test_rows_that_change_between_two_pages_are_met_again() -> None:
    """What moves behind the last record, as every change does, is still to come."""
    connector = connector_of(STREAM)
    table = Table([dict(each) for each in ROWS])

    def changing(prepared: Prepared) -> Mapping[str, Any]:
        answer = table(prepared)
        table.rows = [row | {"at": 9} if row["id"] in {0, 1, 7} else row for row in table.rows]
        return answer

    steps, error = walked(Scripted(connector, changing), connector.stream("things"), window=Window(lower=0))
    assert error is None
    assert {key for step in steps for key in step.reading.keys} == {str(each["id"]) for each in ROWS}


def test_a_run_that_was_cut_off_goes_on_after_its_last_record() -> None:
    """The database keeps the key set as JSON, and not the order of its names."""
    connector = connector_of(STREAM)
    stream = connector.stream("things")
    steps, _ = walked(Scripted(connector, Table(ROWS)), stream, window=Window(lower=0))
    state = json.loads(json.dumps(steps[1].resume))
    state["page"]["token"] = dict(reversed(state["page"]["token"].items()))
    sender = Scripted(connector, Table(ROWS))
    rest, error = walked(sender, stream, window=Window(lower=0), resume=state)
    assert error is None
    assert sender.asked[0].query["filter"] == "at gt 1 or (at eq 1 and id gt 3)"
    assert [key for step in rest for key in step.reading.keys] == ["4", "5", "6", "7"]


def test_ends_of_windows_that_go_elsewhere_stay() -> None:
    """A place of the window is sent with every page; only one that the key set replaces is not."""
    connector = connector_of(
        """
        path: /things
        records: data
        key: id
        pagination: {type: keyset, by: id, query: {after: "${page.token}"}}
        incremental: {cursor: at, type: integer, from: {into: query.since}, until: {into: query.before}}
        """
    )
    stream = connector.stream("things")
    assert stream.incremental is not None
    windows = Windows(stream.incremental)
    assert [place.text for place, _ in windows.places(Window(lower=1, upper=9, open=False))] == [
        "query.since",
        "query.before",
    ]
    answers: list[dict[str, Any]] = [{"body": {"data": [{"id": 4, "at": 2}]}}, {"body": {"data": []}}]
    sender = Scripted(connector, iter(answers))
    _, error = walked(sender, stream, window=Window(lower=1, upper=9, open=False))
    assert error is None
    assert [dict(each.query) for each in sender.asked] == [
        {"since": 1, "before": 9},
        {"since": 1, "before": 9, "after": 4},
    ]


HEAD = "connector: made\nhttp: {base_url: 'https://api.example.com'}\nstreams:\n  s:\n    path: /\n"
SOUND = HEAD + (
    '    query: {f: "at ge ${window.start} and at lt ${window.end}"}\n'
    "    records: data\n"
    "    key: id\n"
    "    pagination:\n"
    "      type: keyset\n"
    "      by: {at: at, id: id}\n"
    '      query: {f: "at gt ${page.token.at} and id gt ${page.token.id} and at lt ${window.end}"}\n'
    "    incremental: {cursor: at, window: 30d}\n"
)


def _problems(text: str) -> list[str]:
    document = load(Connector, "specs/made.yaml", text)
    found = [*document.problems, *check_connector(document)]
    return [f"{each.line}:{each.column} {each.code}: {each.message}" for each in found]


def test_a_sound_key_set_has_no_problem() -> None:
    assert _problems(SOUND) == []


@pytest.mark.parametrize(
    ("sound", "broken", "found"),
    [
        ("{at: at, id: id}", "{at: at}", "11:11 wrong-length: 1 keys, at least 2 are needed"),
        (
            "page.token.id",
            "page.token.idd",
            "12:18 unknown-name: 'by' reads no 'idd'; did you mean 'id'?",
        ),
        (
            " and id gt ${page.token.id}",
            "",
            "11:24 wrong-combination: 'query' does not send 'id': what differs in nothing else",
        ),
        (
            'and at lt ${window.end}"}\n    inc',
            '"}\n    inc',
            "12:18 wrong-combination: from the second page on 'f' lacks ${window.end}",
        ),
        (
            "{at: at, id: id}",
            "{at: id, id: at}",
            "12:18 wrong-combination: from the second page on 'f' lacks ${window.start}",
        ),
        (
            "      by: {at: at, id: id}\n",
            "      by: {at: at, id: id}\n      into: query.after\n",
            "12:13 wrong-combination: 'into' takes a single value; several are sent by 'query'",
        ),
        (
            "      by: {at: at, id: id}\n",
            "      by: at\n      into: query.after\n",
            "13:7 wrong-combination: what 'into' sends, 'query' does not: write one of them",
        ),
        (
            "{at: at, id: id}",
            "at",
            "11:11 wrong-combination: records may share the cursor, and a page may end between",
        ),
        (
            "      by: {at: at, id: id}\n",
            "      by: id\n      into: url\n",
            "12:13 wrong-combination: a page that is a URL is written 'type: next_url'",
        ),
    ],
)
def test_what_validate_says(sound: str, broken: str, found: str) -> None:
    """Each with its place."""
    assert sound in SOUND
    said = _problems(SOUND.replace(sound, broken))
    assert [each for each in said if each.startswith(found)], said


def test_something_has_to_be_sent() -> None:
    """Neither a place nor a template: every page would be the first."""
    bare = HEAD + "    records: data\n    key: id\n    pagination: {type: keyset, by: id%s}\n"
    assert _problems(bare % "") == [
        "8:5 missing-key: nothing sends what the next page starts after: 'into', 'query', or ${page.token}"
    ]
    assert _problems(bare % ', query: {f: "x"}') == [
        "8:40 wrong-combination: 'query' does not read ${page.token}: every page would be the same"
    ]
    assert _problems(bare % ", into: query.after") == []


def test_what_the_defaults_get_wrong_is_said_once() -> None:
    """However many streams go by them."""
    text = (
        "connector: made\nhttp: {base_url: 'https://api.example.com'}\n"
        "defaults: {records: data, key: id, pagination: {type: keyset, by: id}}\n"
        "streams: {a: {path: /a}, b: {path: /b}}\n"
    )
    assert len(_problems(text)) == 1
