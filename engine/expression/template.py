"""``${…}`` inside a string."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from engine.expression.errors import EvaluationError, ExpressionError
from engine.expression.expression import Expression
from engine.expression.numbers import text_of

_QUOTES = frozenset("'\"`")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Template:
    """
    Text with expressions inside: ``/workers/${partition.id}``; ``$${`` is a literal ``${``.

    Text that is nothing but one ``${…}`` keeps the type of its value. Otherwise numbers and booleans are
    spliced as JSON writes them, and null, a list or an object is an error.
    """

    format: ClassVar[str] = "template"
    text: str
    parts: tuple[str | Expression, ...]
    """Literal texts and expressions, in order."""
    expressions: tuple[Expression, ...]
    whole: bool
    """Nothing but one ``${…}``: its value keeps its type."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a template; raises ExpressionError with the offset inside the whole text."""
        parts: list[str | Expression] = []
        literal = ""
        position = 0
        while position < len(text):
            if text.startswith("$${", position):
                literal += "${"
                position += 3
            elif text.startswith("${", position):
                end = _closing(text, position)
                if literal:
                    parts.append(literal)
                    literal = ""
                parts.append(_expression(text, position + 2, end))
                position = end + 1
            else:
                literal += text[position]
                position += 1
        if literal:
            parts.append(literal)
        expressions = tuple(part for part in parts if isinstance(part, Expression))
        return cls(
            text=text,
            parts=tuple(parts),
            expressions=expressions,
            whole=len(parts) == 1 and bool(expressions),
        )

    def render(self, scope: Any) -> Any:
        """The value in a scope: of a whole template as it is, else text; raises EvaluationError."""
        return self.render_with(scope, str)

    def render_with(self, scope: Any, encode: Callable[[str], str]) -> Any:
        """As ``render``, with ``encode`` applied to each text that is spliced in between others."""
        if self.whole:
            return self.expressions[0].search(scope)
        rendered = []
        for part in self.parts:
            if isinstance(part, str):
                rendered.append(part)
                continue
            value = part.search(scope)
            if value is None:
                raise EvaluationError(f"${{{part.text}}} is null inside a text")
            try:
                rendered.append(encode(text_of(value)))
            except EvaluationError as error:
                raise EvaluationError(f"${{{part.text}}} cannot stand inside a text: {error}") from None
        return "".join(rendered)

    def meaning(self) -> Any:
        """What a fingerprint is taken over."""
        return [part if isinstance(part, str) else part.meaning() for part in self.parts]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Template) and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(self.parts)

    def __str__(self) -> str:
        return self.text


def _closing(text: str, start: int) -> int:
    """Where the brace ends that opens at ``start + 1``; braces inside quotes do not count."""
    depth = 0
    quote = ""
    position = start + 1
    while position < len(text):
        character = text[position]
        if quote:
            if character == "\\":
                position += 1
            elif character == quote:
                quote = ""
        elif character in _QUOTES:
            quote = character
        elif character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                return position
        position += 1
    raise ExpressionError("'${' is not closed (write '$${' for the text '${')", offset=start)


def _expression(text: str, start: int, end: int) -> Expression:
    try:
        return Expression.parse(text[start:end])
    except ExpressionError as error:
        raise ExpressionError(str(error), code=error.code, offset=start + error.offset) from None
