"""
What of a live answer may stand in a recording? What a rule needs as it is, and nothing else.

Kept are the words that files of the project say themselves (what ``when`` compares with, the keys of a
``map``, an enum's values), codes of units, currencies and zones, and whatever is read as a number, a time or
a word of a list by a field that is not personal. All else is masked: what a contract marks ``pii``, texts,
keys, and everything that no rule reads, for it could be anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any, Final

from engine.expression import EvaluationError, Expression
from engine.expression.tree import walk
from engine.fetch.stream import Stream
from engine.flow.mask import TIME, Mask
from engine.flow.streams import own_expressions
from engine.mapping.json_bytes import Pointer
from engine.mapping.mapped import opened
from engine.mapping.misfit import Misfit
from engine.mapping.plan import Plan
from engine.mapping.reads import pointers_read
from engine.mapping.trace import find
from engine.records.received import Decoded

_CLOSED = frozenset({"country", "currency"})
"""Types with a list of values that name nobody."""
_MASKED: Final = frozenset({"string", "text", "email", "url", "uuid", "json", "list", "ref"})
"""Types of fields whose values are as good masked; others need what they read."""
_CODES: Final = frozenset({"unit", "per", "currency", "zone"})


class Masking:
    """How the answers of one stream are masked, given what its mappings read."""

    def __init__(self, mask: Mask, stream: Stream, plans: Sequence[Plan], words: Iterable[str]) -> None:
        """``words``: texts that the project's files say themselves."""
        self._mask, self._stream, self._plans = mask, stream, plans
        self._words = frozenset(words)

    def partition(self, partition: Mapping[str, Any]) -> dict[str, Any]:
        """What ``for_each`` bound."""
        return {name: self._value(value, "masked") for name, value in partition.items()}

    def text(self, text: str) -> str:
        """A text that stands in no record."""
        return str(self._scalar(text, "masked"))

    def document(self, decoded: Decoded, scope: Mapping[str, Any]) -> Any:
        """
        The whole body; ``scope`` is that of the answer, which paging and error rules read.

        Raises ``LookupError`` where the records do not stand in the body but are made by an expression.
        """
        places = {id(record): index for index, record in enumerate(decoded.records)}
        met: set[int] = set()
        kept = {
            pointer[1:]
            for each in self._scoped()
            for pointer in pointers_read(each, scope)
            if pointer[:1] == ("body",)
        }

        def masked(value: Any, at: Pointer) -> Any:
            if id(value) in places and isinstance(value, dict):
                met.add(places[id(value)])
                return self._record(decoded, places[id(value)])
            if isinstance(value, dict):
                return {key: masked(each, (*at, key)) for key, each in value.items()}
            if isinstance(value, list):
                return [masked(each, (*at, index)) for index, each in enumerate(value)]
            return self._paging(value) if at in kept else self._scalar(value, "masked")

        made = masked(decoded.document, ())
        if len(met) < len(decoded.records):
            raise LookupError(
                "its records do not stand in the body: 'records' makes them, or they are no objects"
            )
        return made

    def personal(self, decoded: Decoded) -> Iterator[str]:
        """Every text that a personal field is made of, as it is."""
        for index, record in enumerate(decoded.records):
            for pointer, kind in self._kinds(decoded, index).items():
                value = _at(record, pointer)
                if kind == "personal":
                    yield from (each for each in _texts(value) if each not in self._words)

    def _record(self, decoded: Decoded, index: int) -> Any:
        kinds = self._kinds(decoded, index)

        def masked(value: Any, at: Pointer, kind: str) -> Any:
            own = kinds.get(at)
            if own == "code":  # also inside of what is personal: an address has a country
                kind = "kept"
            elif own is not None and kind != "personal":
                kind = own
            if isinstance(value, dict):
                return {key: masked(each, (*at, key), kind) for key, each in value.items()}
            if isinstance(value, list):
                return [masked(each, (*at, place), kind) for place, each in enumerate(value)]
            return self._scalar(value, kind)

        return masked(decoded.records[index], (), "masked")

    def _kinds(self, decoded: Decoded, index: int) -> dict[Pointer, str]:
        """``personal``, ``kept`` or ``code``, by where in the record something reads; the rest is masked."""
        record = decoded.records[index]
        kept: set[Pointer] = set()
        hidden: set[Pointer] = set()
        codes: set[Pointer] = set()
        for expression in own_expressions(self._stream, keys=False):
            kept |= set(pointers_read(expression, record))
        by = getattr(self._stream.pagination, "by", None)
        for expression in (
            [by] if isinstance(by, Expression) else by.values() if isinstance(by, Mapping) else ()
        ):
            kept |= set(pointers_read(expression, record))
        for plan in self._plans:
            if plan.when is not None:
                kept |= set(pointers_read(plan.when, record))
            for roots in _elements(plan, record):
                self._ruled(plan, roots, kept, hidden, codes)
        return (
            dict.fromkeys(kept, "kept")
            | dict.fromkeys(hidden, "personal")
            | dict.fromkeys(codes - hidden, "code")
        )

    @staticmethod
    def _ruled(
        plan: Plan,
        roots: Mapping[str | None, tuple[Pointer, Any]],
        kept: set[Pointer],
        hidden: set[Pointer],
        codes: set[Pointer],
    ) -> None:
        for field, rule in zip(plan.shape.fields, plan.rules, strict=True):
            if rule is None:
                continue
            steps = {step.key for step in rule.steps}
            for reading in rule.leaves:
                if reading.expression is None or reading.of not in roots:
                    continue
                start, root = roots[reading.of]
                found = {(*start, *pointer) for pointer in pointers_read(reading.expression, root)}
                code = reading.key in _CODES
                if field.pii and not code:
                    hidden |= found
                elif field.type in _CLOSED:
                    codes |= found
                elif code or field.type not in _MASKED or steps & {"map", "lookup"}:
                    kept |= found

    def _scoped(self) -> Iterator[Expression]:
        """What reads the answer as a whole."""
        paginator = self._stream.pagination
        for each in fields(paginator):
            value = getattr(paginator, each.name)
            if isinstance(value, Expression) and each.name != "by":
                yield value
        incremental = self._stream.incremental
        if incremental is not None and incremental.next is not None:
            yield incremental.next
        for rule in self._stream.errors:
            yield rule.when
            if rule.after is not None:
                yield rule.after

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """What of the headers of an answer is needed to read it: masked where they could name anybody."""
        said = {
            node["children"][1]["value"].lower()
            for each in self._scoped()
            for node in walk(each.tree)
            if node["type"] == "subexpression"
            and node["children"][0].get("value") == "headers"
            and node["children"][1]["type"] == "field"
        }
        plain = {name: text for name, text in headers.items() if name in {"content-type", "retry-after"}}
        return plain | {
            name: str(self._paging(text)) for name, text in headers.items() if name in {*said, "link"}
        }

    def _value(self, value: Any, kind: str) -> Any:
        if isinstance(value, list):
            return [self._value(each, kind) for each in value]
        return self._scalar(value, kind)

    def _scalar(self, value: Any, kind: str) -> Any:
        if value is None or isinstance(value, bool) or kind == "kept" or value in self._words:
            return value
        if isinstance(value, str):
            if TIME.fullmatch(value.strip()):
                return self._mask.time(value)
            scheme, mark, rest = value.rpartition("://")
            return scheme + mark + self._mask.text(rest) if scheme.isalpha() else self._mask.text(value)
        return self._mask.number(value)

    def _paging(self, value: Any) -> Any:
        """What paging reads: numbers count, links lead on, tokens are as good masked."""
        if not isinstance(value, str) or value in self._words or value.isdigit():
            return value
        if TIME.fullmatch(value.strip()):
            return value
        if "://" not in value and not value.startswith("/"):
            return self._mask.text(value)
        return ", ".join(self._link(each) for each in value.split(", "))

    def _link(self, text: str) -> str:
        """The values in the query of a link, and nothing else of it."""
        before, mark, rest = text.partition("?")
        query, end, after = rest.partition(">")
        pairs = []
        for each in query.split("&"):
            name, sign, value = each.partition("=")
            pairs.append(
                name + sign + (value if value.isdigit() or value in self._words else self._mask.text(value))
            )
        return before + mark + "&".join(pairs) + end + after


