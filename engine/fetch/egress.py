"""
Where may requests go? The operator's word, held when a request is made and again when it is dialled.

A name is resolved when a connection is opened, and the address that was checked is the one that is
dialled: no second look-up can give another. Non-public addresses are refused unless the operator
listed the origin.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from engine.errors import PermanentFetchError, TransientFetchError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]

_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Scheme, host and port: what credentials are bound to."""

    scheme: str
    host: str
    """In lower case, as it is sent; an IPv6 address without brackets."""
    port: int

    @classmethod
    def of(cls, url: str) -> Self:
        """The origin of an absolute URL; raises ValueError with what is wrong."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ValueError(f"not a URL: {error}") from None
        if parts.scheme not in _PORTS:
            raise ValueError(
                "only http and https are spoken" if parts.scheme else "it is not an absolute URL"
            )
        if parts.username is not None or parts.password is not None:
            raise ValueError("credentials do not belong in a URL")
        try:
            host = (parts.hostname or "").encode("idna").decode("ascii").rstrip(".")
        except UnicodeError:
            host = ""
        if not host or any(character.isspace() for character in host):
            raise ValueError("it names no host")
        return cls(scheme=parts.scheme, host=host, port=_PORTS[parts.scheme] if port is None else port)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == _PORTS[self.scheme] else f":{self.port}")


def resolve(host: str, port: int) -> Sequence[str]:
    """Addresses of a host, as the system knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class Egress:
    """Which origins may be asked, and which addresses may be dialled for them."""

    def __init__(
        self,
        *,
        listed: Iterable[str] | None = None,
        declared: Iterable[str] = (),
        resolve: Resolve = resolve,
    ) -> None:
        """``listed`` is the operator's ``egress.allow``; without it ``declared`` origins are public only."""
        self._listed = None if listed is None else frozenset(map(Origin.of, listed))
        self._allowed = self._listed if self._listed is not None else frozenset(map(Origin.of, declared))
        self._resolve = resolve

    def check(self, url: str) -> Origin:
        """The origin of a URL that may be asked; raises ``egress`` for any other."""
        try:
            origin = Origin.of(url)
        except ValueError as error:
            raise PermanentFetchError(f"refused to send a request: {error}", code="egress") from None
        if origin not in self._allowed:
            where = "the operator's egress.allow" if self._listed is not None else "the connector's origins"
            raise PermanentFetchError(f"{origin} is not in {where}: nothing was sent", code="egress")
        return origin

    def addresses(self, host: str, port: int) -> list[str]:
        """Addresses to dial for a host, all checked; raises ``egress`` or ``resolve-failed``."""
        try:
            found = self._resolve(host, port)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise TransientFetchError(f"{host} cannot be resolved: {reason}", code="resolve-failed") from None
        except UnicodeError:
            raise PermanentFetchError(f"{host!r} cannot be the name of a host", code="egress") from None
        if not found:
            raise TransientFetchError(f"{host} has no address", code="resolve-failed")
        listed = self._listed or frozenset()
        if not any((each.host, each.port) == (host, port) for each in listed):
            for text in found:
                if not is_public(ipaddress.ip_address(text.partition("%")[0])):
                    raise PermanentFetchError(
                        f"{host} is {text}, which is not a public address: list its origin in egress.allow "
                        "where that is meant",
                        code="egress",
                    )
        return list(found)


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet, whatever it is wrapped in."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address.teredo is not None:
            inner = address.teredo[1]
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved
