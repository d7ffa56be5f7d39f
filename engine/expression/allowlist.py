"""
What generated source may consist of: checked before it is compiled, whatever the generator did.

Names of documents enter generated source as string literals only. Even so, the finished text is
parsed again here and every node compared with this list.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

_NODES = frozenset(
    {
        ast.Module,
        ast.FunctionDef,
        ast.Lambda,
        ast.arguments,
        ast.arg,
        ast.Return,
        ast.Assign,
        ast.AugAssign,
        ast.For,
        ast.If,
        ast.Break,
        ast.Continue,
        ast.Try,
        ast.ExceptHandler,
        ast.Raise,
        ast.Expr,
        ast.Pass,
        ast.Call,
        ast.Name,
        ast.Attribute,
        ast.Constant,
        ast.Tuple,
        ast.List,
        ast.Dict,
        ast.Subscript,
        ast.Slice,
        ast.IfExp,
        ast.BoolOp,
        ast.UnaryOp,
        ast.BinOp,
        ast.Compare,
        ast.JoinedStr,
        ast.FormattedValue,
        ast.Add,
        ast.BitOr,
        ast.BitXor,
        ast.Load,
        ast.Store,
        ast.And,
        ast.Or,
        ast.Not,
        ast.USub,
        ast.Eq,
        ast.NotEq,
        ast.Lt,
        ast.LtE,
        ast.Gt,
        ast.GtE,
        ast.Is,
        ast.IsNot,
        ast.In,
        ast.NotIn,
    }
)
_ATTRIBUTES = frozenset(
    {"append", "count", "get", "isascii", "lower", "strip", "translate", "upper", "values"}
)
_GENERATED = re.compile(r"[a-z]+[0-9]+", re.ASCII)


class SourceError(RuntimeError):
    """Generated source that holds what it never should: a fault of the generator, never of a file."""


def check_source(source: str, names: frozenset[str]) -> ast.Module:
    """
    Parse source, raise SourceError unless it keeps to the list.

    ``names`` are the free names it may use; names as the generator makes them (``v12``) are its own.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        kind = type(node)
        if kind not in _NODES:
            raise SourceError(f"generated source holds {kind.__name__}")
        name = None
        if kind is ast.Name:
            name = node.id  # type: ignore[attr-defined] # as its type says
        elif kind is ast.arg:
            name = node.arg  # type: ignore[attr-defined]
        elif isinstance(node, ast.Attribute) and node.attr not in _ATTRIBUTES:
            raise SourceError(f"generated source reads the attribute {node.attr!r}")
        elif isinstance(node, ast.FunctionDef | ast.ExceptHandler):
            name = node.name
            if isinstance(node, ast.FunctionDef) and (node.decorator_list or node.returns):
                raise SourceError("generated source decorates a function")
        if name is not None and name not in names and not _GENERATED.fullmatch(name):
            raise SourceError(f"generated source uses the name {name!r}")
    return tree


def build(
    source: str, namespace: Mapping[str, Any], function: str, *, names: Iterable[str] = ()
) -> Callable[..., Any]:
    """
    Check source, run it without builtins, give the function of that name.

    ``names`` are those of arguments and variables that the writer of the source chose.
    """
    tree = check_source(source, frozenset({*namespace, function, *names}))
    space = {**namespace, "__builtins__": {}}
    exec(compile(tree, f"<generated {function}>", "exec"), space)  # noqa: S102 # checked above
    made: Callable[..., Any] = space[function]
    return made
