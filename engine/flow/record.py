"""The verb ``record``: some pages of a stream, masked, kept beside its connector to be played offline."""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from engine.errors import FetchError, SettingsError
from engine.fetch.scope import answered, scope_of
from engine.flow import recording as kept
from engine.flow.advice import advice
from engine.flow.asking import Asker, Sample
from engine.flow.mask import TIME, Mask
from engine.flow.masking import Masking, words_of
from engine.flow.outcome import Outcome, outcomes
from engine.flow.playback import Played, kept_window, play
from engine.flow.recording import Recording, Taken
from engine.flow.sources import Source
from engine.flow.workbench import Workbench
from engine.flow.workspace import state_folder
from engine.mapping.program import Program
from engine.records.received import StreamName
from engine.settings import Reference
from engine.spec.values import Name

TELLING: Final = 6
"""Characters of a personal text from which on its coming back is no chance."""
KEY_BYTES: Final = 32
"""Of the key of a project's masks: as many as its hash function is strong (SHAKE256, 256 bits)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a recording holds."""

    asked: Sample
    folder: Path | None
    """None where the source failed: nothing was written."""
    played: Played | None
    changed: Mapping[str, int]
    """By mapping: records of which it makes something else because they are masked."""
    advice: Sequence[str] = ()

    @property
    def error(self) -> FetchError | None:
        """Why nothing was recorded."""
        return self.asked.error


def record(
    bench: Workbench,
    target: str,
    *,
    partition: Mapping[str, Any] | None = None,
    window: tuple[str, str] | None = None,
    pages: int = 2,
    name: str | None = None,
) -> Recorded:
    """
    Fetch the first pages of ``source.stream``, mask them, and write them with what comes of them.

    A source's fault stands in the result. Raises ``SettingsError`` for what cannot be recorded.
    """
    source, stream = bench.stream(target)
    asked = Asker(source, now=dt.datetime.now(dt.UTC)).ask(
        stream.stream, partition=partition, window=window, pages=pages
    )
    if asked.error is not None:
        told = advice(bench.project, source, asked, asked.error)
        return Recorded(asked=asked, folder=None, played=None, changed={}, advice=told)
    programs = {feed.mapping: bench.programs[feed.mapping] for feed in bench.feeds(stream)}
    masking = _masking(bench, source, stream, programs)
    made = _recording(bench, source, asked, masking)
    played = play(source.connector, programs, made)
    if len(played.requests) < len(asked.pages):
        said = f"masked, the walk ends after {len(played.requests)} of {len(asked.pages)} pages"
        raise SettingsError(f"{said} ({played.error or 'nothing follows'}): nothing was written")
    requests = zip(made.taken, played.requests, strict=True)
    made = replace(
        made,
        taken=[replace(taken, request=request) for taken, request in requests],
        expected=played.expected(),
    )
    _refuse_leaks(source, asked, masking, made)
    folder = kept.place(bench.project.directory, made.connector, made.stream, name)
    kept.write(folder, made)
    live = {
        mapping: [each for page in asked.pages for each in outcomes(program, page.decoded)]
        for mapping, program in programs.items()
    }
    changed = {mapping: _changed(found, played.made[mapping]) for mapping, found in live.items()}
    return Recorded(asked=asked, folder=folder, played=played, changed=changed)


def mask_key(folder: Path) -> bytes:
    """
    The key of a project's masks, made when it is first needed; it is no part of any recording.

    Raises ``SettingsError`` where its file holds none.
    """
    path = folder / "mask.key"
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        return _new_mask_key(path)
    except (OSError, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        # cut off while it was written: under a key that anybody can guess nothing is masked
        raise SettingsError(
            f"{path} holds no key of masks: delete it, and record anew what was recorded with it"
        )
    return key


def _new_mask_key(path: Path) -> bytes:
    folder = path.parent
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    # Written apart and then linked: whoever comes second, at the same time, finds a whole key there.
    handle, written = tempfile.mkstemp(prefix=path.name, dir=folder)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_bytes(KEY_BYTES).hex())
        with suppress(FileExistsError):
            os.link(written, path)
    finally:
        Path(written).unlink()
    return mask_key(folder)


