"""
Text to syntax tree: jmespath's own parser, with exact literals, our limits and our messages.

Function names and numbers of arguments are checked here, so that a file is refused and no record.
"""

from __future__ import annotations

import difflib
import json
import re
from typing import Any, Never

from jmespath import exceptions
from jmespath.lexer import Lexer
from jmespath.parser import Parser

from engine.expression.errors import EvaluationError, ExpressionError
from engine.expression.functions import FUNCTIONS
from engine.expression.numbers import NumberError, decode_integer, decode_number
from engine.expression.tree import Node, copies, measure

MAXIMUM_LENGTH = 4096
"""Characters of one expression."""
MAXIMUM_NODES = 1000
MAXIMUM_DEPTH = 120
MAXIMUM_COPIES = 10_000
"""How often a result may repeat what it reads (``[@, @] | [@, @] | …``)."""

_NAMES = {
    "eof": "the end",
    "rparen": "')'",
    "rbracket": "']'",
    "rbrace": "'}'",
    "colon": "':'",
    "comma": "','",
    "number": "a number",
    "unquoted_identifier": "a name",
    "quoted_identifier": "a quoted name",
    "star": "'*'",
    "lbracket": "'['",
    "lbrace": "'{'",
}


def parse_tree(text: str) -> Node:
    """The syntax tree of an expression; raises ExpressionError with the offset of what is wrong."""
    if len(text) > MAXIMUM_LENGTH:
        raise ExpressionError(
            f"an expression of {len(text)} characters; at most {MAXIMUM_LENGTH} are read",
            code="expression-limit",
        )
    if not text.strip():
        raise ExpressionError("an expression is empty")
    try:
        tree = _Parser().tree(text)
    except exceptions.LexerError as error:
        _refuse_token(error, text)
    except exceptions.ParseError as error:
        _refuse_syntax(error, text)
    except (IndexError, exceptions.EmptyExpressionError):
        raise ExpressionError("the expression ends too early", offset=len(text)) from None
    except RecursionError:
        raise ExpressionError("the expression nests too deeply", code="expression-limit") from None
    nodes, depth = measure(tree)
    if nodes > MAXIMUM_NODES or depth > MAXIMUM_DEPTH:
        raise ExpressionError(
            f"the expression has {nodes} parts, nested {depth} deep;"
            f" at most {MAXIMUM_NODES} and {MAXIMUM_DEPTH} are evaluated",
            code="expression-limit",
        )
    if copies(tree) > MAXIMUM_COPIES:
        raise ExpressionError(
            f"the result could repeat what it reads more than {MAXIMUM_COPIES} times", code="expression-limit"
        )
    return tree


class _Lexer(Lexer):  # type: ignore[misc]  # jmespath has no types
    """jmespath's tokens, with the numbers of literals exact."""

    def _consume_literal(self) -> dict[str, Any]:
        start = self._position
        lexeme = self._consume_until("`").replace("\\`", "`")
        try:
            value = json.loads(
                lexeme, parse_float=decode_number, parse_int=decode_integer, parse_constant=_no_constant
            )
        except (NumberError, RecursionError) as error:
            raise ExpressionError(f"`{lexeme[:40]}` is too large a literal", offset=start) from error
        except ValueError:
            try:  # the suite still has `text` without quotes inside
                value = json.loads(f'"{lexeme.lstrip()}"')
            except ValueError:
                raise ExpressionError(
                    f"`{lexeme}` is no JSON: backticks hold a number, true, false, null or quoted text",
                    offset=start,
                ) from None
        return {"type": "literal", "value": value, "start": start, "end": self._position - start}


def _no_constant(name: str) -> Never:
    raise ValueError(name)


