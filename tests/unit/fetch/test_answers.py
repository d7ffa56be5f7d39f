"""What is to be done about an answer."""

from __future__ import annotations

from typing import Any

import pytest

from engine.fetch.answers import LONGEST, judge
from engine.fetch.exchange import Judgement
from tests.unit.fetch.streams import connector_of

THINGS = "path: /things\nrecords: data\nkey: id\n"


def judged(errors: str, *, status: int = 200, renews: bool = False, **scope: Any) -> Judgement:
    stream = connector_of(THINGS + errors).stream("things")
    return judge(stream.errors, {"status": status, **scope}, retried=(429, 503), renews=renews)


@pytest.mark.parametrize(
    ("status", "renews", "then"),
    [
        (200, False, "read"),
        (204, False, "read"),
        (301, False, "fail"),
        (304, False, "fail"),
        (401, True, "reauthenticate"),
        (401, False, "fail"),
        (403, True, "fail"),
        (404, False, "fail"),
        (429, False, "retry"),
        (500, False, "fail"),
        (503, False, "retry"),
    ],
)
def test_without_a_rule_the_status_decides(status: int, renews: bool, then: str) -> None:  # noqa: FBT001
    """2xx is read, the retried are tried again, 401 asks for a new token where there is one."""
    assert judged("", status=status, renews=renews).then == then


def test_the_first_rule_that_matches_wins() -> None:
    """Over later rules, and over the status."""
    errors = "errors: [{when: body.a, then: skip}, {when: status == `200`, then: end}]\n"
    assert judged(errors, body={"a": True}).then == "skip"
    assert judged(errors, body={"a": False}).then == "end"
    assert judged(errors, status=503, body=None).then == "retry"


def test_a_rule_goes_before_the_retried_statuses() -> None:
    """A source may mean something else by 503."""
    assert judged("errors: [{when: status == `503`, then: skip}]\n", status=503).then == "skip"


def test_the_streams_rules_go_before_the_connectors() -> None:
    """What is said closer to the records wins."""
    connector = connector_of(THINGS + "errors: [{when: status == `404`, then: skip}]\n")
    others = connector_of(THINGS + "errors: [{when: status == `404`, then: fail}]\n").stream("things").errors
    rules = connector.stream("things").errors + others
    assert judge(rules, {"status": 404}, retried=(), renews=False).then == "skip"


@pytest.mark.parametrize(
    ("after", "seconds"),
    [(5, 5.0), ("2.5", 2.5), (-1, 0.0), (10**9, float(LONGEST)), ("soon", None), (None, None), (True, None)],
)
def test_a_rule_may_say_when_to_try_again(after: Any, seconds: float | None) -> None:
    """Within a day; what cannot be waited for says nothing."""
    found = judged(
        "errors: [{when: body.e, then: retry, after: body.after}]\n", body={"e": 1, "after": after}
    )
    assert (found.then, found.after) == ("retry", seconds)


def test_a_rule_that_cannot_be_evaluated_fails_loudly() -> None:
    """An error that nobody sees would let the walk go on."""
    found = judged("errors: [{when: status > body.limit, then: skip}]\n", body={"limit": "x"})
    assert (found.then, found.code) == ("fail", "expression-error")


def test_a_message_that_cannot_be_rendered_is_shown_as_written() -> None:
    """The failure is what counts."""
    found = judged('errors: [{when: body, then: fail, message: "no: ${body.why}"}]\n', body={"x": 1})
    assert (found.then, found.message) == ("fail", "no: ${body.why}")


def test_accept_is_read() -> None:
    """As if it were 200."""
    assert judged("errors: [{when: status == `409`, then: accept}]\n", status=409) == Judgement(then="read")
