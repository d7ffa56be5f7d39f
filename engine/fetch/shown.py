"""What may people see of a request? Everything but its secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from engine.fetch.exchange import Prepared
from engine.fetch.place import Place
from engine.fetch.placing import put
from engine.fetch.secrets import MASK, Masker
from engine.fetch.writing import url_of

_ALWAYS = frozenset({"authorization", "proxy-authorization", "cookie"})


def shown(
    prepared: Prepared,
    headers: Mapping[str, str],
    *,
    hidden: frozenset[str],
    masker: Masker,
) -> dict[str, Any]:
    """``{method, url, headers, body}``: ``hidden`` places are masked whatever stands there."""
    covered = prepared
    for name in hidden:
        place = Place.parse(name)
        if place.part in {"query", "body"}:
            covered = put(covered, place, MASK)
    concealed = _ALWAYS | {name.partition(".")[2].lower() for name in hidden if name.startswith("header.")}
    content = covered.content
    return {
        "method": prepared.method,
        "url": masker.text(url_of(covered).replace(quote(MASK, safe=""), MASK)),
        "headers": {
            name: MASK if name.lower() in concealed else masker.text(value) for name, value in headers.items()
        },
        "body": None if content is None else masker.tree(_plain(content.value)),
    }


def _plain(value: Any) -> Any:
    """As JSON can hold it: exact decimals stay exact as text."""
    return json.loads(json.dumps(value, default=str))
