"""Each page starts after the last record of the page before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from engine.errors import PermanentFetchError
from engine.expression import EvaluationError, Expression
from engine.fetch.pagination import Arrival, Page, PageSize, Paginator, evaluate, short, stops
from engine.fetch.place import Place
from engine.fetch.reads import spliced
from engine.fetch.succession import check_succession
from engine.spec.component import Path, component, field
from engine.spec.say import near
from engine.spec.values import Name, Templated

_TIMES = frozenset({"timestamp", "date"})
_ALONE = ""
"""What a single expression of ``by`` is called among names."""


@component("keyset")
class Keyset(Paginator):
    """
    Ask for what follows the last record, until a page comes without one. The source has to sort by
    what ``by`` reads, and that has to tell its records apart.

    Rows that change between two pages move behind the last one and are met there: nothing is missed,
    which next links that count rows cannot say. A page that is not sorted so fails the walk.
    """

    by: Expression | Mapping[Name, Expression] = field(
        "Reads the last record: what the next page starts after. Several values have names, in the "
        "order in which the source sorts.",
        minProperties=2,
        examples=("id", {"at": "modifiedAt", "id": "ID"}),
    )
    into: Place | None = field(
        "Where a single value goes; not where ``${page.token}`` stands in the request.",
        default=None,
        examples=("query.id[gt]",),
    )
    query: Mapping[str, Templated] | None = field(
        "Replaces these names of the query, and the ends of windows that go there, from the second "
        "page on; reads ``${page.token}`` or ``${page.token.NAME}``.",
        default=None,
        examples=({"filter": "id > ${page.token}"},),
    )
    size: PageSize | None = field("How many records a page should hold.", default=None)
    more: Expression | None = field("The walk ends where this is not true.", default=None)

    def problems(self) -> Iterator[tuple[Path, str, str]]:
        """One way to send what the next page starts after, and all of it."""
        several = isinstance(self.by, Mapping)
        if self.into is not None and self.into.part == "url":
            yield ("into",), "wrong-combination", "a page that is a URL is written 'type: next_url'"
        if self.into is not None and several:
            said = "'into' takes a single value; several are sent by 'query'"
            yield ("into",), "wrong-combination", said
        if self.into is not None and self.query is not None:
            yield ("query",), "wrong-combination", "what 'into' sends, 'query' does not: write one of them"
        if self.query is not None:
            yield from self._named(self.query)

    def misfits(self, sent: Mapping[str, Any], incremental: Any) -> Iterator[tuple[Path, str, str]]:
        """What it starts after has to be sent, and may not push the window out of the request."""
        if self.into is None and self.query is None and not _tokens(sent):
            said = "nothing sends what the next page starts after: 'into', 'query', or ${page.token}"
            yield (), "missing-key", said
        if incremental is None:
            return
        first, cursor = next(iter(self._parts.values())), incremental.cursor
        by_cursor = cursor is not None and first.text == cursor.text
        if by_cursor and not isinstance(self.by, Mapping) and incremental.type in _TIMES:
            said = (
                "records may share the cursor, and a page may end between them: add what tells them "
                "apart, as in {at: …, id: …}"
            )
            yield ("by",), "wrong-combination", said
        for name in self.query or {}:
            yield from self._window(name, sent, incremental, by_cursor=by_cursor)

    def opening(self) -> Page:
        """A page that starts at the beginning."""
        return Page(size=self.size.value if self.size else None)

    def places(self, page: Page) -> tuple[tuple[Place, Any], ...]:
        """What it starts after from the second page on, and the size."""
        token = () if self.into is None or page.token is None else ((self.into, page.token),)
        return token if self.size is None else (*token, (self.size.into, self.size.value))

    def replaced(self, page: Page) -> Mapping[str, Any]:
        """The query from the second page on."""
        return {} if self.query is None or page.token is None else self.query

    def after(self, page: Page, arrival: Arrival) -> Page | None:
        """The page that starts after the last record."""
        if not arrival.elements or stops(self.more, arrival) or short(self.size, arrival):
            return None
        last = self._last(arrival.records)
        tokens = [*map(self._token, arrival.records[:-1]), last]
        several = isinstance(self.by, Mapping)
        before = () if page.token is None else (page.token if several else {_ALONE: page.token},)
        check_succession((*before, *tokens), arrival.records, tuple(last))
        return replace(
            page,
            number=page.number + 1,
            token=last if several else last[_ALONE],
            came=page.came + arrival.elements,
        )

    def _last(self, records: Sequence[Any]) -> dict[str, Any]:
        """What the next page starts after; raises ``PermanentFetchError``."""
        found = {}
        for name, expression in self._parts.items():
            value = evaluate(expression, records[-1], f"by.{name}".rstrip(".")) if records else None
            if value is None:
                said = "has no value in the last record: nobody can say where the next page starts"
                raise PermanentFetchError(f"pagination.by {said}", code="keyset-null")
            if not _sortable(value):
                said = f"pagination.by is {value!r}, neither text nor a number"
                raise PermanentFetchError(said, code="paging-type")
            found[name] = value
        return found

    def _token(self, record: Any) -> dict[str, Any] | None:
        """What one record is sorted by; None where some of it cannot be said."""
        found = {}
        for name, expression in self._parts.items():
            try:
                value = expression.search(record)
            except EvaluationError:
                return None
            if not _sortable(value):
                return None
            found[name] = value
        return found

    @property
    def _parts(self) -> Mapping[Any, Expression]:
        return self.by if isinstance(self.by, Mapping) else {_ALONE: self.by}

    def _named(self, query: Mapping[str, Any]) -> Iterator[tuple[Path, str, str]]:
        """What ``query`` sends is what ``by`` reads: no more, and no less."""
        sent = _tokens(query)
        if not isinstance(self.by, Mapping):
            if not sent:
                said = "'query' does not read ${page.token}: every page would be the same"
                yield ("query",), "wrong-combination", said
            return
        for key, tree in query.items():
            for name in sorted(each for each in _tokens(tree) if each is not None and each not in self.by):
                yield ("query", key), "unknown-name", f"'by' reads no '{name}'{near(name, self.by)}"
        for name in self.by if None not in sent else ():
            if name not in sent:
                said = f"'query' does not send '{name}': what differs in nothing else is passed over"
                yield ("by", name), "wrong-combination", said

    def _window(
        self, name: str, sent: Mapping[str, Any], incremental: Any, *, by_cursor: bool
    ) -> Iterator[tuple[Path, str, str]]:
        """A name that is replaced has to go on saying what it said of the window."""
        was = {chain[1] for chain in spliced(sent["query"].get(name)) if chain[0] == "window" and chain[1:]}
        for end, bound in (("start", incremental.from_), ("end", incremental.until)):
            if bound is not None and (bound.into.part, bound.into.name) == ("query", name):
                was.add(end)
        kept = {
            chain[1] for chain in spliced((self.query or {})[name]) if chain[:1] == ("window",) and chain[1:]
        }
        if by_cursor:
            kept.add("start")  # what follows a record of the window lies behind its start
        for end in sorted(was - kept):
            said = (
                f"from the second page on '{name}' lacks ${{window.{end}}}, which stands in the first request"
            )
            yield ("query", name), "wrong-combination", said


def _sortable(value: Any) -> bool:
    return isinstance(value, str | int | Decimal) and not isinstance(value, bool)


def _tokens(tree: Any) -> frozenset[str | None]:
    """The parts of ``page.token`` that templates read; None for the whole of it."""
    found = (chain for chain in spliced(tree) if chain[:2] == ("page", "token"))
    return frozenset(chain[2] if len(chain) > 2 else None for chain in found)
