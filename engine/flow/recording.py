"""
What is kept of a walk, to be walked again offline? The files of one recording.

    specs/<connector>.recorded/<stream>[.<name>]/
        walk.json       how it was asked: config, partition, window, time
        001.json …      one answer each: the request that it is of, status, headers, body
        expected.json   what the walk and every mapping made of it
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.errors import SettingsError
from engine.expression import EvaluationError
from engine.expression.json_text import read_json, write_json

FOLDER: Final = ".recorded"
"""Ends the name of the folder beside a connector."""
WALK, EXPECTED = "walk.json", "expected.json"
_WIDE: Final = 100
"""Characters of a value that stands in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One answer, as it is kept."""

    request: Mapping[str, Any]
    """``{method, url, body}`` without credentials."""
    status: int
    headers: Mapping[str, str]
    body: Any
    """Decoded; None where it was no JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A walk, as it is kept."""

    connector: str
    stream: str
    walk: Mapping[str, Any]
    """``{config, partition, window, run}``."""
    taken: Sequence[Taken]
    expected: Mapping[str, Any] | None = None
    """What came of it when it was accepted last."""


def place(root: Path, connector: str, stream: str, name: str | None = None) -> Path:
    """The folder of a recording."""
    return root / "specs" / f"{connector}{FOLDER}" / (stream if name is None else f"{stream}.{name}")


def found(root: Path) -> Iterator[Path]:
    """The folders of all recordings of a project, or of the catalogue."""
    for each in sorted((root / "specs").glob(f"*{FOLDER}/*/{WALK}")):
        yield each.parent


def files(recording: Recording) -> dict[str, str]:
    """The files of a recording, by name."""
    head = {"connector": recording.connector, "stream": recording.stream, **recording.walk}
    made = {WALK: written(head)}
    for number, each in enumerate(recording.taken, start=1):
        document = {
            "request": dict(each.request),
            "status": each.status,
            "headers": dict(each.headers),
            "body": each.body,
        }
        made[f"{number:03d}.json"] = written(document)
    if recording.expected is not None:
        made[EXPECTED] = written(recording.expected)
    return made


def write(folder: Path, recording: Recording) -> list[Path]:
    """Write a recording in the place of the one that is there; the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    made = files(recording)
    for each in folder.glob("*.json"):
        if each.name not in made and (re.fullmatch(r"\d{3,}\.json", each.name) or each.name == EXPECTED):
            each.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in made]


def read(folder: Path) -> Recording:
    """Read a recording; raises ``SettingsError`` for a file that is none."""
    head = _document(folder / WALK)
    numbered = sorted(each for each in folder.glob("*.json") if re.fullmatch(r"\d{3,}", each.stem))
    expected = folder / EXPECTED
    try:
        return Recording(
            connector=head.pop("connector"),
            stream=head.pop("stream"),
            walk={
                "config": head["config"],
                "partition": head["partition"],
                "window": head["window"],
                "run": head["run"],
            },
            taken=[Taken(**_document(each)) for each in numbered],
            expected=_document(expected) if expected.is_file() else None,
        )
    except (KeyError, TypeError) as error:
        raise SettingsError(f"{folder} is no recording ({error}): record the stream again") from None


def _document(path: Path) -> dict[str, Any]:
    try:
        made = read_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, EvaluationError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from None
    if not isinstance(made, dict):
        raise SettingsError(f"{path} is no JSON object")
    return made


def written(document: Any) -> str:
    """JSON for people: short values in one line, numbers with their digits, keys as they come."""
    return _lines(document, "") + "\n"


def _lines(value: Any, indent: str) -> str:
    flat = _flat(value)
    if len(flat) + len(indent) <= _WIDE or not isinstance(value, dict | list) or not value:
        return flat
    below = indent + "  "
    if isinstance(value, dict):
        inner = [
            f"{below}{json.dumps(key, ensure_ascii=False)}: {_lines(each, below)}"
            for key, each in value.items()
        ]
        return "{\n" + ",\n".join(inner) + f"\n{indent}}}"
    return "[\n" + ",\n".join(below + _lines(each, below) for each in value) + f"\n{indent}]"


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(
                f"{json.dumps(key, ensure_ascii=False)}: {_flat(each)}" for key, each in value.items()
            )
            + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flat, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else write_json(value)
