"""The body of one generated function: lines, names, constants, and what is known where."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engine.expression.runtime import RUNTIME

_LONGEST_LITERAL = 200


class Statements:
    """Lines of Python that are written in order; a name is assigned once, save inside loops."""

    def __init__(self, *, indent: int = 1) -> None:
        self.lines: list[str] = []
        self.namespace: dict[str, Any] = dict(RUNTIME)
        """What the finished source must be run in."""
        self.objects: set[str] = set()
        """Names that always hold an object."""
        self._kinds: dict[str, str] = {}
        self._scopes: list[dict[Any, str]] = [{}]
        self._indent = indent
        self._count = 0
        self._constants: dict[int, str] = {}

    def write(self, line: str) -> None:
        """Add one line to the body."""
        self.lines.append("    " * self._indent + line)

    def variable(self) -> str:
        """A name that nothing else has."""
        self._count += 1
        return f"v{self._count}"

    def assign(self, text: str, kind: str = "") -> str:
        """Hold an expression of Python; ``kind`` is ``bool``, ``list`` or ``dict`` where it is known."""
        name = self.variable()
        self.write(f"{name} = {text}")
        if kind:
            self._kinds[name] = kind
        return name

    def constant(self, value: Any) -> str:
        """A literal, or the name under which an object stands in the namespace."""
        if value is None or type(value) is bool or (type(value) is int and abs(value) < 10**18):
            return repr(value)
        if type(value) is str and len(value) <= _LONGEST_LITERAL:
            return repr(value)
        name = self._constants.get(id(value))
        if name is None:
            name = f"k{len(self._constants) + 1}"
            self._constants[id(value)] = name
            self.namespace[name] = value
        return name

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """Indented lines below ``header:``; what is evaluated inside is forgotten after it."""
        self.write(header + ":")
        self._indent += 1
        self._scopes.append({})
        before = len(self.lines)
        yield
        if len(self.lines) == before:
            self.write("pass")
        self._scopes.pop()
        self._indent -= 1

    def truth(self, name: str) -> str:
        """A condition for Python: zero is true, as in the language."""
        if self._kinds.get(name) in {"bool", "list", "dict"}:
            return name
        return f"({name} or ({name} == 0 and {name} is not False))"

    def known(self, key: Any) -> str | None:
        """The name that ``remember`` was given, unless its block has ended."""
        return next((scope[key] for scope in reversed(self._scopes) if key in scope), None)

    def remember(self, key: Any, name: str) -> str:
        """What a name holds, until the block ends."""
        self._scopes[-1][key] = name
        return name

    @contextmanager
    def function(self) -> Iterator[tuple[str, str]]:
        """The name and the argument of a function inside, which sees nothing from outside."""
        self._count += 1
        name, argument = f"f{self._count}", f"e{self._count}"
        outside, self._scopes = self._scopes, []
        with self.block(f"def {name}({argument})"):
            yield name, argument
        self._scopes = outside

    @property
    def depth(self) -> int:
        """How many blocks are open."""
        return self._indent
