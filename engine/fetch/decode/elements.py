"""Which values of a document are records, and is each of them sound?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.expression import EvaluationError, Expression
from engine.fetch.decode.exact import Damage
from engine.fetch.decode.json import Body, Unreadable, decode, decode_exact
from engine.fetch.decode.verdict import agrees, encode
from engine.records.received import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Elements:
    """What ``records`` found in one body."""

    document: Any
    values: Sequence[Any]
    """Every element, null ones too."""
    encoded: Sequence[bytes]
    """Canonical JSON of each."""
    faults: Mapping[int, tuple[Fault, ...]]
    """By place: bad values inside the element."""


class NoRecords(ValueError):
    """No records can be found in a body; ``code`` says why. ``document``: what it says nevertheless."""

    def __init__(self, code: str, message: str, document: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.document = document


class Finder:
    """Finds the records of a stream in bodies; keeps no state."""

    def __init__(self, records: Expression | None) -> None:
        self._records = records

    def find(self, body: bytes, *, sound: bool = False) -> Elements:
        """
        The elements of one body; raises ``NoRecords``.

        ``sound``: an earlier reading found nothing odd in it, so that nothing need be looked for.
        """
        try:
            read = decode(body)
            found = self._certain(read) if read.certain or sound else self._quick(body, read)
            return found or self._certain(decode_exact(body))
        except Unreadable as fault:
            raise NoRecords(fault.code, str(fault)) from None

    def find_exactly(self, body: bytes) -> Elements:
        """As ``find``, without the fast decoder: what the two say must be the same."""
        try:
            return self._certain(decode_exact(body))
        except Unreadable as fault:
            raise NoRecords(fault.code, str(fault)) from None

    def _quick(self, body: bytes, read: Body) -> Elements | None:
        """None where the fast reading cannot be trusted."""
        try:
            values, listed = self._values(read.document)
            encoded = list(map(encode, values))
            path = _located(read.document, values if listed else values[0])
            if path is None:  # made by the expression: the whole document is looked at instead
                sure = agrees(body, read.document, (), (), above=0)
            else:
                rest = _without(read.document, path)
                sure = agrees(body, rest, values, encoded, above=len(path) + listed)
        except (NoRecords, RecursionError):
            return None
        if not sure:
            return None
        return Elements(document=read.document, values=values, encoded=encoded, faults={})

    def _certain(self, read: Body) -> Elements:
        try:
            values, _ = self._values(read.document)
        except NoRecords:
            if read.damages:
                raise _refused(read.damages[0]) from None
            raise
        encoded = list(map(encode, values))
        return Elements(
            document=read.document, values=values, encoded=encoded, faults=_blame(read.damages, values)
        )

    def _values(self, document: Any) -> tuple[Sequence[Any], bool]:
        """The elements, and whether ``records`` is a list."""
        where = "@" if self._records is None else self._records.text
        try:
            found = document if self._records is None else self._records.search(document)
        except EvaluationError as error:
            raise NoRecords("expression-error", f"records: {error}", document) from None
        if isinstance(found, list):
            return found, True
        if isinstance(found, dict):
            return [found], False
        if found is None:
            raise NoRecords("records-missing", f"nothing at {where}, where the records should be", document)
        raise NoRecords("records-type", f"{where} is neither a list nor an object", document)


def plain_path(expression: Expression) -> tuple[str, ...] | None:
    """The names that an expression steps through, where it does nothing else; ``@`` is ``()``."""
    return steps_of(expression.tree)


def steps_of(node: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The same of one node."""
    if node["type"] in {"current", "identity"}:
        return ()
    if node["type"] == "field":
        return (node["value"],)
    if node["type"] != "subexpression":
        return None
    steps: tuple[str, ...] = ()
    for child in node["children"]:
        inner = steps_of(child)
        if inner is None:
            return None
        steps += inner
    return steps


def _located(document: Any, found: Any, *, levels: int = 4) -> tuple[str, ...] | None:
    """Through which keys ``found`` itself is reached, close to the top; None where it is not."""
    if document is found:
        return ()
    if levels and isinstance(document, dict):
        for key, value in document.items():
            path = _located(value, found, levels=levels - 1)
            if path is not None:
                return (key, *path)
    return None


def _without(document: Any, path: tuple[str, ...]) -> Any:
    """A document with null at a path that is there."""
    if not path:
        return None
    return {**document, path[0]: _without(document[path[0]], path[1:])}


def _blame(damages: Iterable[Damage], values: Sequence[Any]) -> dict[int, tuple[Fault, ...]]:
    """Whose record each bad value is in; raises ``NoRecords`` where it is in none."""
    places = {id(value): place for place, value in enumerate(values) if isinstance(value, dict | list)}
    faults: dict[int, tuple[Fault, ...]] = {}
    for damage in damages:
        place = next(
            (
                key if container is values and isinstance(key, int) else places[id(container)]
                for container, key in damage.around
                if container is values or id(container) in places
            ),
            None,
        )
        if place is None:
            raise _refused(damage)
        fault = Fault(code=damage.code, message=damage.message)
        if fault not in faults.get(place, ()):
            faults[place] = (*faults.get(place, ()), fault)
    return faults


def _refused(damage: Damage) -> NoRecords:
    return NoRecords(damage.code, f"{damage.message}, outside of any record")
