"""What a function takes and gives, written once: the text is its reference, its arity and its check."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from engine.expression.errors import EvaluationError
from engine.expression.values import KINDS, kind_of

Body = TypeVar("Body", bound=Callable[..., Any])

_PARAMETER = re.compile(r"(?P<name>[a-z]+)(?P<mark>\?|\.\.\.)?: (?P<kinds>[a-z\[\]|]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One argument of a function."""

    name: str
    kinds: frozenset[str]
    """Empty where any value fits."""
    elements: tuple[str, ...]
    """Of which single kind the elements of an array must be; empty where it does not matter."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """The arguments of a function, parsed from text such as ``pad(s: string, width: number)``."""

    name: str
    parameters: tuple[Parameter, ...]
    least: int
    most: int | None
    """None: the last parameter may come any number of times."""

    @classmethod
    def parse(cls, text: str) -> Signature:
        """The signature that a text writes; ``name?`` may be left out, ``name...`` repeats."""
        name, _, rest = text.partition("(")
        parameters = []
        least = 0
        most: int | None = 0
        for written in filter(None, rest.partition(")")[0].split(", ")):
            found = _PARAMETER.fullmatch(written)
            if found is None or most is None:
                raise ValueError(f"not a signature: {text}")
            kinds = found["kinds"].split("|")
            parameters.append(
                Parameter(
                    name=found["name"],
                    kinds=frozenset() if kinds == ["any"] else frozenset(k.partition("[")[0] for k in kinds),
                    elements=tuple(k.partition("[")[2][:-1] for k in kinds if "[" in k),
                    text=" or ".join(kinds),
                )
            )
            least += found["mark"] != "?"
            most = None if found["mark"] == "..." else most + 1
        return cls(name=name, parameters=tuple(parameters), least=least, most=most)

    @property
    def arity(self) -> str:
        """How many arguments, for a message."""
        if self.most is None:
            return f"{self.least} or more arguments"
        many = str(self.least) if self.least == self.most else f"{self.least} to {self.most}"
        return f"{many} argument{'' if many == '1' else 's'}"

    def admits(self, count: int) -> bool:
        """Whether it may be called with so many arguments."""
        return count >= self.least and (self.most is None or count <= self.most)

    def takes_reference(self, position: int) -> bool:
        """Whether ``&expression`` may stand at this argument."""
        if position >= len(self.parameters):
            return False
        return "expression" in self.parameters[position].kinds

    @property
    def fits(self) -> tuple[frozenset[type] | None, ...]:
        """Python types that need no closer look, by argument; None where anything fits."""
        if self.most is None and self.parameters[-1].kinds:
            return (frozenset(),)
        return tuple(
            frozenset(
                kind
                for kind, name in KINDS.items()
                if name in each.kinds and not (each.elements and name == "array")
            )
            if each.kinds
            else None
            for each in self.parameters
        )

    def check(self, arguments: Sequence[Any]) -> None:
        """Raise EvaluationError where an argument is of another kind than the text says."""
        last = len(self.parameters) - 1
        for position, argument in enumerate(arguments):
            parameter = self.parameters[min(position, last)]
            if not parameter.kinds:
                continue
            kind = kind_of(argument)
            if kind not in parameter.kinds:
                raise EvaluationError(f"{self.name}: {parameter.name} is {kind}, not {parameter.text}")
            if parameter.elements and kind == "array" and argument:
                self._check_elements(parameter, argument)

    def _check_elements(self, parameter: Parameter, elements: Sequence[Any]) -> None:
        kind = kind_of(elements[0])
        wrong = kind if kind not in parameter.elements else None
        if wrong is None:
            wrong = next((other for each in elements if (other := kind_of(each)) != kind), None)
        if wrong is not None:
            raise EvaluationError(f"{self.name}: an element of {parameter.name} is {wrong}: {parameter.text}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function of the language."""

    name: str
    signature: str
    """As people read it: ``lower(s: string)``."""
    summary: str
    version: int
    """Part of the fingerprint of whatever uses it; grows when a result changes."""
    shape: Signature
    call: Callable[..., Any]
    """Arguments in, checked, value out; raises EvaluationError."""
    theme: str
    """The module that it stands in."""
    null: bool
    """Null in the first argument gives null."""
    literals: Mapping[int, Callable[[str], object]]
    """By position, what a text that stands in the expression itself must pass when it is parsed."""


REGISTRY: dict[str, Function] = {}
"""Filled by the modules of this folder when they are imported."""


def function(
    signature: str,
    summary: str,
    *,
    version: int = 1,
    null: bool = False,
    literals: Mapping[int, Callable[[str], object]] = MappingProxyType({}),
) -> Callable[[Body], Body]:
    """Register a function; with ``null``, null in the first argument gives null unseen."""
    shape = Signature.parse(signature)

    def register(body: Body) -> Body:
        check, fits = shape.check, shape.fits

        def call(*arguments: Any) -> Any:
            if null and arguments[0] is None:
                return None
            for argument, fit in zip(arguments, fits, strict=False):
                if fit is not None and type(argument) not in fit:
                    check(arguments)
                    break
            return body(*arguments)

        REGISTRY[shape.name] = Function(
            name=shape.name,
            signature=signature,
            summary=summary,
            version=version,
            shape=shape,
            call=call,
            theme=body.__module__.rpartition(".")[2],
            null=null,
            literals=literals,
        )
        return body

    return register
