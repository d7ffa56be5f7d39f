"""JSON text of values with exact numbers, for to_string, hash and unique."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import Any

from engine.expression.errors import EvaluationError
from engine.expression.numbers import NumberError, decode_integer, decode_number, number_text, shortest
from engine.expression.values import weigh


def write_json(value: Any) -> str:
    """As the library writes it: no spaces, ASCII only, keys as they come, numbers as written."""
    weigh(value)
    return _write(value, encode_basestring_ascii, number_text, ordered=False)


def canonical_json(value: Any) -> str:
    """One text for one value: keys sorted, no spaces, numbers as written."""
    weigh(value)
    return _write(value, encode_basestring, number_text, ordered=True)


def identity_json(value: Any) -> str:
    """One text for all values that are equal: as canonical, with numbers as shortest decimals."""
    weigh(value)
    return _write(value, encode_basestring, shortest, ordered=True)


def read_json(text: str) -> Any:
    """The value of a JSON text; raises EvaluationError (also for a key that comes twice)."""
    try:
        return json.loads(
            text,
            parse_float=decode_number,
            parse_int=decode_integer,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique_keys,
        )
    except NumberError as error:
        raise EvaluationError(f"parse_json: {error}") from None
    except json.JSONDecodeError as error:
        raise EvaluationError(f"parse_json: no JSON at character {error.pos}: {error.msg}") from None


def _refuse_constant(name: str) -> Any:
    raise EvaluationError(f"parse_json: {name} is no JSON")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise EvaluationError("parse_json: an object has a key twice")
    return made


def _write(
    value: Any, quote: Callable[[str], str], number: Callable[[int | Decimal], str], *, ordered: bool
) -> str:
    """Depth-first with a stack of our own: a document may nest deeper than Python calls."""
    out: list[str] = []
    waiting: list[Any] = [(value,)]
    while waiting:
        item = waiting.pop()
        if type(item) is str:
            out.append(item)
            continue
        each = item[0]
        if type(each) is list:
            waiting.append("]")
            for index in range(len(each) - 1, -1, -1):
                waiting.append((each[index],))
                if index:
                    waiting.append(",")
            out.append("[")
        elif type(each) is dict:
            waiting.append("}")
            names = sorted(each) if ordered else list(each)
            for index in range(len(names) - 1, -1, -1):
                waiting.append((each[names[index]],))
                waiting.append(("," if index else "") + quote(names[index]) + ":")
            out.append("{")
        else:
            out.append(_scalar(each, quote, number))
    return "".join(out)


def _scalar(value: Any, quote: Callable[[str], str], number: Callable[[int | Decimal], str]) -> str:
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, int | Decimal):
        return number(value)
    if hasattr(value, "isoformat"):
        return quote(value.isoformat())
    raise EvaluationError(f"a {type(value).__name__} cannot be written as JSON")
