"""What a walk does with answers other than a page, and what it says about progress."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from engine.fetch.exchange import Answer, Judged, Judgement, Prepared
from engine.fetch.guard import MAX_EMPTY
from engine.fetch.incremental import Window
from engine.fetch.step import Step
from engine.fetch.times import micros
from engine.fetch.walk import RESTARTS
from engine.records.received import Verdict, Watermark
from tests.unit.fetch.script import Scripted, walked
from tests.unit.fetch.streams import connector_of

PLAIN = """
path: /things
records: data
key: id
pagination: {type: cursor, next: body.next, into: query.cursor}
"""

CHANGED = (
    PLAIN
    + """
incremental:
  cursor: at
  start: 2026-01-01T00:00:00Z
  from: {into: query.since}
  until: {into: query.before}
"""
)

Said = Mapping[str, Any]


def day(number: int, *, hour: int = 0) -> int:
    return micros(dt.datetime(2026, 1, number, hour, tzinfo=dt.UTC))


def page(*records: Any, following: Any = None) -> Said:
    return {"body": {"data": list(records), "next": following}}


def at(number: int, hour: int = 0) -> dict[str, Any]:
    return {"id": f"{number}/{hour}", "at": f"2026-01-{number:02}T{hour:02}:00:00Z"}


def walk(keys: str, *answers: Said, **more: Any) -> tuple[list[Step], Any, Scripted]:
    connector = connector_of(keys)
    sender = Scripted(connector, iter(answers))
    steps, error = walked(sender, connector.stream("things"), **more)
    return steps, error, sender


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


def test_the_window_goes_into_the_request_and_an_open_end_does_not() -> None:
    """The last window takes records from the future along."""
    _, _, sender = walk(CHANGED, page(at(2)), window=Window(lower=day(1), upper=day(9), open=False))
    query = {"since": "2026-01-01T00:00:00Z", "before": "2026-01-09T00:00:00Z"}
    assert dict(sender.asked[0].query) == query
    for upper in (None, day(20)):  # T0 is known where the window was resumed
        _, _, sender = walk(CHANGED, page(at(2)), window=Window(lower=day(1), upper=upper))
        assert dict(sender.asked[0].query) == {"since": "2026-01-01T00:00:00Z"}


def test_the_watermark_by_time_is_t0_never_what_was_seen() -> None:
    """A record from 2099 is kept and poisons nothing; one without a cursor neither."""
    future = {"id": "f", "at": "2099-01-01T00:00:00Z"}
    steps, _, _ = walk(CHANGED, page(at(2), future, {"id": 3}), window=Window(lower=day(1)))
    assert len(steps[0].reading.records) == 3
    assert steps[0].watermark == Watermark(value="2026-01-31T12:00:00.000000+00:00", type="timestamp")


def test_the_watermark_of_a_closed_window_is_its_end() -> None:
    """Not T0: what lies between has not been read."""
    window = Window(lower=day(1), upper=day(9), open=False)
    steps, _, _ = walk(CHANGED, page(at(2)), window=window)
    assert steps[0].watermark == Watermark(value="2026-01-09T00:00:00.000000+00:00", type="timestamp")


def test_without_an_order_nothing_moves_before_the_end() -> None:
    """The next page may hold what is older."""
    steps, _, _ = walk(CHANGED, page(at(5), following="a"), page(at(2)), window=Window(lower=day(1)))
    assert [step.watermark is None for step in steps] == [True, False]


def test_where_records_ascend_the_watermark_moves_with_the_pages() -> None:
    """Up to the last cursor, which is read again."""
    keys = CHANGED + "  order: ascending\n"
    steps, _, _ = walk(keys, page(at(2), at(3), following="a"), page(at(4)), window=Window(lower=day(1)))
    assert steps[0].watermark == Watermark(value="2026-01-03T00:00:00.000000+00:00", type="timestamp")


def test_records_that_do_not_ascend_as_declared_are_noticed() -> None:
    """From there on the watermark waits for the end, also after the walk was resumed."""
    keys = CHANGED + "  order: ascending\n"
    pages = (page(at(2), at(4), following="a"), page(at(3), following="b"), page(at(5), following="c"))
    steps, _, _ = walk(keys, *pages, page(at(6)), window=Window(lower=day(1)))
    assert [step.watermark is None for step in steps] == [False, True, True, False]
    assert steps[1].notes == ("order-broken",)
    rest, _, _ = walk(keys, *pages[2:], page(at(6)), window=steps[1].window, resume=steps[1].resume)
    assert [step.watermark is None for step in rest] == [True, False]


def test_a_future_record_among_ascending_ones_does_not_lift_the_watermark_above_t0() -> None:
    """It is clamped in the middle of a window as at its end."""
    keys = CHANGED + "  order: ascending\n"
    future = {"id": "f", "at": "2099-01-01T00:00:00Z"}
    steps, _, _ = walk(keys, page(future, following="a"), page(), window=Window(lower=day(1)))
    assert steps[0].watermark == Watermark(value="2026-01-31T12:00:00.000000+00:00", type="timestamp")


def test_by_integer_the_watermark_is_the_largest_of_a_whole_window() -> None:
    """Also where it came early; malformed ones count for nothing."""
    keys = PLAIN + "incremental: {cursor: n, type: integer, from: {into: query.above}}\n"
    pages = (page({"id": 1, "n": 9}, {"id": 2, "n": "x"}, following="a"), page({"id": 3, "n": 5}))
    steps, _, sender = walk(keys, *pages, window=Window(lower=3))
    assert sender.asked[0].query == {"above": 3}
    assert [step.watermark for step in steps] == [None, Watermark(value="9", type="integer")]
    rest, _, _ = walk(keys, pages[1], window=steps[0].window, resume=steps[0].resume)
    assert rest[-1].watermark == Watermark(value="9", type="integer")


def test_by_token_the_watermark_is_the_token_of_the_last_page() -> None:
    """A page without one leaves it where it was."""
    keys = PLAIN + "incremental: {type: token, next: body.delta, from: {into: query.delta}}\n"
    answers = (page({"id": 1}, following="a"), {"body": {"data": [], "delta": "d2"}})
    steps, _, sender = walk(keys, *answers, window=Window(lower="d1"))
    assert sender.asked[0].query == {"delta": "d1"}
    assert [step.watermark for step in steps] == [None, Watermark(value="d2", type="token")]


def paged_by_cursor(*, closed: bool, size: int, records: list[dict[str, Any]]) -> Any:
    """A source that gives ``size`` records from (or after) the cursor that it is sent."""

    def answers(prepared: Prepared) -> Said:
        since = prepared.query.get("cursor", "")
        left = [each for each in records if each["at"] >= since if closed or each["at"] > since]
        shown = left[:size]
        return page(*shown, following=shown[-1]["at"] if len(left) > size else None)

    keys = PLAIN + "incremental: {cursor: at}\n"
    connector = connector_of(keys)
    return walked(Scripted(connector, answers), connector.stream("things"), window=Window())


@pytest.mark.parametrize("closed", [True, False])
def test_records_that_share_a_cursor_across_a_page_are_a_loud_error(closed: bool) -> None:  # noqa: FBT001
    """Whether the source's lower end is included or not: three of one time do not fit a page of two."""
    records = [at(1), *({"id": number, "at": "2026-01-02T00:00:00Z"} for number in range(3)), at(3)]
    _, error = paged_by_cursor(closed=closed, size=2, records=records)
    assert error is not None
    assert error.code in {"cursor-plateau", "token-repeated"}