class _Parser(Parser):  # type: ignore[misc]  # jmespath has no types
    """jmespath's grammar; calls are checked where they stand, and need their commas."""

    def tree(self, text: str) -> Node:
        """Parse without the library's cache, which knows only its own literals."""
        self._tokens = list(_Lexer().tokenize(text))
        self._index = 0
        node: Node = self._expression(binding_power=0)
        if self._current_token() != "eof":
            self._raise_parse_error_for_token(self._lookahead_token(0), "unexpected")
        if node["type"] == "expref":
            raise ExpressionError("'&' may stand only before an argument such as that of sort_by")
        return node

    def _expression(self, binding_power: int = 0) -> Node:
        """A part of the whole; it remembers where it starts, for who has something to say about it."""
        start = self._lookahead_token(0)["start"]
        node: Node = super()._expression(binding_power)
        node.setdefault("start", start)
        return node

    def _token_nud_quoted_identifier(self, token: dict[str, Any]) -> Node:
        if self._current_token() == "lparen":
            raise ExpressionError(
                f"a function's name is written without quotes: {token['value']}(…)", offset=token["start"]
            )
        return {"type": "field", "children": [], "value": token["value"], "quoted": True}

    def _parse_multi_select_hash(self) -> Node:
        pairs: list[Node] = []
        while not pairs or self._current_token() != "rbrace":
            if pairs:
                self._match("comma")
            name = self._lookahead_token(0)["value"]
            self._match_multiple_tokens(["quoted_identifier", "unquoted_identifier"])
            self._match("colon")
            pairs.append({"type": "key_val_pair", "children": [self._expression()], "value": name})
        self._match("rbrace")
        return {"type": "multi_select_dict", "children": pairs}

    def _token_led_lparen(self, left: Node) -> Node:
        token = self._lookahead_token(-2)
        if left["type"] != "field" or token["type"] != "unquoted_identifier":
            raise ExpressionError("only a name can be called", offset=token["start"])
        name = left["value"]
        arguments: list[Node] = []
        while self._current_token() != "rparen":
            if arguments:
                self._match("comma")
            arguments.append(self._expression())
        self._match("rparen")
        _check_call(name, arguments, token["start"])
        return {"type": "function_expression", "children": arguments, "value": name}


def _check_call(name: str, arguments: list[Node], offset: int) -> None:
    known = FUNCTIONS.get(name)
    if known is None:
        near = difflib.get_close_matches(name, FUNCTIONS, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise ExpressionError(
            f"there is no function '{name}'{hint}", code="expression-unknown-function", offset=offset
        )
    if not known.shape.admits(len(arguments)):
        raise ExpressionError(
            f"{name} takes {known.shape.arity}, not {len(arguments)}: {known.signature}",
            code="expression-arity",
            offset=offset,
        )
    for position, argument in enumerate(arguments):
        if argument["type"] == "expref" and not known.shape.takes_reference(position):
            raise ExpressionError(
                f"'&' cannot stand before argument {position + 1} of {known.signature}", offset=offset
            )
        check = known.literals.get(position)
        if check and argument["type"] == "literal" and isinstance(argument["value"], str):
            try:
                check(argument["value"])
            except EvaluationError as error:
                raise ExpressionError(f"{name}: {error}", offset=offset) from None


def _refuse_token(error: Any, text: str) -> Never:
    offset = min(error.lex_position, len(text))
    rest = text[offset:]
    if rest[:1] == "=" and rest[:2] != "==":
        message = "'=' is no comparison: write '=='"
    elif rest[:1] in {"'", '"', "`"}:
        message = f"the {rest[0]} that opens here is not closed, or holds a wrong escape"
    elif rest[:1] == "-":
        message = "'-' must be followed by digits; subtract(a, b) subtracts"
    else:
        message = f"{rest[:1]!r} means nothing here"
    raise ExpressionError(message, offset=offset) from None


def _refuse_syntax(error: Any, text: str) -> Never:
    offset = min(error.lex_position, len(text))
    kind = error.token_type.lower()
    if kind == "eof":
        raise ExpressionError("the expression ends too early", offset=len(text)) from None
    wanted = re.match(r"Expecting: (.*), got: ", error.msg or "")
    message = f"'{error.token_value}' cannot stand here"
    if wanted is not None:
        names = [_NAMES.get(name, name) for name in re.findall(r"[a-z_]+", wanted[1])]
        message += f": {' or '.join(names)} is expected"
    elif kind == "number":
        message += ": numbers stand in backticks"
    raise ExpressionError(message, offset=offset) from None
