"""What do all records of a response say? Rows for the load path and rejections, by the exact road."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final, NamedTuple

import xxhash

from engine.expression import EvaluationError, Expression
from engine.expression.json_text import canonical_json
from engine.expression.values import truth
from engine.mapping.apply import Row, apply
from engine.mapping.keys import joined_key
from engine.mapping.misfit import Misfit
from engine.mapping.plan import Plan
from engine.mapping.readings import Sources
from engine.mapping.texts import copy_line, escaped
from engine.records.mapped import Mapped
from engine.records.received import Decoded, Fate, Fault, Rejection, Response

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND: Final = dt.timedelta(milliseconds=1)

KEYLESS: Final = Fault(code="key-missing", message="the record's key is null", rule="key")
"""What is wrong with a record that nobody could find again."""

Apply = Callable[[Sources], "Row | tuple[Fault, ...]"]


def founded(response: Response) -> int:
    """When a response came, in milliseconds since 1970: ids of entities that it founds begin with it."""
    return (response.fetched_at - _EPOCH) // _MILLISECOND


def hashes(plan: Plan, decoded: Decoded) -> list[int]:
    """The hash of each record under this plan, signed 64 bits: equal while nothing it is made of changes."""
    salt = plan.salt
    if "partition" in plan.roots:
        salt ^= _signed(canonical_json(dict(decoded.response.partition)).encode())
    if "body" in plan.roots:
        salt ^= _signed(decoded.response.sha256)
    return [each ^ salt for each in decoded.hashes]


def _signed(data: bytes) -> int:
    return int.from_bytes(xxhash.xxh64_digest(data), "big", signed=True)


class Rows:
    """Collects what a program makes of one response; the same for the exact and the generated road."""

    def __init__(self, plan: Plan, decoded: Decoded) -> None:
        self.decoded = decoded
        self.plan = plan
        self.keys: list[str] = []
        self.versions: list[int] = []
        self.places: list[int] = []
        self.fates: list[int] = []
        self.lines: list[str] = []
        self.rejections: list[Rejection] = []
        self.elements = 0
        self.omitted = 0
        self._hashes = hashes(plan, decoded)
        response = decoded.response
        self._response = (str(response.position), str(response.id))
        self._founded = str(founded(response))
        columns = sum(1 if each.refers_to else len(each.columns) for each in plan.shape.fields)
        kinds = plan.shape.kinds
        self._own = None if plan.own is None else kinds.index(plan.own)
        self._nothing = Row(columns=(None,) * columns, said=0, identity=(None,) * len(kinds), omitted=0)

    def add(
        self, index: int, key: str, fate: Fate, row: Row | None = None, record: str | None = None
    ) -> None:
        """Add a row of record ``index``, under a contribution key; after ``each`` with its record."""
        decoded, said = self.decoded, row or self._nothing
        position, raw_id = self._response
        version, place = decoded.versions[index], decoded.places[index]
        self.keys.append(key)
        self.versions.append(version)
        self.places.append(place)
        self.fates.append(int(fate))
        self.omitted += said.omitted
        head = (key, record, str(int(fate)), str(version), position, raw_id, str(place))
        tail = (str(self._hashes[index]), self._founded, str(said.said))
        identity, own = said.identity, self._own
        if own is not None and row is not None:
            identity = (*identity[:own], key, *identity[own + 1 :])
        self.lines.append(copy_line((*head, *tail, *identity, *said.columns)))

    def reject(self, index: int, faults: tuple[Fault, ...], key: str | None, stage: Any = "map") -> None:
        """Add a rejection of record ``index``, or of one of its elements by its key."""
        decoded = self.decoded
        self.rejections.append(
            Rejection(
                place=decoded.places[index],
                key=key,
                version=decoded.versions[index],
                stage=stage,
                faults=faults,
                hash=None if stage == "decode" else decoded.hashes[index],
            )
        )

    def done(self, skipped: int) -> Mapped:
        """Give all of it."""
        return Mapped(
            response=self.decoded.response,
            keys=self.keys,
            versions=self.versions,
            places=self.places,
            fates=self.fates,
            lines=self.lines,
            rejections=self.rejections,
            elements=self.elements,
            skipped=skipped,
            omitted=self.omitted,
        )


def map_exactly(
    plan: Plan, decoded: Decoded, *, skip: Collection[int] = (), run: Apply | None = None
) -> Mapped:
    """Map a response; ``skip`` are indices known to be the same, ``run`` a faster way for one record."""
    rows = Rows(plan, decoded)
    road = run or (lambda sources: apply(plan, sources))
    skipped = 0
    for index, record in enumerate(decoded.records):
        if index in skip:
            skipped += len(opened(plan, record)) if plan.each else 1
        else:
            map_record(rows, index, road)
    rows.elements += skipped
    return rows.done(skipped)


def map_record(rows: Rows, index: int, run: Apply) -> Fate:
    """Map one record: what it, or each of its elements, says; the fate that ``when`` leaves it."""
    plan, decoded = rows.plan, rows.decoded
    key, fate = decoded.keys[index], Fate(decoded.fates[index])
    faults = decoded.faults.get(index)
    if faults is not None or key is None:
        rows.elements += 1
        stage = "record" if faults and all(each.rule for each in faults) else "decode"
        rows.reject(index, faults or (KEYLESS,), key, stage)
        return fate
    record = decoded.records[index]
    if fate is Fate.SAYS and plan.when is not None:
        try:
            fate = Fate.SAYS if truth(plan.when.search(record)) else Fate.FILTERED
        except EvaluationError as error:
            rows.elements += 1
            rows.reject(index, (_fault(plan, "when", error),), key)
            return fate
    if plan.each:
        _map_elements(rows, index, key, fate, run)
    elif plan.key:
        _map_thing(rows, index, key, fate, run)
    elif fate is Fate.SAYS:
        rows.elements += 1
        _say(rows, index, key, run(sources_of(decoded, record, Opened(record, record))))
    else:
        rows.elements += 1
        rows.add(index, key, fate)
    return fate


def _map_thing(rows: Rows, index: int, key: str, fate: Fate, run: Apply) -> None:
    """Map a record to the thing that ``key`` names; one that is filtered or deleted withdraws nothing."""
    rows.elements += 1
    if fate is Fate.SAYS:
        record = rows.decoded.records[index]
        sources = sources_of(rows.decoded, record, Opened(record, record))
        own = _key(rows.plan, sources)
        if isinstance(own, Fault):
            rows.reject(index, (own,), key)
        else:
            _say(rows, index, own, run(sources))


_EMPTY: Final = Fault(code="key-missing", message="the element's key is empty", rule="key")


def _say(rows: Rows, index: int, key: str, made: Row | tuple[Fault, ...], record: str | None = None) -> None:
    if isinstance(made, Row):
        rows.add(index, key, Fate.SAYS, made, record)
    else:
        rows.reject(index, made, key)


class Opened(NamedTuple):
    """An element that ``each`` opened."""

    element: Any
    parent: Any
    """The element around it; the record where one list is opened."""


def sources_of(decoded: Decoded, record: Any, opened: Opened) -> Sources:
    """What rules read of a record, or of an element of it."""
    return Sources(
        element=opened.element,
        record=record,
        parent=opened.parent,
        partition=decoded.response.partition,
        body=decoded.document,
    )


def _fault(plan: Plan, key: str, error: Exception) -> Fault:
    return Fault(code=getattr(error, "code", "wrong-type"), message=str(error), rule=plan.places[key])


def _key(plan: Plan, sources: Sources) -> str | Fault:
    """The key of the thing made, or of an element; several parts are escaped and joined."""
    try:
        return joined_key([part.read(sources) for part in plan.key])
    except (EvaluationError, Misfit) as error:
        return _fault(plan, "key", error)


def _map_elements(rows: Rows, index: int, key: str, fate: Fate, run: Apply) -> None:
    """Open a record: a row an element, and one that remembers the record's order key.

    That last row lets elements end which a newer version of the record no longer has. It is left out
    where an element is rejected: what that one said last stays, and so does all that may be it.
    """
    plan, decoded = rows.plan, rows.decoded
    record = decoded.records[index]
    prefix = _prefix(plan, key)
    found: Sequence[Opened] = []
    if fate is Fate.SAYS:
        try:
            found = opened(plan, record)
        except (EvaluationError, Misfit) as error:
            rows.elements += 1
            rows.reject(index, (_fault(plan, "each", error),), key)
            return
    elements = [sources_of(decoded, record, each) for each in found]
    keys = [_key(plan, each) or _EMPTY for each in elements]
    twice = {each for each, count in Counter(keys).items() if count > 1}
    rejected = len(rows.rejections)
    for sources, own in zip(elements, keys, strict=True):
        rows.elements += 1
        if isinstance(own, Fault):
            rows.reject(index, (own,), None)
            continue
        whole = _whole(plan, prefix, own)
        if own in twice:
            message = f"two elements of this record have the key {own!r}"
            rows.reject(index, (Fault(code="key-twice", message=message, rule=plan.places["key"]),), whole)
            continue
        _say(rows, index, whole, run(sources), prefix)
    if len(rows.rejections) == rejected:
        rows.add(index, f"{prefix}/", Fate.RECORD, record=prefix)


def _prefix(plan: Plan, key: str) -> str:
    return key if plan.composite else escaped(key)


def _whole(plan: Plan, prefix: str, own: str) -> str:
    return f"{prefix}/{own if len(plan.key) > 1 else escaped(own)}"


def element_of(plan: Plan, decoded: Decoded, index: int, key: str) -> Opened | None:
    """The element of a record that has this contribution key; None where none has it."""
    record, prefix = decoded.records[index], _prefix(plan, decoded.keys[index] or "")
    for each in opened(plan, record):
        own = _key(plan, sources_of(decoded, record, each))
        if not isinstance(own, Fault) and _whole(plan, prefix, own) == key:
            return each
    return None


def opened(plan: Plan, record: Any) -> list[Opened]:
    """The elements that ``each`` opens, nulls passed over; raises ``EvaluationError`` and ``Misfit``."""
    found = [Opened(record, record)]
    for level in plan.each:
        found = [Opened(inner, each.element) for each in found for inner in _list(level, each.element)]
    return found


def _list(level: Expression, element: Any) -> list[Any]:
    found = level.search(element)
    if found is None:
        return []
    if isinstance(found, list):
        return [each for each in found if each is not None]
    if isinstance(found, dict):
        return [found]
    raise Misfit("not-a-list", "each gives neither a list nor an object")
