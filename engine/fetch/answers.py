"""What is to be done about an answer? The ``errors`` of its stream, else its status."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from engine.errors import AuthenticationError, FetchError, PermanentFetchError, TransientFetchError
from engine.expression import EvaluationError, text_of
from engine.expression.values import truth
from engine.fetch.exchange import Judged, Judgement
from engine.fetch.http import ErrorRule
from engine.records.received import Fault

CODES: Final[Mapping[str, str]] = {
    "errors-fail": "An error rule of the stream or its connector says that this answer is a failure.",
    "errors-restart": "A window was started again as often as allowed, and its walk still breaks off.",
    "errors-retry": "An error rule asks for another try, and tries or budget are used up.",
}

LONGEST = 86_400
"""No rule makes anybody wait for longer than a day, in seconds."""


def judge(
    rules: tuple[ErrorRule, ...], scope: Mapping[str, Any], *, retried: tuple[int, ...], renews: bool
) -> Judgement:
    """
    The first rule that matches decides, else the status.

    ``rules``: the stream's, then the connector's. ``scope`` holds the answer. ``retried``: statuses
    that are worth another try. ``renews``: the auth has a token that a 401 may have ended.
    """
    status = scope["status"]
    for rule in rules:
        try:
            if truth(rule.when.search(scope)):
                return _ruled(rule, scope)
        except EvaluationError as error:
            return Judgement(then="fail", code="expression-error", message=f"errors, {rule.when}: {error}")
    if status in retried:
        return Judgement(then="retry")
    if 200 <= status < 300:
        return Judgement(then="read")
    if status == 401 and renews:
        return Judgement(then="reauthenticate", message="the source answered 401")
    return Judgement(then="fail", message=f"the source answered {status}")


def error_of(judged: Judged) -> FetchError:
    """What an answer that nobody may read, or go on from, does to its run."""
    judgement, answer = judged.judgement, judged.answer
    if not answer.intact:
        code = answer.fault or "response-truncated"
        kind = PermanentFetchError if code == "response-too-large" else TransientFetchError
        return kind(f"the answer is not whole: {code}", code=code)
    message = judgement.message or f"the source answered {answer.status}"
    if judgement.then == "retry":
        return TransientFetchError(message, code=judgement.code, after=judgement.after)
    if judgement.then == "reauthenticate":
        return AuthenticationError(message, code="authentication")
    return PermanentFetchError(message, code=judgement.code)


def refused(refusal: Fault) -> FetchError:
    """What a page without records that can be found does to its run: cut off, it may come whole later."""
    kind = TransientFetchError if refusal.code == "json-truncated" else PermanentFetchError
    return kind(f"no records can be found: {refusal.message}", code=refusal.code)


def _ruled(rule: ErrorRule, scope: Mapping[str, Any]) -> Judgement:
    code = f"errors-{rule.then}"
    if rule.then == "accept":
        return Judgement(then="read")
    if rule.then == "retry":
        return Judgement(then="retry", after=_seconds(rule, scope), code=code)
    message = f"errors: {rule.when.text} ({scope['status']})"
    if rule.message is not None:
        try:
            message = text_of(rule.message.render(scope))
        except EvaluationError:
            message = rule.message.text
    return Judgement(then=rule.then, message=message, code=code)


def _seconds(rule: ErrorRule, scope: Mapping[str, Any]) -> float | None:
    """What ``after`` says; None where it says nothing that can be waited for."""
    if rule.after is None:
        return None
    value = rule.after.search(scope)
    if isinstance(value, str):
        try:
            value = Decimal(value)
        except ArithmeticError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not Decimal(value).is_finite():
        return None
    return float(min(max(value, 0), LONGEST))
