"""One expression: parsed once, evaluated exactly, compared by meaning."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from engine.expression.closures import closure
from engine.expression.errors import EvaluationError
from engine.expression.functions import FUNCTIONS
from engine.expression.parse import parse_tree
from engine.expression.tree import Node, canonical, grows, walk
from engine.expression.values import weigh


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expression:
    """
    A JMESPath expression with our functions; equal to another that means the same.

    Which document it reads depends on its key alone: a record, the decoded body, or a request's scope.
    """

    format: ClassVar[str] = "jmespath"
    text: str
    tree: Node
    functions: frozenset[str]
    """The functions that it calls."""
    _evaluate: Callable[[Any], Any] = field(repr=False)
    grows: bool = field(repr=False)
    """Its result is weighed where it is a list or an object: it could be large."""
    _key: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an expression; raises ExpressionError."""
        tree = parse_tree(text)
        functions = frozenset(node["value"] for node in walk(tree) if node["type"] == "function_expression")
        return cls(
            text=text,
            tree=tree,
            functions=functions,
            _evaluate=closure(tree),
            grows=grows(tree),
            _key=json.dumps(canonical(tree), sort_keys=True),
        )

    def search(self, document: Any) -> Any:
        """The value in a document, exactly; raises EvaluationError."""
        try:
            value = self._evaluate(document)
        except RecursionError:
            raise EvaluationError("the document nests too deeply for this expression") from None
        if self.grows and type(value) in {list, dict}:
            weigh(value)
        return value

    def meaning(self) -> Any:
        """What a fingerprint is taken over: the tree, and the versions of the functions it calls."""
        return {
            "expression": canonical(self.tree),
            "functions": {name: FUNCTIONS[name].version for name in sorted(self.functions)},
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __str__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[Callable[[str], Expression], tuple[str]]:
        return Expression.parse, (self.text,)
