"""Where does a record stand in its response? Looked for once, whatever is asked of it after that."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from engine.mapping.json_bytes import Pointer, byte_range
from engine.records.received import Decoded


class Located:
    """One record of a response, by its index among the records that were decoded."""

    def __init__(self, decoded: Decoded, index: int) -> None:
        self.decoded, self.index = decoded, index

    @property
    def record(self) -> Any:
        """Its value."""
        return self.decoded.records[self.index]

    @cached_property
    def pointer(self) -> Pointer | None:
        """Where it stands in the document; None where it is not taken from it as it is."""
        return find(self.decoded.document, self.record, self.decoded.places[self.index])

    @cached_property
    def _bytes(self) -> tuple[int, int] | None:
        return None if self.pointer is None else byte_range(self.decoded.response.body, self.pointer)

    def byte_range(self, pointer: Pointer) -> tuple[int, int] | None:
        """``body[start:end]`` is the text of the value at a pointer in the document; None: not in it."""
        body, own = self.decoded.response.body, self.pointer
        if own is None or pointer[: len(own)] != own:
            return byte_range(body, pointer)
        if self._bytes is None:
            return None
        start, end = self._bytes
        found = byte_range(body[start:end], pointer[len(own) :])
        return None if found is None else (start + found[0], start + found[1])


def find(document: Any, wanted: Any, place: int | None) -> Pointer | None:
    """
    Where a value stands in the document that it was taken from.

    The very object is looked for first; a document that was decoded apart from its records is
    searched for an equal one at index ``place`` of a list.
    """
    equal: Pointer | None = None
    waiting: list[tuple[Any, Pointer]] = [(document, ())]
    while waiting:
        here, pointer = waiting.pop()
        if here is wanted:
            return pointer
        if equal is None and (place is None or pointer[-1:] == (place,)) and here == wanted:
            equal = pointer
        if type(here) is dict:
            waiting.extend((each, (*pointer, name)) for name, each in here.items())
        elif type(here) is list:
            waiting.extend((each, (*pointer, index)) for index, each in enumerate(here))
    return equal