def _masking(
    bench: Workbench, source: Source, stream: StreamName, programs: Mapping[str, Program]
) -> Masking:
    project = bench.project
    said = source.stream(stream.stream)
    words = words_of(
        said,
        *(project.mapping(name) for name in programs),
        *(project.entity(each.entity) for each in programs.values()),
    )
    mask = Mask(mask_key(state_folder(project.settings)))
    return Masking(mask, said, [each.plan for each in programs.values()], words)


def _recording(bench: Workbench, source: Source, asked: Sample, masking: Masking) -> Recording:
    """The answers, masked; the requests are those that the masked walk asks."""
    taken = []
    for page in asked.pages:
        step = page.step
        document = step.reading.document
        if document is not None:
            scope = scope_of(
                config=source.client.config,
                window=asked.bounds,
                partition=asked.partition,
                page=step.page.scope(),
            )
            try:
                document = masking.document(page.decoded, answered(scope, step.answer, document))
            except LookupError as error:
                raise SettingsError(f"{asked.stream} cannot be recorded: {error.args[0]}") from None
        headers = masking.headers(step.answer.headers)
        taken.append(Taken(request={}, status=step.answer.status, headers=headers, body=document))
    windows = source.windows(asked.stream.stream)
    started = (source.client.first_date or dt.datetime.now(dt.UTC)).astimezone(dt.UTC)
    return Recording(
        connector=str(source.connector.connector),
        stream=asked.stream.stream,
        walk={
            "config": _config(bench, source, masking),
            "partition": masking.partition(asked.partition),
            "window": kept_window(windows, asked.window),
            "run": {"started": started.isoformat(timespec="seconds").replace("+00:00", "Z")},
        },
        taken=taken,
    )


def _config(bench: Workbench, source: Source, masking: Masking) -> dict[str, Any]:
    """As the project file says it; what the environment holds is masked, an address stands for none."""
    said = bench.project.settings.sources[source.name].config
    made: dict[str, Any] = {}
    for name, value in source.config.items():
        if not isinstance(said.get(name), Reference) or not isinstance(value, str):
            made[name] = value
        elif "://" in value:
            made[name] = "https://recorded.invalid"
        else:
            typed = source.connector.config[Name(name)].type
            made[name] = masking.text(value) if typed == "string" else value
    return made


def _refuse_leaks(source: Source, asked: Sample, masking: Masking, made: Recording) -> None:
    """The last look before anything is written: no secret, and no text of a personal field."""
    text = "".join(kept.files(made).values())
    if source.client.masker.text(text) != text:
        raise SettingsError("a secret of the source would stand in the recording: nothing was written")
    there = {each for page in asked.pages for each in masking.personal(page.decoded)}
    # A day of birth may be the day that somebody else was hired on.
    telling = (each for each in there if len(each) >= TELLING and not TIME.fullmatch(each))
    if any(json.dumps(each, ensure_ascii=False) in text for each in telling):
        raise SettingsError(
            "a personal value also stands where it is needed as it is, and would be in the recording: "
            "nothing was written"
        )


def _changed(live: Sequence[Outcome], masked: Sequence[Outcome]) -> int:
    return sum(_shape(one) != _shape(other) for one, other in zip(live, masked, strict=True))


def _shape(outcome: Outcome) -> tuple[Any, ...]:
    """What masking must not change: whether it is made, of what, and why not."""
    return outcome.kind, Counter(_codes(outcome)), [sorted(_named(each.values)) for each in outcome.made]


def _codes(outcome: Outcome) -> Iterator[tuple[str | None, str]]:
    for _, faults in outcome.refused:
        yield from ((fault.field, fault.code) for fault in faults)


def _named(values: Mapping[str, str | None]) -> Iterator[str]:
    return (name for name, text in values.items() if text is not None)
