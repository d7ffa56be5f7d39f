"""What is the next page? The paginators: how a stream walks from one page to the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self
from urllib.parse import urljoin, urlsplit, urlunsplit

from engine.errors import PermanentFetchError
from engine.expression import EvaluationError, Expression
from engine.fetch.place import Place
from engine.spec.component import Component, Path, component, field

ENDS: tuple[Any, ...] = (None, False, "", [])
"""Next values that end a walk. Zero is a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One step of a walk: what ``page`` is in the scope of its request, and what it takes to resume."""

    number: int = 1
    """Of this page: as ``first`` counts for type ``page``, else from 1."""
    offset: int | None = None
    token: Any = None
    """What the page before handed out; JSON."""
    url: str | None = None
    """Where to ask, in place of the stream's own path and query."""
    size: int | None = None
    came: int = 0
    """Elements of all pages before."""

    def scope(self) -> dict[str, Any]:
        """As expressions see it."""
        return {"number": self.number, "offset": self.offset, "token": self.token, "size": self.size}

    def state(self) -> dict[str, Any]:
        """JSON that ``Page.restore`` reads; goes with the progress of a window."""
        return {
            "number": self.number,
            "offset": self.offset,
            "token": self.token,
            "url": self.url,
            "size": self.size,
            "came": self.came,
        }

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Self:
        """The page that ``state`` was taken of."""
        return cls(**state)

    @property
    def mark(self) -> Any:
        """What must not come twice in a walk; None where pages are counted."""
        return self.url if self.url is not None else self.token


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What a page brought, as a paginator sees it."""

    elements: int
    """Elements that came, null ones counted, before ``when``."""
    records: Sequence[Any]
    """Those that are not null, in their order, before ``when``."""
    scope: Mapping[str, Any]
    """With ``status``, ``headers``, ``links`` and ``body`` of the answer."""
    url: str
    """Of the request."""


@component()
class PageSize(Component):
    """How many records a page should hold."""

    into: Place = field("Where it goes in the request.", examples=("query.limit",))
    value: int = field("How many to ask for.", minimum=1, examples=(100,))
    exact: bool = field(
        "The source fills every page but the last: a shorter one ends the walk. Left out, a short page "
        "never does.",
        default=False,
    )


class Paginator(Component):
    """How a stream walks from one page to the next."""

    def opening(self) -> Page:
        """The first page."""
        return Page()

    def places(self, page: Page) -> tuple[tuple[Place, Any], ...]:
        """What the request for a page needs, and where."""
        del page
        return ()

    def replaced(self, page: Page) -> Mapping[str, Any]:
        """Query values, as trees of templates, that stand in for those of the same names on this page."""
        del page
        return {}

    def after(self, page: Page, arrival: Arrival) -> Page | None:
        """The page after one that arrived, None at the end; raises ``PermanentFetchError``."""
        del page, arrival
        return None

    def misfits(self, sent: Mapping[str, Any], incremental: Any) -> Iterable[tuple[Path, str, str]]:
        """
        What it has against the rest of its stream: (path below here, code, message).

        ``sent``: the stream's ``path``, ``query`` and ``body``, of its own or by default.
        ``incremental``: its block, or None.
        """
        del sent, incremental
        return ()

    def ahead(self, page: Page, arrival: Arrival) -> Iterator[Page]:
        """The pages after one that arrived, as far as it says that they are there."""
        del page, arrival
        return iter(())

    def announced(self, arrival: Arrival) -> int | None:
        """How many elements there are in all, where the source says so."""
        del arrival
        return None


def ends(value: Any) -> bool:
    """Whether a next value says that there is none."""
    return any(value is end or (value == end and type(value) is type(end)) for end in ENDS)


def evaluate(expression: Expression, scope: Mapping[str, Any], key: str) -> Any:
    """The value of a setting in a scope; raises ``PermanentFetchError`` naming the setting."""
    try:
        return expression.search(scope)
    except EvaluationError as error:
        raise PermanentFetchError(f"pagination.{key}: {error}", code="expression-error") from None


def stops(more: Expression | None, arrival: Arrival) -> bool:
    """Whether ``more`` is given and not true."""
    return more is not None and evaluate(more, arrival.scope, "more") is not True


def reached(limit: Expression | None, count: int, arrival: Arrival, key: str) -> bool:
    """Whether a count is as far as ``last`` or ``total`` says; null says nothing."""
    value = counted(limit, arrival, key)
    return value is not None and count >= value


def counted(limit: Expression | None, arrival: Arrival, key: str) -> int | None:
    """What ``last`` or ``total`` says, as a number or as digits; raises ``PermanentFetchError``."""
    value = None if limit is None else evaluate(limit, arrival.scope, key)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise PermanentFetchError(f"pagination.{key} is {value!r}, not a whole number", code="paging-type")
    return value


def short(size: PageSize | None, arrival: Arrival) -> bool:
    """Whether a page shows by its length that it was the last; only where pages are exact."""
    return size is not None and size.exact and arrival.elements < size.value


def follow(link: Any, arrival: Arrival, origin: Literal["ours"] | None) -> str:
    """
    A link resolved against the URL of its request.

    Another origin raises ``PermanentFetchError``; with ``ours`` only path and query are used.
    """
    if not isinstance(link, str):
        raise PermanentFetchError(f"the next link is {link!r}, not text", code="paging-type")
    try:
        target, home = urlsplit(urljoin(arrival.url, link.strip())), urlsplit(arrival.url)
        same = (target.scheme, target.hostname, _port(target)) == (home.scheme, home.hostname, _port(home))
    except ValueError:
        raise PermanentFetchError(f"the next link {link[:200]!r} is no URL", code="link-invalid") from None
    if not same and origin != "ours":
        raise PermanentFetchError(
            f"the next link leads to {target.scheme}://{target.netloc.rpartition('@')[2]}, "
            f"not to {home.scheme}://{home.netloc.rpartition('@')[2]}",
            code="link-origin",
        )
    return urlunsplit((home.scheme, home.netloc, target.path, target.query, ""))


def _port(parts: Any) -> int | None:
    port: int | None = parts.port
    return port if port is not None else {"http": 80, "https": 443}.get(parts.scheme)
