"""Does what one record says of an entity hold together? Constraints over the columns of a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.expression import EvaluationError
from engine.mapping.conditions import Condition, conditions
from engine.mapping.entity import Entity
from engine.records.received import Fault
from engine.records.shapes import EntityShape


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One constraint, ready to run on the columns of a row."""

    name: str
    place: str
    """``file:line`` in the contract."""
    that: Condition

    def holds(self, *texts: str | None) -> bool:
        """Whether the texts of its columns do not make it false; raises ``EvaluationError``."""
        return self.that.search(*texts) is not False

    def fault(self, columns: Sequence[str | None]) -> Fault | None:
        """Why a row is refused; None where it holds."""
        texts = self.that.texts(columns)
        try:
            if self.holds(*texts):
                return None
        except EvaluationError as error:
            message = f"constraint {self.name}: {error}"
            return Fault(code=error.code, message=message, rule=self.place)
        said = ", ".join(
            f"{name} {'null' if text is None else text}"
            for (name, _), text in zip(self.that.read, texts, strict=True)
        )
        message = f"constraint {self.name} is false: {said}"
        return Fault(code="constraint-broken", message=message, rule=self.place)


def checks_of(entity: Entity, shape: EntityShape, place: Callable[[int], str]) -> tuple[Check, ...]:
    """The constraints of a contract; ``place`` gives ``file:line`` of the one at an index."""
    ready = conditions(shape)
    return tuple(
        Check(name=each.name, place=place(number), that=ready(each.of_record, {}))
        for number, each in enumerate(entity.constraints)
        if each.of_record is not None
    )
