"""What may an expression about a request or its answer read? The scope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.fetch.exchange import Answer
from engine.fetch.secrets import Secret

NAMES = (
    "config",
    "secret",
    "window",
    "partition",
    "page",
    "token",
    "job",
    "run",
    "status",
    "headers",
    "links",
    "body",
)
"""Everything that the scope can hold; what is not there yet is null."""

PAGE = ("number", "offset", "token", "size")
WINDOW = ("start", "end")
RUN = ("started",)


def scope_of(
    *,
    config: Mapping[str, Any],
    run: Mapping[str, Any] | None = None,
    window: Mapping[str, Any] | None = None,
    partition: Mapping[str, Any] | None = None,
    page: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The scope of a request before it is sent, without secrets: those the client adds itself."""
    return {
        "config": dict(config),
        "window": None if window is None else dict(window),
        "partition": None if partition is None else dict(partition),
        "page": None if page is None else dict(page),
        "run": None if run is None else dict(run),
    }


def answered(scope: Mapping[str, Any], answer: Answer, document: Any) -> dict[str, Any]:
    """The scope once there is an answer; never with secrets."""
    return {
        **{name: value for name, value in scope.items() if name != "secret"},
        "status": answer.status,
        "headers": dict(answer.headers),
        "links": {rel: dict(link) for rel, link in answer.links.items()},
        "body": document,
    }


def sending(scope: Mapping[str, Any], secrets: Mapping[str, Secret], token: Any = None) -> dict[str, Any]:
    """The scope of what is sent: the only one that holds secrets. Never kept, never logged."""
    return {
        **scope,
        "secret": {name: secret.reveal() for name, secret in secrets.items()},
        "token": token,
    }
