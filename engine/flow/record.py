"""The verb ``record``: some pages of a stream, masked, kept beside its connector to be played offline."""

from __future__ import annotations

import datetime as dt
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
from engine.fetch.install import configured
from engine.fetch.request import base_of
from engine.fetch.scope import answered, scope_of, sending
from engine.fetch.secrets import Secret
from engine.flow import recording as kept
from engine.flow.advice import advice
from engine.flow.asking import Asker, Sample
from engine.flow.leaks import refuse_leaks
from engine.flow.links import Links
from engine.flow.mask import Mask
from engine.flow.masking import Masking
from engine.flow.outcome import Outcome, outcomes
from engine.flow.playback import Played, kept_window, play
from engine.flow.recording import Recording, Taken
from engine.flow.said import names_of, segments_of, words_of
from engine.flow.sources import Source
from engine.flow.stand_ins import StandIns
from engine.flow.workbench import Workbench
from engine.flow.workspace import state_folder
from engine.mapping.program import Program
from engine.records.received import StreamName
from engine.settings import Reference
from engine.spec.values import Name

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
    stand_ins = _stand_ins(bench, source, stream, programs)
    config = _config(bench, source, stand_ins)
    links = _links(bench, source, asked, stand_ins, config)
    plans = [each.plan for each in programs.values()]
    masking = Masking(stand_ins, links, source.stream(stream.stream), plans)
    made = _recording(source, asked, masking, config)
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
    there = {each for page in asked.pages for each in masking.personal(page.decoded)}
    refuse_leaks(source.client.masker, there, made)
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


def _stand_ins(
    bench: Workbench, source: Source, stream: StreamName, programs: Mapping[str, Program]
) -> StandIns:
    """By the files of the project: keys that any of them names stand in all recordings alike."""
    project = bench.project
    words = words_of(
        source.stream(stream.stream),
        *(project.mapping(name) for name in programs),
        *(project.entity(each.entity) for each in programs.values()),
        tables=project.tables,
    )
    names = names_of(
        *(each.need() for each in project.connectors.values()),
        *(each.need() for each in project.mappings.values()),
    )
    return StandIns(Mask(mask_key(state_folder(project.settings))), words, names)


def _links(
    bench: Workbench, source: Source, asked: Sample, stand_ins: StandIns, config: Mapping[str, Any]
) -> Links:
    said = bench.project.settings.sources[source.name].config
    shown = {name: value for name, value in config.items() if not isinstance(said.get(name), Reference)}
    known = configured(source.connector, config, source=source.name)
    none = {str(name): Secret(f"<{name}>") for name in source.connector.secrets}
    http, path = source.connector.http, source.stream(asked.stream.stream).path
    return Links(
        stand_ins,
        segments_of(http.base_url, shown) | segments_of(path, shown),
        live=asked.pages[0].step.answer.url if asked.pages else "",
        recorded=base_of(http, sending({"config": known}, none)),
    )


def _recording(source: Source, asked: Sample, masking: Masking, config: Mapping[str, Any]) -> Recording:
    """The answers, masked; the requests are those that the masked walk asks."""
    taken = []
    for page in asked.pages:
        step = page.step
        document = step.reading.document
        scope = scope_of(
            config=source.client.config,
            window=asked.bounds,
            partition=asked.partition,
            page=step.page.scope(),
        )
        scope = answered(scope, step.answer, document)
        if document is not None:
            try:
                document = masking.document(page.decoded, scope)
            except LookupError as error:
                raise SettingsError(f"{asked.stream} cannot be recorded: {error.args[0]}") from None
        headers = masking.headers(step.answer.headers, scope)
        taken.append(Taken(request={}, status=step.answer.status, headers=headers, body=document))
    windows = source.windows(asked.stream.stream)
    started = (source.client.first_date or dt.datetime.now(dt.UTC)).astimezone(dt.UTC)
    return Recording(
        connector=str(source.connector.connector),
        stream=asked.stream.stream,
        walk={
            "config": config,
            "partition": masking.partition(asked.partition),
            "window": kept_window(windows, asked.window),
            "run": {"started": started.isoformat(timespec="seconds").replace("+00:00", "Z")},
        },
        taken=taken,
    )


def _config(bench: Workbench, source: Source, stand_ins: StandIns) -> dict[str, Any]:
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
            made[name] = stand_ins.value(value) if typed == "string" else value
    return made


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
