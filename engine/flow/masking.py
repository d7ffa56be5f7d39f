"""
What of a live answer may stand in a recording? What a rule needs as it is, and nothing else.

Kept are the words that files of the project say themselves (what ``when`` compares with, the keys of a
``map``, an enum's values) and the keys of objects that their expressions name, codes of units, currencies and
zones, and whatever is read as a number, a time or a code by a field that is not personal. All else is masked:
what a contract marks ``pii``, texts, keys of records, and everything that no rule reads, for it could be
anything. ``needed`` says what each value is needed for, ``stand_ins`` what then stands for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any

from engine.expression import EvaluationError, Expression
from engine.fetch.pagination import Paginator
from engine.fetch.stream import Stream
from engine.flow.links import Links
from engine.flow.mask import TIME
from engine.flow.needed import Kinds, Needed
from engine.flow.stand_ins import Kind, StandIns
from engine.mapping.json_bytes import Pointer
from engine.mapping.plan import Plan
from engine.mapping.reads import pointers_read
from engine.mapping.trace import at
from engine.records.received import Decoded


class Masking:
    """How the answers of one stream are masked, given what its mappings read."""

    def __init__(self, stand_ins: StandIns, links: Links, stream: Stream, plans: Sequence[Plan]) -> None:
        self._stand_ins, self._links, self._stream = stand_ins, links, stream
        self._needed = Needed(stream, plans)

    def partition(self, partition: Mapping[str, Any]) -> dict[str, Any]:
        """What ``for_each`` bound."""
        return {name: self._masked(value, (), {}, Kind.NOTHING) for name, value in partition.items()}

    def document(self, decoded: Decoded, scope: Mapping[str, Any]) -> Any:
        """
        The whole body; ``scope`` is that of the answer, which paging and error rules read.

        Raises ``LookupError`` where the records do not stand in the body but are made by an expression.
        """
        places = {id(record): index for index, record in enumerate(decoded.records)}
        met: set[int] = set()
        counts, tokens = self._paging(scope)

        def masked(value: Any, here: Pointer) -> Any:
            if id(value) in places and isinstance(value, dict):
                met.add(places[id(value)])
                kinds = self._needed.kinds(decoded, places[id(value)])
                return self._masked(value, (), kinds, Kind.NOTHING)
            if isinstance(value, dict):
                keys = self._stand_ins.keys(value)
                return {keys[key]: masked(each, (*here, key)) for key, each in value.items()}
            if isinstance(value, list):
                return [masked(each, (*here, index)) for index, each in enumerate(value)]
            if ("body", *here) in counts:
                return self._counted(value)
            return self._token(value) if ("body", *here) in tokens else self._stand_ins.value(value)

        made = masked(decoded.document, ())
        if len(met) < len(decoded.records):
            raise LookupError(
                "its records do not stand in the body: 'records' makes them, or they are no objects"
            )
        return made

    def headers(self, headers: Mapping[str, str], scope: Mapping[str, Any]) -> dict[str, str]:
        """What of the headers of an answer is needed to read it: masked where they could name anybody."""
        counts, tokens = self._paging(scope)
        made: dict[str, str] = {}
        for name, text in headers.items():
            if name in {"content-type", "retry-after"}:
                made[name] = text
            elif ("headers", name) in counts:
                made[name] = str(self._counted(text))
            elif name == "link" or ("headers", name) in tokens:
                made[name] = str(self._token(text))
        return made

    def personal(self, decoded: Decoded) -> Iterator[str]:
        """Every text, number and key that a personal field is made of, or may be, and that no file says."""
        for index, record in enumerate(decoded.records):
            for pointer, kind in self._needed.kinds(decoded, index).items():
                if kind in {Kind.PERSONAL, Kind.UNKNOWN}:
                    yield from (each for each in _texts(at(record, pointer)) if not self._public(each))

    def _public(self, text: str) -> bool:
        return self._stand_ins.said(text) or self._stand_ins.named(text)

    def _masked(self, value: Any, here: Pointer, kinds: Kinds, kind: Kind) -> Any:
        """What stands for a value of a record, and for all below it."""
        own = kinds.get(here)
        if own is Kind.CODE or (own is not None and kind is not Kind.PERSONAL):
            kind = own
        if not isinstance(value, dict | list):
            return self._stand_ins.value(value, kind)
        day = self._stand_ins.day(value) if kind is Kind.PERSONAL else {}
        if isinstance(value, list):
            pairs: Any = enumerate(value)
            return [
                day[index] if index in day else self._masked(each, (*here, index), kinds, kind)
                for index, each in pairs
            ]
        keys = self._stand_ins.keys(value)
        return {
            keys[key]: day[key] if key in day else self._masked(each, (*here, key), kinds, kind)
            for key, each in value.items()
        }

    def _paging(self, scope: Mapping[str, Any]) -> tuple[set[Pointer], set[Pointer]]:
        """What of an answer is counted with or compared, and what is only handed on to the next request."""
        counts: set[Pointer] = set()
        tokens: set[Pointer] = set()
        for name, expression in self._scoped():
            found = pointers_read(expression, scope, most=None)
            try:
                made = expression.search(scope)
            except EvaluationError:
                made = None  # what it read until then is kept as far as numbers go
            handed = name == "next" and len(found) == 1 and at(scope, found[0]) is made
            (tokens if handed else counts).update(found)
        return counts, tokens

    def _scoped(self) -> Iterator[tuple[str, Expression]]:
        """What reads the answer as a whole, and the setting that does."""
        paginator: Paginator = self._stream.pagination
        for each in fields(paginator):
            value = getattr(paginator, each.name)
            if isinstance(value, Expression) and each.name != "by":
                yield each.name, value
        incremental = self._stream.incremental
        if incremental is not None and incremental.next is not None:
            yield "next", incremental.next
        for rule in self._stream.errors:
            yield "when", rule.when
            if rule.after is not None:
                yield "after", rule.after

    def _counted(self, value: Any) -> Any:
        """Numbers stand, also those in digits, and times."""
        if isinstance(value, str) and not value.isdigit() and not TIME.fullmatch(value.strip()):
            return self._token(value)
        return value

    def _token(self, value: Any) -> Any:
        """Links lead on, all else that is handed on is as good masked."""
        if isinstance(value, str) and ("://" in value or value.lstrip().startswith(("/", "?", "<"))):
            return self._links.masked(value)
        return self._stand_ins.value(value)


def _texts(value: Any) -> Iterator[str]:
    """Every text, number and key in a value."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield key.strip()
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value.strip()
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        yield str(value)
