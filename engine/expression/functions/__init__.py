"""What may an expression call? Each function is registered, with its signature, in the file of its theme."""

from collections.abc import Mapping

from engine.expression.functions import (
    arithmetic,
    choice,
    encoding,
    lists,
    objects,
    text,
    times,
)
from engine.expression.functions.signature import REGISTRY, Function, Signature

FUNCTIONS: Mapping[str, Function] = dict(sorted(REGISTRY.items()))
"""Every function by name."""

__all__ = [
    "FUNCTIONS",
    "Function",
    "Signature",
    "arithmetic",
    "choice",
    "encoding",
    "lists",
    "objects",
    "text",
    "times",
]
