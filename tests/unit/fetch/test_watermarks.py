"""How far a walk says that its stream is complete."""

from __future__ import annotations

from typing import Any

import pytest

from engine.fetch.exchange import Prepared
from engine.fetch.incremental import Window
from engine.records.received import Watermark
from tests.unit.fetch.script import Scripted, walked
from tests.unit.fetch.streams import connector_of
from tests.unit.fetch.things import CHANGED, PLAIN, Said, at, day, page, walk


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
