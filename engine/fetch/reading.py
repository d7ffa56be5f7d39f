"""What records does a response hold? The same reading for a live sync and for a replay."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import xxhash

from engine.expression import EvaluationError, Expression, key_text
from engine.expression.paths import paths, present
from engine.expression.values import truth
from engine.fetch.decode.elements import Elements, Finder, NoRecords, plain_path
from engine.fetch.deletes.marker import Marker
from engine.fetch.skim import skimmer
from engine.fetch.stream import Stream, Version
from engine.fetch.times import Scale
from engine.records.received import NO_VERSION, Decoded, Fate, Fault, Response, Verdict

MAX_KEY = 1000
"""Bytes of a key in UTF-8: what an index of PostgreSQL takes, with room for the rest of the row."""

Read = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one body says, before its response has an id. Lists are parallel, as in ``Decoded``."""

    verdict: Verdict
    refusal: Fault | None = None
    """Why no records can be found; only with ``Verdict.REFUSED``."""
    document: Any = None
    elements: int = 0
    """Everything that came, null elements counted, before ``when``."""
    records: Sequence[Any] = ()
    places: Sequence[int] = ()
    keys: Sequence[str | None] = ()
    versions: Sequence[int] = ()
    hashes: Sequence[int] = ()
    fates: Sequence[int] = ()
    faults: Mapping[int, tuple[Fault, ...]]
    unreadable_versions: int = 0
    skimmed: bytes | None = None
    """SHA-256 of a body that was known: its records hold only what the stream reads, and have no hash."""

    def decoded(self, response: Response) -> Decoded:
        """The same under its response, which takes over verdict and count."""
        return Decoded(
            response=replace(response, verdict=self.verdict, records=len(self.records)),
            document=self.document,
            records=self.records,
            places=self.places,
            keys=self.keys,
            versions=self.versions,
            hashes=self.hashes,
            fates=self.fates,
            faults=self.faults,
            nulls=self.elements - len(self.records),
            unreadable_versions=self.unreadable_versions,
            skimmed=self.skimmed is not None,
        )


