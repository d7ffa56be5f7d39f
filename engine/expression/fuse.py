"""Several expressions on one value at once: generated code first, closures where it surprises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.expression.allowlist import build
from engine.expression.expression import Expression
from engine.expression.generate import Generator


@dataclass(frozen=True, slots=True)
class Fused:
    """Expressions that are evaluated together; both forms give the same values."""

    expressions: tuple[Expression, ...]
    source: str = field(repr=False)
    """The generated function."""
    _fast: Callable[[Any], tuple[Any, ...]] = field(repr=False)

    def values(self, document: Any) -> tuple[Any, ...]:
        """The value of each expression; raises EvaluationError for the first that has none."""
        try:
            return self._fast(document)
        except Exception:  # noqa: BLE001 # whatever surprised the fast form, the exact one decides
            return self.exact(document)

    def exact(self, document: Any) -> tuple[Any, ...]:
        """The same by closures."""
        return tuple(expression.search(document) for expression in self.expressions)


def fuse(expressions: Sequence[Expression]) -> Fused:
    """Compile expressions that read the same value, most often an object, into one function."""
    generator = Generator()
    generator.objects.add("r")
    results = [generator.result(expression, "r") for expression in expressions]
    source = "\n".join(
        (
            "def fused(r):",
            "    if type(r) is not dict: raise Surprise",
            *generator.lines,
            f"    return ({''.join(f'{name}, ' for name in results)})",
            "",
        )
    )
    return Fused(tuple(expressions), source, build(source, generator.namespace, "fused", names=("r",)))