def words_of(*sources: Any) -> frozenset[str]:
    """Every text that documents of the project say: literals of expressions, keys of maps, constants."""
    found: set[str] = set()
    waiting: list[Any] = list(sources)
    while waiting:
        each = waiting.pop()
        if isinstance(each, Expression):
            found |= {
                node["value"]
                for node in walk(each.tree)
                if node["type"] == "literal" and isinstance(node["value"], str)
            }
        elif isinstance(each, str):
            found.add(each)
        elif isinstance(each, Mapping):
            found |= {key for key in each if isinstance(key, str)}
            waiting += each.values()
        elif isinstance(each, list | tuple | set | frozenset):
            waiting += each
        elif is_dataclass(each):
            waiting += [getattr(each, one.name) for one in fields(each)]
    return frozenset(found)


def _elements(plan: Plan, record: Any) -> Iterator[Mapping[str | None, tuple[Pointer, Any]]]:
    """What the rules of a plan read in a record or an element of it, by ``of``, with its place."""
    try:
        found = opened(plan, record)
    except (EvaluationError, Misfit):
        return
    for each in found:
        element, parent = find(record, each.element, None), find(record, each.parent, None)
        if element is not None and parent is not None:
            yield {None: (element, each.element), "parent": (parent, each.parent), "record": ((), record)}


def _at(value: Any, pointer: Pointer) -> Any:
    for step in pointer:
        value = value[step]
    return value


def _texts(value: Any) -> Iterator[str]:
    """Every text and number in a value."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value.strip()
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        yield str(value)
