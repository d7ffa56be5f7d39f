"""Which windows a run reads, and how their ends are written."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.errors import PermanentFetchError
from engine.fetch.incremental import Window, Windows
from engine.fetch.times import DAY, SECOND, Scale, micros, moment_of
from engine.records.received import Watermark
from tests.unit.fetch.streams import stream_of

NOW = micros(dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC))


def at(number: int, hour: int = 0) -> int:
    return micros(dt.datetime(2026, 1, number, hour, tzinfo=dt.UTC))


def windows(incremental: str) -> Windows:
    stream = stream_of(f"path: /things\nrecords: data\nkey: id\nincremental: {{cursor: at, {incremental}}}\n")
    assert stream.incremental is not None
    return Windows(stream.incremental)


def mark(value: str, type_: Any = "timestamp") -> Watermark:
    return Watermark(value=value, type=type_)


def all_of(found: Windows, watermark: Watermark | None = None, *, now: int = NOW) -> list[Window]:
    window: Window | None = found.plan(watermark, {"config": {"start": "2026-01-05"}}, now=now).window
    made = []
    while window is not None:
        made.append(window)
        window = found.following(window, now=now)
    return made


def test_a_long_range_is_cut_and_the_last_window_is_open() -> None:
    """They join without a gap, up to where T0 lies."""
    found = all_of(windows("start: 2026-01-01T00:00:00Z, window: 10d"))
    assert [(each.lower, each.upper, each.open) for each in found] == [
        (at(1), at(11), False),
        (at(11), at(21), False),
        (at(21), at(31), False),
        (at(31), None, True),
    ]


def test_a_window_ends_where_the_request_can_say_so() -> None:
    """An end that is written as a date is one: nothing falls between what is asked and what is noted."""
    found = all_of(
        windows("start: 2026-01-01T05:00:00Z, window: 8h, until: {into: query.before, format: '%Y-%m-%d'}"),
        now=at(3, 12),
    )
    assert [(each.lower, each.upper) for each in found] == [
        (at(1, 5), at(2)),
        (at(2), at(3)),
        (at(3), None),
    ]


def test_the_lower_end_is_the_watermark_less_the_lookback() -> None:
    """What was committed late, with a time before the watermark, is read again."""
    found = all_of(windows("lookback: 10m"), mark("2026-01-30T00:10:00.000000+00:00"))
    assert found == [Window(lower=at(30))]


def test_a_full_run_begins_at_the_start_whatever_the_watermark() -> None:
    """And says that it is one."""
    plan = windows("start: 2026-01-02T00:00:00Z").plan(
        mark("2026-01-30T00:00:00.000000+00:00"), {}, now=NOW, full=True
    )
    assert (plan.window.lower, plan.full) == (at(2), True)


@pytest.mark.parametrize(
    ("start", "lower"),
    [
        ("start: 2026-01-02T03:00:00+01:00", at(2, 2)),
        ("start: 2026-01-02", at(2)),
        ('start: "${config.start}"', at(5)),
        ("start: -30d", at(1, 12)),
        ("zone: Europe/Berlin, start: 2026-01-02T00:00:00", at(1, 23)),
        ("type: date, start: 2026-01-02", at(2)),
        ("type: integer, start: 17", 17),
        ("type: string, start: abc", "abc"),
        ("lookback: 1m", None),
    ],
)
def test_where_a_stream_starts(start: str, lower: Any) -> None:
    """A time, a config value, or back from the run."""
    assert all_of(windows(start))[0].lower == lower


def test_a_start_that_is_no_time_is_an_error() -> None:
    """Nothing is guessed."""
    with pytest.raises(PermanentFetchError, match="soon"):
        all_of(windows("start: soon"))


@pytest.mark.parametrize(
    ("incremental", "ends", "window"),
    [
        ("window: 1d", ("2026-01-02", "2026-01-09"), Window(lower=at(2), upper=at(9), open=False)),
        ("start: 2026-01-01", ("-2d", ""), Window(lower=at(29, 12))),
        ("start: 2026-01-01", ("", "-1d"), Window(upper=at(30, 12), open=False)),
        ("type: integer", ("17", "20"), Window(lower=17, upper=20, open=False)),
        ("type: string", ("a", "b"), Window(lower="a", upper="b", open=False)),
    ],
)
def test_a_window_that_is_asked_for_by_hand(incremental: str, ends: tuple[str, str], window: Window) -> None:
    """It is neither cut nor moved."""
    assert windows(incremental).between(*ends, now=NOW) == window


@pytest.mark.parametrize("ends", [("soon", ""), ("", "later"), ("2026-01-02", "2026-01-01")])
def test_a_window_that_cannot_be_is_an_error(ends: tuple[str, str]) -> None:
    with pytest.raises(PermanentFetchError, match="window"):
        windows("start: 2026-01-01").between(*ends, now=NOW)


def test_a_source_that_forgets_is_read_whole_and_that_is_said() -> None:
    """A watermark older than the retention leaves a gap that nothing else would close."""
    found = windows("start: 2025-12-01T00:00:00Z, retention: 20d")
    plan = found.plan(mark("2026-01-05T00:00:00.000000+00:00"), {}, now=NOW)
    assert (plan.full, plan.notes) == (True, ("retention",))
    plan = found.plan(mark("2026-01-20T00:00:00.000000+00:00"), {}, now=NOW)
    assert (plan.full, plan.notes) == (False, ())


def test_the_ends_are_written_as_the_stream_writes_its_cursor() -> None:
    """Each end may have a format of its own; an open end is left out."""
    found = windows(
        "format: epoch_ms, from: {into: query.since}, until: {into: query.before, format: '%Y-%m-%d'}"
    )
    window = Window(lower=at(2), upper=at(3), open=False)
    assert [(place.name, value) for place, value in found.places(window)] == [
        ("since", at(2) // 1000),
        ("before", "2026-01-03"),
    ]
    assert found.scope(window) == {"start": at(2) // 1000, "end": at(3) // 1000}
    assert len(found.places(Window(lower=at(2)))) == 1


def test_t0_is_cut_to_what_the_format_can_say() -> None:
    """Else what lies between would be below the watermark and above the request."""
    odd = NOW + 1_234_567
    assert windows("format: epoch").dated(Window(), odd).upper == NOW + SECOND
    assert windows("format: epoch_ms").dated(Window(), odd).upper == NOW + 1_234_000
    assert windows("lookback: 1m").dated(Window(), odd).upper == odd
    assert windows("format: '%Y-%m-%d', zone: Europe/Berlin").dated(Window(), odd).upper == at(30, 23)


def test_a_watermark_by_date_waits_until_the_day_is_over_everywhere() -> None:
    """Somebody to the west still writes yesterday's date, unless the zone is known."""
    early = at(31, 3)
    assert windows("type: date").dated(Window(), early).upper == at(30)
    assert windows("type: date, zone: Europe/Berlin").dated(Window(), early).upper == at(31)


