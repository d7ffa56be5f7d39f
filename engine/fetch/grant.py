"""How is a token asked for, and what came of it?"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from engine.errors import AuthenticationError, TransientFetchError
from engine.fetch.auth import Token, TokenAuthenticator
from engine.fetch.exchange import Answer, Judged, Judgement
from engine.fetch.http import Retry
from engine.fetch.tries import Judge

LARGEST = 1_000_000
"""Bytes of a token answer."""
_ERROR = re.compile(r"[a-z_]{1,40}")


def judge_of(retry: Retry) -> Judge:
    """What is to be done about a token answer, by its status alone."""

    def judge(answer: Answer) -> Judgement:
        if answer.status in retry.statuses:
            return Judgement(then="retry")
        return Judgement(then="read" if 200 <= answer.status < 300 else "fail")

    return judge


def token_of(grant: TokenAuthenticator, judged: Judged) -> Token:
    """The token; raises ``AuthenticationError`` or ``TransientFetchError``, with nothing of the body
    but OAuth's own error code.
    """
    answer, judgement = judged.answer, judged.judgement
    if judgement.then == "retry":
        raise TransientFetchError(
            f"no token: {_place(answer)} answered {answer.status}",
            code="token-refused",
            after=judgement.after,
        )
    document = _decoded(answer.body) if answer.intact else None
    if judgement.then != "read":
        error = document.get("error") if isinstance(document, dict) else None
        named = f" ({error})" if isinstance(error, str) and _ERROR.fullmatch(error) else ""
        raise AuthenticationError(
            f"no token: {_place(answer)} answered {answer.status}{named}", code="token-refused"
        )
    return grant.keep(document)


def _place(answer: Answer) -> str:
    return answer.url.partition("?")[0]


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
