"""What was in the body before it was coded for the way? Inflating, with a cap that holds meanwhile."""

from __future__ import annotations

import zlib
from typing import Final

KNOWN: Final = ("identity", "gzip", "deflate")
ACCEPTED: Final = "gzip, deflate"


class InflateError(ValueError):
    """A body that cannot be inflated; ``code`` is stable."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


def coding_of(header: str | None) -> str:
    """The one content coding that a header names, in lower case; several stay joined by ``, ``."""
    names = [each.strip().lower() for each in (header or "").split(",") if each.strip()]
    named = [{"x-gzip": "gzip"}.get(each, each) for each in names if each != "identity"]
    return ", ".join(named) or "identity"


class Inflater:
    """
    Takes the wire bytes of one body, piece by piece, and holds what they say.

    Never makes more than ``cap`` bytes: a bomb is found out while it is inflated.
    """

    def __init__(self, coding: str, *, cap: int) -> None:
        """Raise ``coding-unknown`` for any coding but gzip and deflate."""
        if coding not in KNOWN:
            raise InflateError(
                f"the body is coded as {coding!r}, which was not asked for", code="coding-unknown"
            )
        self._coding = coding
        self._cap = cap
        self._pieces: list[bytes] = []
        self._length = 0
        self._inflate = _inflate(coding)
        self._begun = False

    def feed(self, piece: bytes) -> None:
        """Take the next wire bytes; raises ``response-too-large`` or ``coding-broken``."""
        if self._coding == "identity":
            self._keep(piece)
            return
        if self._coding == "deflate" and not self._begun and piece:
            self._inflate = zlib.decompressobj(zlib.MAX_WBITS if _has_zlib_header(piece) else -zlib.MAX_WBITS)
        self._begun = self._begun or bool(piece)
        while piece:
            if self._inflate.eof:
                if self._coding != "gzip" or not piece.strip(b"\0"):
                    return
                self._inflate = _inflate("gzip")
            try:
                made = self._inflate.decompress(piece, self._cap - self._length + 1)
            except zlib.error:
                raise InflateError(
                    f"the body is not the {self._coding} it claims to be", code="coding-broken"
                ) from None
            self._keep(made)
            piece = self._inflate.unconsumed_tail or self._inflate.unused_data

    def finish(self) -> bytes:
        """The whole body; raises ``response-truncated`` where the coding lacks its end."""
        if self._coding != "identity" and self._begun:
            self._keep(self._inflate.flush())
            if not self._inflate.eof:
                raise InflateError(f"the {self._coding} of the body breaks off", code="response-truncated")
        return b"".join(self._pieces)

    def _keep(self, made: bytes) -> None:
        self._length += len(made)
        if self._length > self._cap:
            raise InflateError(f"the body is larger than {self._cap:,} bytes", code="response-too-large")
        self._pieces.append(made)


def _inflate(coding: str) -> zlib._Decompress:
    return zlib.decompressobj(16 + zlib.MAX_WBITS if coding == "gzip" else zlib.MAX_WBITS)


def _has_zlib_header(piece: bytes) -> bool:
    """Some servers send raw deflate: told apart by the header's check bits, or its first byte alone."""
    if len(piece) == 1:
        return piece[0] & 0x0F == 8
    return piece[0] & 0x0F == 8 and (piece[0] * 256 + piece[1]) % 31 == 0