def test_t0_never_lies_before_the_lower_end() -> None:
    """A server's clock that steps back moves no watermark back."""
    assert windows("lookback: 1m").dated(Window(lower=at(31)), at(30)).upper == at(31)


def test_t0_is_taken_once() -> None:
    """A window that was resumed keeps the one of its first exchange."""
    assert windows("lookback: 1m").dated(Window(upper=at(3)), NOW).upper == at(3)


def test_a_window_that_ends_after_t0_is_the_last_and_earns_no_more_than_t0() -> None:
    """It was planned by our clock, before the server said its own time: the rest is yet to come."""
    found = windows("lookback: 1m")
    window = found.dated(Window(lower=at(2), upper=at(9), open=False), at(5))
    assert window == Window(lower=at(2), upper=at(5), open=True)
    assert found.following(window, now=at(5)) is None
    assert found.following(Window(lower=at(2), upper=at(9), open=False), now=at(5)) is None
    kept = Window(lower=at(2), upper=at(4), open=False)
    assert found.dated(kept, at(5)) == kept


def test_split_halves_a_window_until_it_cannot() -> None:
    """Each half is read like a window of its own; the last stays open."""
    found = windows("lookback: 1m")
    first, second = found.halves(Window(lower=at(1)), now=at(3))
    assert first == Window(lower=at(1), upper=at(2), open=False)
    assert second == Window(lower=at(2))
    with pytest.raises(PermanentFetchError):
        found.halves(Window(lower=at(1), upper=at(1) + 1, open=False), now=NOW)
    with pytest.raises(PermanentFetchError):
        found.halves(Window(), now=NOW)
    with pytest.raises(PermanentFetchError):
        windows("type: date").halves(Window(lower=at(1), upper=at(2), open=False), now=NOW)


