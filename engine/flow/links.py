"""What of a link may stand in a recording? Where it leads by the files of the project, and nobody's name."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from engine.flow.stand_ins import StandIns

_URL: Final = re.compile(
    r"(?:(?P<scheme>(?:[A-Za-z][A-Za-z0-9+.-]*:)?//)(?P<host>[^/?#]*))?(?P<path>[^?#]*)(?P<rest>.*)",
    re.DOTALL,
)
"""As RFC 3986, appendix B takes a reference apart."""
_LINK: Final = re.compile(r"<([^>]*)>([^<]*)")
_PARAMETER: Final = re.compile(r';\s*([\w*-]+)\s*=\s*(?:"([^"]*)"|([^\s,;"]*))')
"""RFC 8288, section 3: ``<target>; name=value; name="value"``."""
_RELATIONS: Final = frozenset({"rel", "next", "prev", "previous", "first", "last", "self", "results"})
"""Of pages: https://www.iana.org/assignments/link-relations, and ``results`` as Sentry writes it."""
_PAGING: Final = frozenset(
    {"after", "before", "count", "cursor", "filter", "limit", "offset", "order", "orderby", "page"}
    | {"pagesize", "pagetoken", "per_page", "select", "size", "skip", "skiptoken", "sort", "start"}
    | {"startindex", "token", "top"}
)
"""Names in the queries of links, without case and ``$``, that are no data."""
_SHORT: Final = re.compile(r"\d{1,3}")
"""Numbers that count: a longer one may be somebody's."""


class Links:
    """Masks links: steps of paths, names and values of queries, hosts and fragments that no file says."""

    def __init__(
        self, stand_ins: StandIns, segments: Collection[str] = (), *, live: str = "", recorded: str = ""
    ) -> None:
        """
        ``segments``: steps of the paths that the files say, as they stand in a URL.

        ``live``: where the source was asked; ``recorded``: where the recording says that it was.
        """
        self._stand_ins, self._segments = stand_ins, frozenset(segments)
        self._live, self._recorded = urlsplit(live).netloc.lower(), urlsplit(recorded)

    def masked(self, text: str) -> str:
        """A URL, or the value of a Link header."""
        if not text.lstrip().startswith("<"):
            return self._url(text)
        return ", ".join(
            f"<{self._url(url)}>"
            + "".join(f"; {self._parameter(*each)}" for each in _PARAMETER.findall(parameters))
            for url, parameters in _LINK.findall(text)
        )

    def _parameter(self, name: str, quoted: str, bare: str) -> str:
        value = quoted or bare
        stands = value in _RELATIONS or self._stand_ins.named(value)
        return f'{self._name(name)}="{value if stands else self._value(value)}"'

    def _url(self, text: str) -> str:
        found = _URL.fullmatch(text.strip())
        if found is None:
            return self._stand_ins.text(text)
        scheme, host = found["scheme"] or "", found["host"] or ""
        if scheme:
            scheme, host = self._origin(scheme, host)
        path = "/".join(map(self._segment, found["path"].split("/")))
        query, mark, fragment = found["rest"].partition("#")
        if query:
            query = "?" + "&".join(map(self._pair, query[1:].split("&")))
        return scheme + host + path + query + mark + self._escaped(fragment)

    def _origin(self, scheme: str, host: str) -> tuple[str, str]:
        """Ours is where the recording says that it was asked; any other is masked."""
        person, at, host = host.rpartition("@")
        if host.lower() == self._live:
            return f"{self._recorded.scheme}://" if scheme != "//" else scheme, self._recorded.netloc
        return scheme, self._stand_ins.text(person) + at + self._stand_ins.text(host)

    def _segment(self, text: str) -> str:
        return text if text in self._segments else self._escaped(text)

    def _pair(self, text: str) -> str:
        name, sign, value = text.partition("=")
        return self._name(name) + sign + self._value(value)

    def _name(self, text: str) -> str:
        usual = unquote(text).lstrip("$").lower() in _PAGING | _RELATIONS
        return text if usual or self._stand_ins.named(unquote(text)) else self._escaped(text)

    def _value(self, text: str) -> str:
        return text if _SHORT.fullmatch(text) else self._escaped(text)

    def _escaped(self, text: str) -> str:
        """The mask of what stands in a URL, escaped as far as it was."""
        plain = unquote(text)
        if self._stand_ins.said(plain):
            return text
        masked = self._stand_ins.text(plain)
        return masked if plain == text and masked.isascii() else quote(masked, safe="")
