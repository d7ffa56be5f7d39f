"""What does a person mean who writes the value of a field as one text, without a record around it?"""

from __future__ import annotations

from typing import Any

from engine.expression.errors import EvaluationError
from engine.expression.json_text import read_json
from engine.mapping.currencies import CURRENCIES, CURRENT
from engine.mapping.misfit import Misfit
from engine.mapping.numbers import number_of
from engine.mapping.types import Field
from engine.mapping.types.json import Json
from engine.mapping.types.list import List
from engine.mapping.types.money import Money
from engine.spec.say import near


def stated(kind: Field, text: str) -> tuple[str | None, ...]:
    """
    PostgreSQL's text of a value, a column each; raises ``Misfit`` where the contract refuses it.

    Lists and JSON are written as JSON, money as ``61.50 EUR``, a quantity as a number in the contract's
    unit, everything else as a record's text would have it.
    """
    read = kind.read(_value(kind, text))
    if kind.bounded:
        kind.bound(read)
    return kind.write(read)


def _value(kind: Field, text: str) -> Any:
    if isinstance(kind, Money):
        return _money(kind, text)
    if isinstance(kind, List | Json):
        try:
            return read_json(text)
        except EvaluationError as error:
            raise Misfit("wrong-type", f"JSON is expected here: {error}") from None
    return text


def _money(kind: Money, text: str) -> tuple[Any, str]:
    amount, _, code = text.strip().rpartition(" ")
    if not amount:
        raise Misfit("currency-missing", "an amount and its currency are expected here, as in 61.50 EUR")
    if code not in CURRENCIES:
        raise Misfit("unknown-currency", f"'{code}' is not a currency of ISO 4217{near(code, CURRENT)}")
    if kind.in_ is not None and code != kind.in_:
        raise Misfit("unknown-currency", f"the contract keeps amounts in {kind.in_}")
    return number_of(amount), code