def test_watermarks_survive_being_kept() -> None:
    """What is canonical text in the database is the same point afterwards."""
    for incremental, point in (("lookback: 1m", at(3) + 7), ("type: date", at(3)), ("type: integer", -5)):
        found = windows(incremental)
        text = found.canonical(point)
        assert found.restore(text, text, open_=False) == Window(lower=point, upper=point, open=False)


@pytest.mark.parametrize(("end", "text"), [("lower", "2025-10-26 01:30"), ("upper", "2025-10-26 03:30")])
def test_an_hour_that_comes_twice_is_written_out_of_doubt(end: Any, text: str) -> None:
    """02:30 on the night when summer time ends names two moments: the request takes in both."""
    scale = Scale(format="%Y-%m-%d %H:%M", zone=ZoneInfo("Europe/Berlin"))
    for hour in (0, 1):
        moment = micros(dt.datetime(2025, 10, 26, hour, 30, tzinfo=dt.UTC))
        written = scale.read(scale.write(moment, end=end))
        assert written is not None
        assert written <= moment if end == "lower" else written >= moment
    first = micros(dt.datetime(2025, 10, 26, 0 if end == "lower" else 1, 30, tzinfo=dt.UTC))
    assert scale.write(first, end=end) == text


@pytest.mark.parametrize(
    ("format_", "text"),
    [
        ("rfc3339", "2026-01-02T03:04:05.678900Z"),
        ("%Y-%m-%dT%H:%M:%S.%3f%:z", "2026-01-02T04:04:05.678+01:00"),
        ("%d/%m/%Y", "02/01/2026"),
        ("date", "2026-01-02"),
        ("dotnet", "/Date(1767323045678)/"),
    ],
)
def test_formats(format_: str, text: str) -> None:
    """In the zone of the stream, save for those that name theirs."""
    moment = micros(dt.datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=dt.UTC))
    assert Scale(format=format_, zone=ZoneInfo("Europe/Berlin")).write(moment, end="lower") == text
    assert moment % DAY


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ([2026, 1, 2], "2026-01-02T00:00:00+00:00"),
        ([2026, 1, 2, 3, 4, 5, 678900000], "2026-01-02T03:04:05.678900+00:00"),
        ({"year": 2026, "month": 1, "day": 2, "hour": 3, "nanos": 1999}, "2026-01-02T03:00:00.000001+00:00"),
        ("2026-01-02", None),
        ([2026, 13, 2], None),
        ({"year": 2026}, None),
        (None, None),
    ],
)
def test_parts_are_read_and_written_as_text(written: Any, read: str | None) -> None:
    """A window that a template asks for is text, whatever the records hold."""
    scale = Scale(format="parts")
    value = scale.read(written)
    assert (None if value is None else moment_of(value).isoformat()) == read
    if value is not None:
        assert scale.floor(value) == value
        assert scale.write(value, end="lower") == Scale().write(value, end="lower")


@pytest.mark.parametrize(
    ("format_", "code"),
    [("'%Q'", "wrong-time-format"), ("'%H:%M'", "wrong-time-format"), ("iso_duration", "wrong-time-format")],
)
def test_a_format_that_cannot_be_read_is_a_problem_of_its_file(format_: str, code: str) -> None:
    """Not a stream in which every version is unreadable."""
    with pytest.raises(AssertionError, match=code):
        windows(f"format: {format_}")
