"""How does one expression read a document? JMESPath with exact numbers, our functions, `${…}`."""

from engine.expression.errors import EvaluationError, ExpressionError
from engine.expression.expression import Expression
from engine.expression.functions import FUNCTIONS, Function
from engine.expression.fuse import Fused, fuse
from engine.expression.numbers import Exponent, NumberError, decode_number, key_text, text_of
from engine.expression.template import Template

__all__ = [
    "FUNCTIONS",
    "EvaluationError",
    "Exponent",
    "Expression",
    "ExpressionError",
    "Function",
    "Fused",
    "NumberError",
    "Template",
    "decode_number",
    "fuse",
    "key_text",
    "text_of",
]