class Reader:
    """Reads the responses of one stream; pure, and safe to share between threads."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self._finder = Finder(stream.records)
        self._parts = tuple((getter(part.value), part.of == "partition") for part in stream.key)
        self._version = None if stream.version is None else _version(stream.version)
        self._when = None if stream.when is None else getter(stream.when)
        self._gone = _gone(stream.deletes.when, stream) if isinstance(stream.deletes, Marker) else None
        self._skimmer = skimmer(stream)

    def read(self, response: Response) -> Decoded:
        """The records of a response; none where it was refused when it came."""
        if response.verdict is Verdict.REFUSED:
            return nothing(None).decoded(response)
        sound = response.id > 0 and response.verdict is Verdict.STRICT
        return self.examine(response.body, response.partition, sound=sound).decoded(response)

    def examine(self, body: bytes, partition: Mapping[str, Any], *, sound: bool = False) -> Reading:
        """
        The records of a body; a body without any that can be found is refused, never an error.

        ``sound``: it was examined before, and its verdict was strict.
        """
        try:
            return self._reading(self._finder.find(body, sound=sound), partition)
        except NoRecords as fault:
            refusal = Fault(code=fault.code, message=str(fault), rule="records")
            return nothing(refusal, document=fault.document)

    def skim(self, body: bytes, partition: Mapping[str, Any], known: Collection[bytes]) -> Reading | None:
        """
        What the stream itself reads of a body that came before; None of any other one.

        ``known``: SHA-256 of bodies whose verdict was strict.
        """
        if self._skimmer is None or not known:
            return None
        digest = hashlib.sha256(body).digest()
        skimmed = self._skimmer.skim(body) if digest in known else None
        if skimmed is None:
            return None
        document, values = skimmed
        found = Elements(document=document, values=values, encoded=(), faults={})
        return replace(self._reading(found, partition), skimmed=digest)

    def _reading(self, found: Elements, partition: Mapping[str, Any]) -> Reading:
        values, encoded = found.values, found.encoded
        if None in values:
            places: Sequence[int] = [place for place, value in enumerate(values) if value is not None]
            records: Sequence[Any] = [values[place] for place in places]
            encoded = [encoded[place] for place in places]
        else:
            places, records = range(len(values)), values
        faults: dict[int, list[Fault]] = {}
        if found.faults:
            faults = {index: list(found.faults[at]) for index, at in enumerate(places) if at in found.faults}
        versions, unreadable = self._versions(records)
        return Reading(
            verdict=Verdict.TOLERANT if found.faults else Verdict.STRICT,
            document=found.document,
            elements=len(values),
            records=records,
            places=places,
            keys=self._keys(records, partition, faults),
            versions=versions,
            hashes=[_signed(xxhash.xxh3_64_intdigest(piece)) for piece in encoded],
            fates=self._fates(records, faults),
            faults={index: tuple(each) for index, each in faults.items()},
            unreadable_versions=unreadable,
        )

    def _keys(
        self, records: Sequence[Any], partition: Mapping[str, Any], faults: dict[int, list[Fault]]
    ) -> list[str | None]:
        keys: list[str | None] = []
        read, of_partition = self._parts[0] if len(self._parts) == 1 else (None, False)
        for index, record in enumerate(records):
            if read is not None and not of_partition:
                try:
                    value = read(record)
                except EvaluationError:
                    value = None
                if type(value) is int:
                    keys.append(str(value))
                    continue
                if type(value) is str and len(value) <= MAX_KEY // 4 and "\0" not in value:
                    keys.append(value)
                    continue
            key, fault = self._key(record, partition)
            if fault is not None:
                faults.setdefault(index, []).append(fault)
            keys.append(key)
        return keys

    def _key(self, record: Any, partition: Mapping[str, Any]) -> tuple[str | None, Fault | None]:
        """The key of any record, or why it has none."""
        try:
            parts = [key_text(read(partition if of else record)) for read, of in self._parts]
        except EvaluationError as error:
            return None, Fault(code="key-type", message=f"key: {error}", rule="key")
        key = parts[0] if len(parts) == 1 else joined(parts)
        fault = _unfit(key)
        return (key, None) if fault is None else (None, fault)

    def _versions(self, records: Sequence[Any]) -> tuple[Sequence[int], int]:
        if self._version is None:
            return [NO_VERSION] * len(records), 0
        read = self._version
        found = [read(record) for record in records]
        unreadable = found.count(None)
        if not unreadable:
            return found, 0  # type: ignore[return-value] # no None is in it
        return [NO_VERSION if each is None else each for each in found], unreadable

    def _fates(self, records: Sequence[Any], faults: dict[int, list[Fault]]) -> list[int]:
        fates = [int(Fate.SAYS)] * len(records)
        for test, fate, rule, passes in (
            (self._when, int(Fate.FILTERED), "when", False),
            (self._gone, int(Fate.DELETED), "deletes.when", True),
        ):
            if test is None:
                continue
            for index, record in enumerate(records):
                try:
                    if truth(test(record)) is passes:
                        fates[index] = fate
                except EvaluationError as error:
                    fault = Fault(code="expression-error", message=f"{rule}: {error}", rule=rule)
                    faults.setdefault(index, []).append(fault)
        return fates


def nothing(refusal: Fault | None, *, document: Any = None) -> Reading:
    """The reading of an answer that holds no records."""
    return Reading(verdict=Verdict.REFUSED, refusal=refusal, document=document, faults={})


def joined(parts: Sequence[str | None]) -> str | None:
    """One key of several parts, each escaped and joined by ``/``; None where one is null."""
    if not parts or None in parts:
        return None
    return "/".join(part.replace("~", "~0").replace("/", "~1") for part in parts if part is not None)


def getter(expression: Expression) -> Read:
    """What evaluates an expression; a plain name is looked up at once."""
    path = plain_path(expression)
    if path is None or len(path) != 1:
        return expression.search
    name = path[0]

    def look(record: Any) -> Any:
        return record.get(name) if type(record) is dict else None

    return look


def _gone(expression: Expression, stream: Stream) -> Read:
    """What tells a marker; a patch that says nothing of what is asked is none, whatever null would mean."""
    test = getter(expression)
    asked = paths(expression)
    if not stream.partial or not asked:
        return test
    return lambda record: any(present(path, record) for path in asked) and test(record)


def _version(version: Version) -> Callable[[Any], int | None]:
    read = getter(version.value)
    typed = Scale(kind=version.type, format=version.format).reader()

    def look(record: Any) -> int | None:
        try:
            return typed(read(record))
        except EvaluationError:
            return None

    return look


def _unfit(key: str | None) -> Fault | None:
    if key is None:
        return Fault(code="key-null", message="the key is null or absent", rule="key")
    if "\0" in key:
        return Fault(code="nul-character", message="the key holds a NUL character", rule="key")
    if len(key) > MAX_KEY // 4 and len(key.encode()) > MAX_KEY:
        return Fault(code="key-too-long", message=f"a key of more than {MAX_KEY} bytes", rule="key")
    return None


def _signed(digest: int) -> int:
    return digest - 2**64 if digest >= 2**63 else digest
