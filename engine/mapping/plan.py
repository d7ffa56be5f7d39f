"""What has to be done for each record? A mapping and its entity, compiled: the ground of every program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import MappingProxyType

from engine.errors import SpecError
from engine.expression import Expression
from engine.mapping.check import CompiledRules, compile_rules
from engine.mapping.constraints import Check, checks_of
from engine.mapping.entity import Entity
from engine.mapping.identity import Identifier, identifiers_of
from engine.mapping.keys import part_readings
from engine.mapping.links import CompiledLink, compiled
from engine.mapping.lookups import NO_TABLES, Tables
from engine.mapping.rates import Rates, no_rates
from engine.mapping.readings import Reading
from engine.mapping.refs import Contracts
from engine.mapping.rules import MappingFile
from engine.mapping.steps import CompiledRule
from engine.mapping.units import Units
from engine.records.shapes import FIRST_LINK, EntityShape
from engine.spec.document import Document
from engine.spec.meaning import fingerprint, meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A compiled mapping, without a way to run it: interpreted by ``apply``, or made into a program."""

    mapping: str
    """``connector/name``."""
    file: str
    entity: str
    shape: EntityShape
    when: Expression | None
    """Reads the record, also with ``each``."""
    each: tuple[Expression, ...]
    """The lists that are opened, from the record inwards; none without ``each``."""
    key: tuple[Reading, ...]
    composite: bool
    """The stream's key has several parts: its text is joined and escaped already."""
    places: dict[str, str]
    """``file:line`` of ``when``, ``each`` and ``key``."""
    rules: tuple[CompiledRule | None, ...]
    """One a field of the shape, in its order; None where the mapping does not say the field."""
    order: tuple[int, ...]
    """The fields in an order in which each comes after the one that its rule reads beside the record."""
    required: tuple[str, ...]
    """Required fields."""
    identifiers: tuple[Identifier, ...]
    links: tuple[CompiledLink, ...]
    own: int | None
    """The kind of identity value that a record's own key is, where links lead to its stream."""
    checks: tuple[Check, ...]
    """The entity's constraints."""
    roots: frozenset[str]
    """What is read beside the element: ``record``, ``parent``, ``partition``, ``body``."""
    partial: bool
    """The stream's records are patches: see ``patches``."""
    fingerprint: str
    salt: int
    """Signed 64 bits of the fingerprint: hashes of records are mixed with it."""


def plan_of(
    mapping: str,
    document: Document[MappingFile],
    entity: Document[Entity],
    shape: EntityShape,
    units: Callable[[], Units],
    *,
    tables: Tables = NO_TABLES,
    rates: Callable[[], Rates] = no_rates,
    contracts: Contracts = MappingProxyType({}),
    composite: bool = False,
    reading: str = "",
) -> Plan:
    """
    Compile files without problems; raises ``SpecError`` with those that compiling finds.

    ``contracts``: of the entities that rules refer to by identity keys. ``reading``: the fingerprint of how
    the stream reads its records, on which a result depends too.
    """
    draft, contract = document.value, entity.value
    if draft is None or contract is None:
        raise SpecError([*document.problems, *entity.problems])
    made: CompiledRules = compile_rules(document, contract, units, tables, rates, contracts)
    if made.problems:
        raise SpecError(made.problems)
    starts: dict[str, int] = {}
    width = 0
    for each in shape.fields:
        starts[each.name] = width
        width += 1 if each.refers_to else len(each.columns)
    by_name = {rule.name: rule for rule in made.rules}
    key = part_readings(draft.key_parts)
    links = tuple(_links(document, draft, shape, mapping))
    own = _own(shape, mapping)
    readings = [*key, *(leaf for rule in made.rules for leaf in rule.leaves)]
    readings += [leaf for link in links for leaf in link.reading.leaves]
    rules = {rule.name: rule.meaning() for rule in made.rules}
    # Another source of the connector has another kind: its records say their keys, these have to follow.
    led = {} if own is None else {"": str(shape.links[own - FIRST_LINK])}
    led |= {link.to: str(shape.links[link.kind - FIRST_LINK]) for link in links if link.kind is not None}
    joined: list[object] = [led] if led else []
    joined += [
        [str(feed.stream), dict(feed.scopes)]
        for feed in shape.feeds
        if feed.mapping == mapping and feed.scopes
    ]
    digest = fingerprint(meaning(draft), shape.fingerprint, rules, composite, reading, *joined)
    ordered = [by_name.get(each.name) for each in shape.fields]
    return Plan(
        mapping=mapping,
        file=document.file,
        entity=shape.name,
        shape=shape,
        when=draft.when,
        each=draft.levels,
        key=key,
        composite=composite,
        places={key: f"{document.file}:{document.line((key,))}" for key in ("when", "each", "key")},
        rules=tuple(ordered),
        order=tuple(sorted(range(len(ordered)), key=lambda index: _waits(ordered[index]))),
        required=tuple(name for name, kind in contract.types.items() if kind.required),
        identifiers=identifiers_of(contract, shape, lambda name: starts[name]),
        links=links,
        own=own,
        checks=checks_of(contract, shape, lambda at: f"{entity.file}:{entity.line(('constraints', at))}"),
        roots=frozenset(reading.of for reading in readings if reading.of is not None),
        partial=any(feed.partial for feed in shape.feeds if feed.mapping == mapping),
        fingerprint=digest,
        salt=int.from_bytes(bytes.fromhex(digest[:16]), "big", signed=True),
    )


def _links(
    document: Document[MappingFile], draft: MappingFile, shape: EntityShape, mapping: str
) -> Iterator[CompiledLink]:
    """The links of a mapping, with the kinds that their streams have."""
    led = {name: to for feed in shape.feeds if feed.mapping == mapping for name, to in feed.links.items()}
    for index, link in enumerate(draft.links):
        to = led.get(link.to)
        yield compiled(
            link,
            place=f"{document.file}:{document.line(('links', index))}",
            blank=frozenset(draft.blank),
            kind=None if to is None else FIRST_LINK + shape.links.index(to),
        )


def _own(shape: EntityShape, mapping: str) -> int | None:
    """The kind of the stream that a mapping reads, where a link leads there."""
    led = {to for feed in shape.feeds for to in feed.links.values()}
    streams = {feed.stream for feed in shape.feeds if feed.mapping == mapping}
    kinds = (kind for kind, to in enumerate(shape.links, FIRST_LINK) if to in led & streams)
    return next(kinds, None)


def _waits(rule: CompiledRule | None) -> bool:
    return rule is not None and rule.beside is not None
