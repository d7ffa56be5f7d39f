"""What a walk does with answers, and where it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from engine.fetch.exchange import Answer, Judged, Judgement, Prepared
from engine.fetch.guard import MAX_EMPTY
from engine.fetch.incremental import Window
from engine.fetch.walk import RESTARTS
from engine.records.received import Verdict, Watermark
from tests.unit.fetch.script import Scripted, walked
from tests.unit.fetch.streams import connector_of
from tests.unit.fetch.things import CHANGED, PLAIN, Said, at, day, page, walk


def ruled(then: str, more: str = "") -> str:
    return PLAIN + f"errors:\n  - {{when: status == `404`, then: {then}{more}}}\n"


def test_every_answer_is_a_step_with_the_position_of_its_request() -> None:
    """Positions are drawn in the order of sending."""
    steps, error, _ = walk(PLAIN, page({"id": 1}, following="a"), page({"id": 2}))
    assert error is None
    assert [step.position for step in steps] == [1, 2]


def test_a_failing_answer_is_yielded_before_its_error_is_raised() -> None:
    """So it is kept."""
    steps, error, _ = walk(PLAIN, {"status": 500, "body": {"message": "no"}})
    assert error is not None
    assert error.code == "http-status"
    assert steps[-1].error is error
    assert steps[-1].reading.verdict is Verdict.REFUSED
    assert steps[-1].answer.body == b'{"message":"no"}'


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"text": "<html>Sign in</html>"}, "not-json"),
        ({"body": {"errors": ["x"]}}, "records-missing"),
        ({"text": '{"data": [{"id": 1}'}, "json-truncated"),
        ({"body": {}, "fault": "response-truncated"}, "response-truncated"),
        ({"body": {}, "fault": "response-too-large"}, "response-too-large"),
        ({"status": 503, "body": {}}, "http-status"),
        ({"status": 304, "body": {}}, "http-status"),
    ],
)
def test_an_answer_without_records_fails_the_walk(answer: Said, code: str) -> None:
    """200 or not: it is kept, the walk is not complete, and the watermark stands still."""
    window = Window(lower=day(1))
    steps, error, _ = walk(CHANGED, page(at(2), following="a"), answer, window=window)
    assert error is not None
    assert error.code == code
    assert (steps[-1].then, steps[-1].watermark, steps[-1].resume) == ("failed", None, None)
    assert not steps[-1].reading.records


class Careless(Scripted):
    """Judges what came as if it were whole."""

    def send(self, prepared: Prepared, *, judge: Callable[[Answer], Judgement]) -> Judged:
        judged = super().send(prepared, judge=judge)
        return replace(judged, judgement=Judgement(then="read"))


def test_an_answer_that_is_not_whole_is_never_read() -> None:
    """Whatever anybody says of it: half a page may be well-formed."""
    connector = connector_of(PLAIN)
    sender = Careless(connector, iter([{**page({"id": 1}), "fault": "response-truncated"}]))
    steps, error = walked(sender, connector.stream("things"))
    assert error is not None
    assert error.code == "response-truncated"
    assert not steps[-1].reading.records


def test_skip_means_that_the_partition_has_nothing() -> None:
    """The run stays complete, so the watermark moves."""
    steps, error, _ = walk(
        CHANGED + "errors: [{when: status == `404`, then: skip}]\n",
        {"status": 404, "body": {}},
        window=Window(lower=day(1)),
    )
    assert error is None
    assert steps[-1].then == "skipped"
    assert steps[-1].watermark == Watermark(value="2026-01-31T12:00:00.000000+00:00", type="timestamp")


def test_end_means_that_there_are_no_more_pages() -> None:
    """What came before was all."""
    steps, error, _ = walk(ruled("end"), page({"id": 1}, following="a"), {"status": 404, "body": {}})
    assert error is None
    assert [step.then for step in steps] == ["more", "done"]


def test_accept_reads_the_answer_as_if_it_were_200() -> None:
    """Whatever its status."""
    steps, error, _ = walk(ruled("accept"), {"status": 404, "body": {"data": [{"id": 1}]}})
    assert error is None
    assert steps[-1].reading.keys == ["1"]


def test_fail_says_what_its_rule_says() -> None:
    """The message is a template over the scope."""
    keys = ruled("fail", ', message: "gone: ${body.why}"')
    _, error, _ = walk(keys, {"status": 404, "body": {"why": "moved"}})
    assert error is not None
    assert str(error) == "gone: moved"


def test_restart_begins_the_window_again_three_times() -> None:
    """A token that expires is asked for anew; for ever it is not."""
    round_trip = (page({"id": 1}, following="a"), {"status": 404, "body": {}})
    steps, error, sender = walk(ruled("restart"), *round_trip, *round_trip, page({"id": 1}))
    assert error is None
    assert [step.then for step in steps] == ["more", "restarted", "more", "restarted", "done"]
    assert [dict(each.query) for each in sender.asked] == [{}, {"cursor": "a"}] * 2 + [{}]
    steps, error, _ = walk(ruled("restart"), *round_trip * (RESTARTS + 1))
    assert error is not None
    assert [step.then for step in steps].count("restarted") == RESTARTS


@pytest.mark.parametrize("then", ["split", "resync"])
def test_split_and_resync_are_left_to_the_flow(then: str) -> None:
    """The walk ends there without an error, and moves nothing."""
    steps, error, _ = walk(ruled(then), page({"id": 1}, following="a"), {"status": 404, "body": {}})
    assert error is None
    assert (steps[-1].then, steps[-1].watermark) == (then, None)


def test_a_walk_goes_on_where_it_stopped() -> None:
    """With nothing but the JSON of its last durable step."""
    answers = (page(at(2), following="a"), page(at(3), following="b"), page(at(4)))
    first, _, _ = walk(CHANGED, *answers, window=Window(lower=day(1)))
    rest, error, sender = walk(CHANGED, *answers[2:], window=first[1].window, resume=first[1].resume)
    assert error is None
    assert sender.asked[0].query["cursor"] == "b"
    assert rest[-1].then == "done"


def test_what_an_earlier_run_was_to_go_on_with_may_have_expired() -> None:
    """Then the window begins again by itself."""
    first, _, _ = walk(PLAIN, page({"id": 1}, following="a"), page({"id": 2}))
    steps, error, sender = walk(PLAIN, {"status": 410, "body": {}}, page({"id": 1}), resume=first[0].resume)
    assert error is None
    assert [step.then for step in steps] == ["restarted", "done"]
    assert [dict(each.query) for each in sender.asked] == [{"cursor": "a"}, {}]


def test_a_link_that_holds_a_secret_is_not_kept_to_go_on_with() -> None:
    """Progress is not a place for secrets."""
    keys = "path: /things\nrecords: data\nkey: id\npagination: {type: next_url, next: body.next}\n"
    steps, _, _ = walk(keys, page({"id": 1}, following="?k=hidden-in-the-url"), page({"id": 2}))
    assert steps[0].resume is None


def test_an_endless_row_of_empty_pages_is_an_error() -> None:
    """Each with a token of its own."""

    def endless() -> Iterator[Said]:
        for number in range(10**9):
            yield page(following=f"token-{number}")

    connector = connector_of(PLAIN)
    sender = Scripted(connector, endless())
    _, error = walked(sender, connector.stream("things"))
    assert error is not None
    assert error.code == "endless-paging"
    assert len(sender.asked) == MAX_EMPTY
