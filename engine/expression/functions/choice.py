"""Which of several values: conditions and nulls, types and conversions."""

from __future__ import annotations

from typing import Any

from engine.expression.functions.signature import function
from engine.expression.json_text import write_json
from engine.expression.values import equal, kind_of, truth


@function(
    "if(c: any, a: any, b: any)", "a where c is true, b where it is false, null where c is null.", null=True
)
def choose(condition: Any, first: Any, second: Any) -> Any:
    """The compilers evaluate only the branch that is taken."""
    return first if truth(condition) else second


@function("null_if(v: any, list: array)", "Null where v is in the list, else v.", null=True)
def null_if(value: Any, listed: list[Any]) -> Any:
    """Equality as ``==`` has it."""
    return None if any(equal(value, each) for each in listed) else value


@function("not_null(v...: any)", "The first argument that is not null.")
def not_null(*values: Any) -> Any:
    """Null where all are."""
    return next((value for value in values if value is not None), None)


@function("type(v: any)", "`string`, `number`, `boolean`, `array`, `object` or `null`.")
def type_name(value: Any) -> str:
    """In entities also ``date`` and ``timestamp``."""
    return kind_of(value)


@function("to_array(v: any)", "A list as it is, anything else as a list of one.")
def to_array(value: Any) -> list[Any]:
    """Null becomes ``[null]``."""
    return value if isinstance(value, list) else [value]


@function("to_string(v: any)", "A text as it is, anything else as JSON; numbers as the source wrote them.")
def to_string(value: Any) -> str:
    """Null becomes the text ``null``."""
    return value if isinstance(value, str) else write_json(value)
