"""What is kept of an answer? The response that it becomes, with only the headers that may be kept."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any, Final

from engine.fetch.step import Step
from engine.records.received import Response, StreamName

KEPT_HEADERS: Final = frozenset(
    (
        *("cache-control", "content-encoding", "content-language", "content-length", "content-type"),
        *("date", "etag", "last-modified", "link", "location", "retry-after", "server"),
        *("x-ratelimit-remaining", "x-request-id", "x-total-count"),
    )
)
"""What is kept of an answer's headers; cookies and tokens never are."""


def response_of(
    step: Step, stream: StreamName, partition: Mapping[str, Any], *, now: dt.datetime
) -> Response:
    """The response of a step, not stored yet; ``now`` dates it where the server does not."""
    answer = step.answer
    return Response(
        id=0,
        stream=stream,
        partition=partition,
        position=step.position,
        request=answer.request,
        status=answer.status,
        headers={name: text for name, text in answer.headers.items() if name in KEPT_HEADERS},
        fetched_at=answer.date or now,
        body=answer.body,
        sha256=step.reading.skimmed or hashlib.sha256(answer.body).digest(),
        wire_length=answer.wire_length,
        coding=answer.coding,
        altered=answer.altered,
        verdict=step.reading.verdict,
        records=len(step.reading.records),
    )
