"""Which records are one? Their identity values, normalised, or excepted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from engine.expression import FUNCTIONS
from engine.expression.values import truth
from engine.mapping.conditions import Condition, conditions
from engine.mapping.entity import Entity, IdentityKey
from engine.mapping.texts import escaped, storable_key
from engine.records.shapes import EntityShape

Normaliser = Callable[[str], str | None]

_UNREADABLE: Final = "hash"
"""After it nothing is left that an ``unless`` could read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """One identity key, ready to run on the columns of a row."""

    name: str
    columns: tuple[int, ...]
    """Indices of its parts among the columns of the entity."""
    functions: tuple[Normaliser, ...]
    unless: Condition | None = None
    """Where it is true the row does not say the key."""

    def value(self, columns: Sequence[str | None]) -> str | None:
        """Normalise and join the parts; None where one is null or has nothing left, or ``unless`` is true.

        Raises ``Misfit`` for a value that no index can hold, and ``EvaluationError``.
        """
        parts: list[str] = []
        for index in self.columns:
            part = columns[index]
            for function in self.functions:
                part = part if part is None else function(part)
            if not part:
                return None
            parts.append(part)
        if self.unless is not None and self.excepts(*self.unless.texts(columns)):
            return None
        return storable_key(parts[0] if len(parts) == 1 else "/".join(map(escaped, parts)))

    def excepts(self, *texts: str | None) -> bool:
        """Whether the texts of its columns make ``unless`` true; raises ``EvaluationError``."""
        return self.unless is not None and truth(self.unless.search(*texts))


def identifier(
    key: IdentityKey, index_of: Callable[[str], int], unless: Condition | None = None
) -> Identifier:
    """Make an identity key ready; ``index_of`` gives the column of a field."""
    return Identifier(
        name=key.name,
        columns=tuple(index_of(name) for name in key.on),
        functions=tuple(FUNCTIONS[name].call for name in key.normalise),
        unless=unless,
    )


def identifiers_of(
    entity: Entity, shape: EntityShape, index_of: Callable[[str], int]
) -> tuple[Identifier, ...]:
    """The identity keys of a contract, in order."""
    ready = conditions(shape)
    texts = {each.name for each in shape.fields if [kind for _, kind in each.columns] == ["text"]}
    return tuple(
        identifier(key, index_of, None if key.unless is None else ready(key.unless, _readers(key, texts)))
        for key in entity.identity
    )


def _readers(key: IdentityKey, texts: Collection[str]) -> Mapping[str, Normaliser]:
    """``unless`` reads the texts of its key as the key has them."""
    readable = takewhile(lambda name: name != _UNREADABLE, key.normalise)
    functions = tuple(FUNCTIONS[name].call for name in readable)

    def read(text: str) -> str | None:
        found: str | None = text
        for function in functions:
            found = found if found is None else function(found)
        return found

    return {name: read for name in key.on if name in texts}