def test_a_tie_at_the_end_of_a_page_is_an_error_where_the_source_passes_over_it() -> None:
    """Nobody knows then whether more of that time lay behind the page's end."""
    records = [at(1), at(2), at(2), at(3), at(4)]
    _, error = paged_by_cursor(closed=False, size=3, records=records)
    assert error is not None
    assert error.code == "cursor-plateau"
    _, error = paged_by_cursor(closed=True, size=4, records=records)
    assert error is None


def test_paging_by_a_number_that_tells_records_apart_is_fine() -> None:
    """An id as cursor has no ties."""
    keys = PLAIN + "incremental: {cursor: n, type: integer}\n"
    pages = (page({"id": 1, "n": 1}, {"id": 2, "n": 2}, following=2), page({"id": 3, "n": 3}))
    _, error, _ = walk(keys, *pages, window=Window())
    assert error is None
    pages = (
        page({"id": 1, "n": 1}, {"id": 2, "n": 2}, {"id": 3, "n": 2}, following=2),
        page({"id": 4, "n": 3}),
    )
    _, error, _ = walk(keys, *pages, window=Window())
    assert error is not None
    assert error.code == "cursor-plateau"


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


def test_without_a_date_header_the_given_time_is_t0() -> None:
    """The database's clock, less the declared skew."""
    connector = connector_of(CHANGED)
    sender = Scripted(connector, iter([page(at(2))]), first_date=None)
    steps, _ = walked(sender, connector.stream("things"), window=Window())
    assert steps[0].watermark == Watermark(value="1970-01-01T00:00:00.000000+00:00", type="timestamp")


def test_a_resumed_window_keeps_the_t0_of_its_beginning() -> None:
    """What changed since then on pages that were passed is the next window's."""
    window = Window(lower=day(1), upper=day(20))
    steps, _, _ = walk(CHANGED, page(at(2)), window=window)
    assert steps[0].watermark == Watermark(value="2026-01-20T00:00:00.000000+00:00", type="timestamp")
