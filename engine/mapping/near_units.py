"""Which unit did somebody mean by a name that is none?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from engine.mapping.currencies import CURRENT
from engine.mapping.everyday_units import EVERYDAY
from engine.spec.say import any_of, closest

_LARGEST: Final = 10**12
"""Tera; nobody is offered a yoctogram."""
_MOST: Final = 3
"""More readings than this are no help."""
_SHORT: Final = 3
"""Letters of a name that is hardly the misspelling of another: most of such are units of something else."""


def known_units(registry: Any) -> Mapping[str, Any]:
    """Every definition of a registry of pint, by every name."""
    known: Mapping[str, Any] = registry._units  # noqa: SLF001 - pint has no other list
    return known


def meant(registry: Any, word: str, codes: Mapping[str, str]) -> str:
    """
    ``; did you mean 'x'?``, or nothing.

    First the same letters in another case: each reading with what it is, for ``mW`` and ``MW`` are not the
    same; an everyday unit goes before all others. Then what is spelt nearly so, and begins alike.
    """
    if word.upper() in CURRENT:
        return f"; {word.upper()} is a currency, which stands under currency"
    for said, most in ((word, _MOST), (word.removesuffix("s").removesuffix("S"), 1)):
        coded = {unit: code for code, unit in codes.items() if code.lower() == said.lower()}
        found = _in_another_case(registry, said) or list(coded.values())
        if 0 < len(found) <= most:
            return f"; did you mean {_choice(registry, found, codes)}?"
    if len(word) <= _SHORT:
        return ""
    near = closest(word, _alike(registry, word.lower(), codes))
    return "" if near is None else f"; did you mean {near!r}?"


def read_as(text: str, powers: Sequence[tuple[str, int]], coded: str | None) -> str:
    """What a short name was read as, in brackets: ``Mb`` is no megabyte, the code ``KW`` no kilowatt."""
    if [power for _, power in powers] == [1]:
        name = powers[0][0]
        return "" if text in EVERYDAY or len(text) >= len(name) else f" ({name})"
    return f" (the code of {coded})" if coded is not None and text.isalnum() else ""


def _alike(registry: Any, word: str, codes: Iterable[str]) -> list[str]:
    """Longer names that begin alike, and of each long prefix that stands before it one."""
    long = [each for each in known_units(registry) if len(each) > _SHORT and each.isascii()]
    coded = [each for each in codes if len(each) >= _SHORT]
    found = [each for each in (*long, *coded) if each[0].lower() == word[0]]
    for prefix in _prefixes(registry):
        near = closest(word.removeprefix(prefix), long) if word.startswith(prefix) else None
        if near is not None and len(prefix) >= _SHORT:
            found.append(prefix + near)
    return found


def _choice(registry: Any, found: Iterable[str], codes: Mapping[str, str]) -> str:
    """One as it is written; of several each with what it is."""
    named = sorted(found)
    if len(named) == 1:
        return repr(named[0])
    names = [registry.get_name(each) if registry.parse_unit_name(each) else codes[each] for each in named]
    return any_of([f"{each!r} ({name})" for each, name in zip(named, names, strict=True)])


def _in_another_case(registry: Any, word: str) -> list[str]:
    """Names, with prefixes, of the same letters: of each unit the one that is written most alike."""
    lower = word.lower()
    units = {name: each.name for name, each in known_units(registry).items() if name and name.isascii()}
    spelt = {name for name in units if name.lower() == lower}
    for prefix in _prefixes(registry):
        if lower.startswith(prefix.lower()):
            spelt |= {prefix + name for name in units if (prefix + name).lower() == lower}
    found: dict[str, str] = {}
    for each in sorted(spelt, key=lambda each: (sum(map(str.__ne__, each, word)), each)):
        found.setdefault(registry.get_name(each), each)
    everyday = {unit.name for unit in EVERYDAY.values()} & found.keys()
    return [each for name, each in found.items() if not everyday or name in everyday]


def _prefixes(registry: Any) -> list[str]:
    scales = {name: each.converter.scale for name, each in registry._prefixes.items()}  # noqa: SLF001 - as above
    return [name for name, scale in scales.items() if name and max(scale, 1 / scale) <= _LARGEST]
