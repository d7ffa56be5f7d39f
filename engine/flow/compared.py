"""Where is what comes of a recorded walk not as it was accepted? Request by request, field by field."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from engine.fetch.decode.verdict import encode
from engine.flow.playback import Played
from engine.flow.recording import Recording

_THEN: Final = {
    "more": "more follows",
    "done": "the walk ends",
    "skipped": "it is passed over",
    "failed": "it fails",
}


def differences(recording: Recording, played: Played) -> list[str]:
    """Everything that is not as it was accepted: requests, pages, records, values."""
    return [*_asked(recording, played), *_compared(recording.expected or {}, played.expected())]


def _asked(recording: Recording, played: Played) -> Iterator[str]:
    for number, (taken, request) in enumerate(zip(recording.taken, played.requests, strict=False), start=1):
        for what, was, now in (
            ("method", taken.request["method"], request["method"]),
            ("URL", _target(taken.request["url"]), _target(request["url"])),
            ("body", _plain(taken.request.get("body")), _plain(request.get("body"))),
        ):
            if was != now:
                yield f"request {number}: {what} was {was}, is {now}"
    if len(played.requests) < len(recording.taken):
        said = f"{len(played.requests)} of {len(recording.taken)} answers"
        yield f"the walk ends after {said}"


def _then(page: Mapping[str, Any]) -> str:
    return _THEN.get(page["then"], str(page["then"]))


def _target(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _plain(value: Any) -> Any:
    return None if value is None else encode(value).decode()


def _compared(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for number, (old, new) in enumerate(itertools.zip_longest(was.get("pages", ()), now["pages"]), start=1):
        if old is None or new is None:
            yield f"page {number}: {'is new' if old is None else 'does not come'}"
            continue
        if old["records"] != new["records"]:
            yield f"page {number}: expected {old['records']} records, got {new['records']}"
        if old["then"] != new["then"]:
            yield f"page {number}: expected that {_then(old)}, but {_then(new)}"
    if was.get("error") != now["error"]:
        yield f"the walk: expected {was.get('error') or 'no fault'}, got {now['error'] or 'none'}"
    before, after = was.get("mappings", {}), now["mappings"]
    for name in sorted({*before, *after}):
        if name not in before or name not in after:
            yield f"{name}: {'is new: --update takes it in' if name not in before else 'is gone'}"
            continue
        for key in dict.fromkeys([*before[name], *after[name]]):
            yield from _record(f"{name} {key}", before[name].get(key), after[name].get(key))


def _record(where: str, was: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> Iterator[str]:
    if was is None or now is None:
        yield f"{where}: {'is new' if was is None else 'does not come'}"
        return
    if was.keys() != now.keys() or "refused" in now:
        if was != now:
            yield f"{where}: expected {_outcome(was)}, but it is {_outcome(now)}"
        return
    if "made_each" in now:
        for key in dict.fromkeys([*was["made_each"], *now["made_each"]]):
            yield from _values(f"{where} {key}", was["made_each"].get(key), now["made_each"].get(key))
    elif "made" in now:
        yield from _values(where, was["made"], now["made"])


def _values(where: str, was: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> Iterator[str]:
    if was is None or now is None:
        yield f"{where}: {'is new' if was is None else 'is not made any more'}"
        return
    for name in dict.fromkeys([*was, *now]):
        if was.get(name) != now.get(name):
            yield f"{where} {name}: expected {was.get(name, 'null')}, got {now.get(name, 'null')}"


def _outcome(said: Mapping[str, Any]) -> str:
    if "refused" in said:
        return (
            "refused ("
            + ", ".join(f"{each['field'] or 'record'} {each['code']}" for each in said["refused"])
            + ")"
        )
    return "made" if "made" in said or "made_each" in said else next(iter(said), "nothing")
