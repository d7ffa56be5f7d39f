"""Which records are one? Their identity values, normalised, and connected components over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.expression import FUNCTIONS
from engine.mapping.entity import IdentityKey
from engine.mapping.texts import escaped, storable_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """One identity key, ready to run on the columns of a row."""

    name: str
    columns: tuple[int, ...]
    """Indices of its parts among the columns of the entity."""
    functions: tuple[Callable[[str], str | None], ...]

    def value(self, columns: Sequence[str | None]) -> str | None:
        """Normalise and join the parts; None where one is null or has nothing left.

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
        return storable_key(parts[0] if len(parts) == 1 else "/".join(map(escaped, parts)))


def identifier(key: IdentityKey, index_of: Callable[[str], int]) -> Identifier:
    """Make an identity key ready; ``index_of`` gives the column of a field."""
    return Identifier(
        name=key.name,
        columns=tuple(index_of(name) for name in key.on),
        functions=tuple(FUNCTIONS[name].call for name in key.normalise),
    )
