"""Which units are there, and which constants lead from one to another? pint's, and those of units/*.txt."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Final

from engine.errors import Problem
from engine.mapping.affine import Affine
from engine.mapping.everyday_units import EVERYDAY
from engine.mapping.near_units import known_units, read_as
from engine.mapping.unit_files import define, unknown_unit
from engine.mapping.unit_names import UnitProblem, read_product

_WORK: Final = "work_"
"""How units of working time begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit, or a product of powers of units."""

    text: str = field(compare=False)
    powers: tuple[tuple[str, int], ...]
    """Canonical names and their powers, sorted."""
    dimension: tuple[tuple[str, Fraction], ...]
    """Base dimensions and their powers, sorted; empty for a bare number."""

    @property
    def dimension_text(self) -> str:
        """Its dimension as people write it: ``[length] / [time]``."""
        if not self.dimension:
            return "dimensionless"
        over = [name if power == 1 else f"{name}^{power}" for name, power in self.dimension if power > 0]
        under = [name if power == -1 else f"{name}^{-power}" for name, power in self.dimension if power < 0]
        return " / ".join([" * ".join(over) or "1", *under])


class Units:
    """A registry of units for the texts of all definition files; pint is asked where it is needed."""

    def __init__(self, files: Sequence[tuple[str, str]] = (), codes: Sequence[tuple[str, str]] = ()) -> None:
        """
        ``files`` are (name, text) of units/*.txt, the catalogue's before the project's.

        ``codes`` are (code, unit) of units/codes.yaml; a later one of a code stands for an earlier one.
        """
        self._files = files
        self._codes = dict(codes)
        self._coded: dict[Unit, Mapping[str, Affine]] = {}
        self._tables: dict[Unit, Mapping[str, Affine]] = {}

    @functools.cached_property
    def _pint(self) -> Any:
        # imported here: pint takes a quarter of a second, which commands without units need not spend
        import pint

        return pint

    @property
    def _errors(self) -> tuple[type[Exception], ...]:
        return (self._pint.PintError, ArithmeticError, KeyError, TypeError, ValueError)

    @functools.cached_property
    def _loaded(self) -> tuple[Any, set[str], tuple[Problem, ...]]:
        """Give pint's registry with the files in it, the names that these define, what is wrong in them."""
        registry = self._pint.UnitRegistry(non_int_type=Fraction, cache_folder=None)
        own: set[str] = set()
        problems = tuple(define(registry, own, self._files))
        return registry, own, problems

    @property
    def _registry(self) -> Any:
        return self._loaded[0]

    @property
    def _own(self) -> set[str]:
        return self._loaded[1]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong in the definition files."""
        return self._loaded[2]

    @property
    def _known(self) -> Mapping[str, Any]:
        return known_units(self._registry)

    @functools.cached_property
    def _names(self) -> dict[str, str]:
        return {name: definition.name for name, definition in self._known.items() if name}

    @functools.cached_property
    def _prefixes(self) -> dict[str, Fraction]:
        return {
            name: Fraction(definition.converter.scale)
            for name, definition in self._registry._prefixes.items()  # noqa: SLF001 - pint has no other list
            if name
        }

    def unit(self, text: str) -> Unit:
        """Read a unit, a product or quotient of units, or a code; raise ``UnitProblem``."""
        try:
            return self.product(text)
        except UnitProblem:
            if text not in self._codes:
                raise
        return replace(self.product(self._codes[text]), text=text)

    def product(self, text: str) -> Unit:
        """As ``unit``, without codes."""
        powers: dict[str, int] = {}
        factors = () if text == "dimensionless" else tuple(read_product(text))
        if all(name in EVERYDAY for name, _, _ in factors):
            return _everyday(text, factors)
        for name, power, offset in factors:
            if not self._registry.parse_unit_name(name):
                raise unknown_unit(self._registry, name, offset, self._codes)
            whole = self._registry.get_name(name)
            powers[whole] = powers.get(whole, 0) + power
        try:
            dimension = self._registry.get_dimensionality(self._container(powers.items()))
        except self._errors:
            raise UnitProblem(f"{text!r} has no dimension that can be told") from None
        return Unit(
            text=text,
            powers=tuple(sorted((name, power) for name, power in powers.items() if power)),
            dimension=tuple(sorted((name, Fraction(power)) for name, power in dimension.items() if power)),
        )

    def _container(self, powers: Iterable[tuple[str, int]]) -> Any:
        return self._registry.UnitsContainer({name: Fraction(power) for name, power in powers})

    def affine(self, source: Unit, target: Unit) -> Affine:
        """Derive the exact constants that bring numbers of ``source`` into ``target``; or ``UnitProblem``."""
        if source.dimension != target.dimension:
            coded = self._codes.get(source.text)
            said = f"{source.text!r}{read_as(source.text, source.powers, coded)} is {source.dimension_text}, "
            said += f"the contract's {target.text!r} is "
            hint = self._at_work(source, target)
            if coded is not None and self.product(coded).dimension == target.dimension:
                hint = f"; the code {source.text} means {coded!r}: write that"
            raise UnitProblem(f"{said}{target.dimension_text}{hint}", code="wrong-dimension")
        if all(name in EVERYDAY for name, _ in (*source.powers, *target.powers)):
            return Affine(_size(source) / _size(target))
        self._check_zeros(source, target)
        pair = self._container(source.powers), self._container(target.powers)
        try:
            probes = [self._registry.convert(Fraction(each), *pair) for each in (0, 1, 7)]
        except self._errors:
            probes = [None]
        if not all(isinstance(each, Fraction | int) for each in probes):
            said = f"{source.text!r} to {target.text!r} is no straight line, or not exact"
            raise UnitProblem(said, code="unit-not-linear")
        zero, one, seven = map(Fraction, probes)
        if zero + 7 * (one - zero) != seven:
            said = f"{source.text!r} to {target.text!r} is no straight line"
            raise UnitProblem(said, code="unit-not-linear")
        return Affine(one - zero, zero)

    def _at_work(self, source: Unit, target: Unit) -> str:
        """The unit of working time that has the name of one of the clock's or calendar's; or the reverse."""
        name = source.powers[0][0] if len(source.powers) == 1 else ""
        for other in (f"{_WORK}{name}", name.removeprefix(_WORK)):
            if other != name and other in self._known and self.product(other).dimension == target.dimension:
                return f"; did you mean {other!r}?"
        return ""

    def _check_zeros(self, source: Unit, target: Unit) -> None:
        """Degrees that count from a zero of their own are no differences, and no part of a product."""
        counted = []
        for unit in (source, target):
            zeros = [name for name, _ in unit.powers if not self._known[name].is_multiplicative]
            if zeros and len(unit.powers) + abs(unit.powers[0][1]) > 2:
                said = f"{unit.text!r}: in a product the difference is meant, write delta_{zeros[0]}"
                raise UnitProblem(said, code="unit-not-linear")
            counted.append(bool(zeros))
        for zero, unit, other in ((counted[0], target, source), (counted[1], source, target)):
            if zero and any(name.startswith("delta_") for name, _ in unit.powers):
                said = f"{unit.text!r} is a difference of temperatures, {other.text!r} is a temperature"
                raise UnitProblem(said, code="wrong-dimension")

    @functools.cached_property
    def sizes(self) -> Mapping[str, tuple[Fraction, Mapping[str, Fraction]]]:
        """
        How large each unit of pint's is, by every name with every prefix, in base units and their powers.

        Without those of definition files, those that count from a zero of their own, and inexact ones.
        """
        of_unit: dict[str, tuple[Fraction, Mapping[str, Fraction]] | None] = {}
        found: dict[str, tuple[Fraction, Mapping[str, Fraction]]] = {}
        for name, whole in self._names.items():
            if whole not in of_unit:
                of_unit[whole] = self._root({whole: 1}) if self._known[whole].is_multiplicative else None
            size = of_unit[whole]
            if size is not None and name not in self._own and whole not in self._own:
                found[name] = size
        prefixed = {
            prefix + name: (size * scale, powers)
            for prefix, scale in self._prefixes.items()
            for name, (size, powers) in found.items()
            if prefix + name not in self._names
        }
        return prefixed | found

    def root(self, unit: Unit) -> tuple[Fraction, Mapping[str, Fraction]]:
        """How large a unit is, in base units and their powers; raise ``UnitProblem`` where inexact."""
        found = self._root(dict(unit.powers))
        if found is None:
            raise UnitProblem(f"{unit.text!r} has no exact size", code="unit-not-linear")
        return found

    def _root(self, powers: Mapping[str, int]) -> tuple[Fraction, Mapping[str, Fraction]] | None:
        try:
            size, bases = self._registry.get_root_units(self._container(powers.items()))
        except self._errors:
            return None
        if not isinstance(size, Fraction | int):
            return None
        return Fraction(size), {name: Fraction(power) for name, power in bases._units.items()}  # noqa: SLF001 - a container of pint

    def coded(self, target: Unit) -> Mapping[str, Affine]:
        """Every code whose unit can become ``target``."""
        found = self._coded.get(target)
        if found is None:
            lines = {code: self._fitting(meant, target) for code, meant in self._codes.items()}
            found = self._coded[target] = {code: line for code, line in lines.items() if line is not None}
        return found

    def table(self, target: Unit) -> Mapping[str, Affine]:
        """Every single name of a unit that can become ``target``, for units that records name."""
        found = self._tables.get(target)
        if found is None:
            found = self._tables[target] = self._table(target)
        return found

    def own_constants(self, target: Unit) -> Mapping[str, Any]:
        """
        What a fingerprint takes of ``table``: the constants of units that definition files give.

        pint's own stay out: that a newer pint knows one name more must not replay everything.
        """
        size, _ = self._registry.get_root_units(self._container(target.powers))
        # Not by ``table``: a fingerprint is asked for by every command, the thousands of names hardly ever.
        lines = {name: self._fitting(self._names[name], target) for name in sorted(self._own)}
        own = {name: line.meaning() for name, line in lines.items() if line is not None}
        return {"target": str(size), "units": own}

    def _table(self, target: Unit) -> dict[str, Affine]:
        exact: dict[str, Affine] = {}
        of_unit: dict[str, Affine | None] = {}
        for name, whole in self._names.items():
            if whole not in of_unit:
                of_unit[whole] = self._fitting(whole, target)
            constants = of_unit[whole]
            if constants is not None:
                exact[name] = constants
        table = {
            prefix + name: Affine(constants.factor * scale)
            for prefix, scale in self._prefixes.items()
            for name, constants in exact.items()
            if not constants.offset and prefix + name not in self._names
        }
        return table | exact

    def _fitting(self, text: str, target: Unit) -> Affine | None:
        try:
            return self.affine(self.product(text), target)
        except UnitProblem:
            return None  # another dimension, or no straight line: not a name that a record may use


def _everyday(text: str, factors: Iterable[tuple[str, int, int]]) -> Unit:
    powers: dict[str, int] = {}
    dimension: dict[str, Fraction] = {}
    for name, power, _ in factors:
        unit = EVERYDAY[name]
        powers[unit.name] = powers.get(unit.name, 0) + power
        dimension[unit.dimension] = dimension.get(unit.dimension, Fraction(0)) + power
    return Unit(
        text=text,
        powers=tuple(sorted((name, power) for name, power in powers.items() if power)),
        dimension=tuple(sorted((name, power) for name, power in dimension.items() if power)),
    )


def _size(unit: Unit) -> Fraction:
    size = Fraction(1)
    for name, power in unit.powers:
        size *= EVERYDAY[name].size ** power
    return size


@functools.lru_cache(maxsize=8)
def units_of(files: tuple[tuple[str, str], ...], codes: tuple[tuple[str, str], ...] = ()) -> Units:
    """Give the registry of these definition files and codes; built once."""
    return Units(files, codes)
