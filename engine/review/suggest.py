"""Which field was a path meant for? The one of a near name that its values fit, else a field of its own."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from engine.mapping.entity import LONGEST_FIELD
from engine.mapping.types import Field
from engine.review.masked import tells, words
from engine.review.profile import Stands
from engine.review.reach import Fold, Steps
from engine.review.ready import Around, path_text, ready
from engine.spec.quotes import quoted
from engine.spec.say import closest
from engine.spec.scalars import plain

_ALIKE: Final = 0.8
"""Names without a word in common are near from this similarity on."""


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A line for the ``fields`` of a mapping."""

    mapping: str
    file: str
    """Of the mapping."""
    field: str
    line: str
    contract: str | None = None
    """The line that the contract lacks; None where it has the field."""
    contract_file: str
    asks: str = ""
    """What only a person can know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One mapping of the stream, as far as a rule could be added to it."""

    mapping: str
    file: str
    contract: str
    """The file of its entity."""
    base: Steps
    """Where the element stands that its rules read."""
    types: Mapping[str, Field]
    """The fields of its entity."""
    unsaid: frozenset[str]
    """Fields that it has no rule for,"""
    nowhere: frozenset[str]
    """and those that no mapping has one for."""
    streams: Mapping[str, str]
    """See ``Around.streams``."""
    taken: frozenset[str] = frozenset()
    """New fields that were suggested for it already."""


def suggestion(stands: Stands, paths: Mapping[Steps, Stands], targets: list[Target]) -> Suggestion | None:
    """The line that reads a path; None where no mapping of the stream can."""
    near = [each for each in targets if stands.steps[: len(each.base)] == each.base]
    deepest = max((len(each.base) for each in near), default=0)
    near = [each for each in near if len(each.base) == deepest]
    for nowhere in (True, False):
        for target in near:
            wanted = target.unsaid & target.nowhere if nowhere else target.unsaid
            around = Around(paths=paths, base=target.base, streams=target.streams)
            for name in _near(stands.steps[deepest:], wanted):
                made = ready(target.types[name], stands, around)
                if made is not None:
                    return _suggestion(target, name, made.rule, asks=made.asks)
    return _new(stands, near[0]) if near else None


def is_named(stands: Stands, targets: list[Target]) -> bool:
    """Whether a path is called as a field that a mapping has no rule for: before those that are near."""
    return any(not each.unsaid.isdisjoint(_names(stands.steps[len(each.base) :])) for each in targets)


def without(targets: list[Target], made: Suggestion) -> list[Target]:
    """The mappings, with one field less to suggest."""
    return [
        replace(each, unsaid=each.unsaid - {made.field}, taken=each.taken | {made.field})
        if each.mapping == made.mapping
        else each
        for each in targets
    ]


def _suggestion(
    target: Target, name: str, rule: str, *, contract: str | None = None, asks: str = ""
) -> Suggestion:
    return Suggestion(
        mapping=target.mapping,
        file=target.file,
        field=name,
        line=f"{name}: {rule}",
        contract=contract,
        contract_file=target.contract,
        asks=asks,
    )


def _near(steps: Steps, fields: frozenset[str]) -> Iterator[str]:
    """Fields that a path may be meant for, the nearest first."""
    met: set[str] = set()
    for name in _names(steps):
        if name in fields and name not in met:
            met.add(name)
            yield name
    for name in _names(steps):
        same = [each for each in sorted(fields - met) if set(each.split("_")) == set(name.split("_"))]
        met.update(same)
        yield from same
    for name in _names(steps):
        found = closest(name, fields - met)
        if found is not None and _akin(name, found):
            met.add(found)
            yield found


def _names(steps: Steps) -> list[str]:
    """What a path could be called: ``pay.bonusAmount`` a pay_bonus_amount, a bonus_amount, or a pay."""
    parts = _parts(steps)
    return [*("_".join(parts[start:]) for start in range(len(parts))), *parts[-2:-1]]


def _parts(steps: Steps) -> list[str]:
    """The names on a path, in our way of writing."""
    found = ("_".join(words(each)) for each in steps if isinstance(each, str))
    return [each for each in found if each]


def _akin(name: str, field: str) -> bool:
    if {each for each in name.split("_") if len(each) > 2} & set(field.split("_")):
        return True
    plainly = (name.replace("_", ""), field.replace("_", ""))
    return difflib.SequenceMatcher(None, *plainly).ratio() >= _ALIKE


def _new(stands: Stands, target: Target) -> Suggestion:
    """A field of its own: the line of the mapping, and that of the contract."""
    steps = stands.steps[len(target.base) :]
    name = _free(steps, target)
    listed = any(isinstance(each, Fold) for each in steps)
    kind = _type(stands)
    made = _listed(steps) if listed else path_text(steps)
    rule = made if plain(made, flow=False) else quoted(made)
    said = {"type": "list", "of": kind} if listed else {"type": kind}
    if tells(stands.steps) or "email" in stands.forms:
        said["pii"] = "true"
    contract = (
        kind
        if said == {"type": kind}
        else "{" + ", ".join(f"{key}: {each}" for key, each in said.items()) + "}"
    )
    return _suggestion(target, name, rule, contract=f"{name}: {contract}")


def _listed(steps: Steps) -> str:
    """A list of scalars as it is; of lists within lists one."""
    if steps[-1] is Fold.EACH and Fold.EACH not in steps[:-1] and Fold.ANY not in steps:
        return path_text(steps[:-1])
    return path_text(steps).replace("[*]", "[]") if steps.count(Fold.EACH) > 1 else path_text(steps)


def _free(steps: Steps, target: Target) -> str:
    """A name that the contract does not have: the last of the path, or more of it."""
    known = target.types.keys() | target.taken
    parts = _parts(steps) or ["value"]
    says = 2 if parts[-1] in _SAY_NOTHING and len(parts) > 1 else 1
    longer = ("_".join(parts[-size:]) for size in range(says, len(parts) + 1))
    last = "_".join(parts[-says:])
    names = [*longer, f"{target.mapping.partition('/')[0]}_{last}", *(f"{last}_{n}" for n in range(2, 999))]
    return next(each for each in names if each not in known and _NAME.fullmatch(each) and each not in _OURS)


_SAY_NOTHING: Final = frozenset(
    {"amount", "code", "date", "id", "key", "name", "number", "text", "type", "unit", "value"}
)
"""Names that mean something only with the one before them."""
_OURS: Final = frozenset({"id"})
_NAME: Final = re.compile(rf"[a-z][a-z0-9_]{{0,{LONGEST_FIELD - 1}}}")
_TYPES: Final = {"boolean": "boolean", "integer": "integer", "number": "decimal"}
_FORMS: Final = {"date": "date", "timestamp": "timestamp", "email": "email", "url": "url", "uuid": "uuid"}


def _type(stands: Stands) -> str:
    """The type that the values need no key for; else text as it is."""
    kinds = set(stands.types) - {"null"}
    if kinds == {"text"} and len(stands.forms) == 1:
        return _FORMS.get(next(iter(stands.forms)), "string")
    if kinds == {"integer", "number"}:
        return "decimal"
    return _TYPES.get(next(iter(kinds)), "string") if len(kinds) == 1 else "string"
