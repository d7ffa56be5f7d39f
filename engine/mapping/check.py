"""What is wrong between files? Contracts and mappings, held against one another and the units."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from engine.errors import Problem
from engine.mapping.check_conditions import condition_faults
from engine.mapping.check_refs import KeyTexts, ref_problems
from engine.mapping.codes import UnitCodes
from engine.mapping.compile import Ground, compile_rule
from engine.mapping.entity import Entity
from engine.mapping.lookups import NO_TABLES, Tables
from engine.mapping.rates import Rates, no_rates
from engine.mapping.refs import Contracts
from engine.mapping.rules import MappingFile
from engine.mapping.steps import CompiledRule
from engine.mapping.types.money import Money
from engine.mapping.types.quantity import Quantity
from engine.mapping.types.ref import Ref
from engine.mapping.unit_names import UnitProblem
from engine.mapping.units import Units
from engine.spec.component import Path
from engine.spec.document import Document
from engine.spec.say import closest, near

CODES: Final = {
    "age-too-short": "max_age is over before a stream is read whole again.",
    "age-unknown": "max_age needs streams that are read whole, by keys that are the mapping's.",
    "conflicting-keys": "Two keys exclude one another, or one has no meaning without another.",
    "currency-missing": "A rule for money says no currency.",
    "duplicate-rate": "Two lines give a rate of one day, base and quote.",
    "duplicate-unit": "A definition file defines a unit that exists already.",
    "duplicate-value": "Something stands twice where once is enough.",
    "earliest-without-version": "earliest needs a timestamp version on every stream that feeds the field.",
    "entity-missing": "There is no such entity.",
    "entity-too-wide": "An entity has more than 63 fields.",
    "far-ref": "A ref names a stream of another connector, whose keys this source does not know.",
    "feed-missing": "No mapping brings this stream into the entity that a ref points at.",
    "group-strategy": "Fields of a group are taken from one record, and their strategy chooses none.",
    "group-strategies-differ": "Fields of one group are decided by different strategies.",
    "key-parts": "A ref gives more or fewer parts than the key has that it points at.",
    "latest-without-version": "latest needs a timestamp version on every stream that feeds the field.",
    "missing-key": "A key is needed here.",
    "name-too-long": "PostgreSQL would cut this name.",
    "no-minor-unit": "A currency has no minor unit in ISO 4217, and a rule says that amounts count in it.",
    "nothing-kept": "A policy keeps what is never deleted, or what nobody would be left to be said of.",
    "per-missing": "A rule for a rate does not say per what time the source's amount is.",
    "rate-date-missing": "Amounts are converted by the rate of a day that the mapping does not say.",
    "not-united": "union is for lists, and a field that it decides is none.",
    "rate-missing": "There is no rate between two currencies, on any day.",
    "ref-missing": "A rule for a ref does not say whose key it is.",
    "required-unmapped": "A mapping does not say a field that its entity requires.",
    "reserved-name": "The engine needs this name.",
    "scope-missing": "A source says an identity key, or refers by it, and stands in none of its scopes.",
    "too-many-keys": "An entity has too many identity keys.",
    "unit-missing": "A rule for a quantity does not say the source's unit.",
    "unit-not-linear": "Two units are not related by a straight line with exact constants.",
    "unordered-field": "max or min decides a field whose values are in no order.",
    "unknown-currency": "Not a code of ISO 4217.",
    "unknown-field": "The entity has no such field.",
    "unknown-function": "There is no such function of one text.",
    "unknown-identity": "The entity has no identity key of this name.",
    "unknown-source": "There is no such source, or it does not feed this entity.",
    "unknown-stream": "There is no such stream.",
    "unknown-unit": "Neither pint nor units/*.txt knows this unit.",
    "unknown-zone": "Not a zone of the IANA database.",
    "wrong-bounds": "min is above max.",
    "wrong-case": "A case says not exactly one outcome.",
    "wrong-constraint": "A constraint compares what cannot be compared, or is never false.",
    "wrong-constant": "Something that is always the same does not fit its field.",
    "wrong-contract": "The contract's own unit cannot be used.",
    "wrong-default": "A default does not fit its field.",
    "wrong-dimension": "Two units measure different things.",
    "wrong-format": "A format does not fit the type of its field.",
    "wrong-guard": "A field of this type cannot guard joins, or nothing joins records of the entity.",
    "wrong-identity": "A field of this type cannot be part of an identity key.",
    "wrong-rate": "A line of units/fx is no rate: date,base,quote,rate,source.",
    "wrong-rule": "A key of a rule does not fit the type of its field.",
    "wrong-time-format": "Not a format of times.",
    "wrong-unless": "The exception from an identity key compares what cannot be compared, or is always true.",
    "wrong-unit": "Not the name of a unit, or a product of powers of such.",
    "wrong-value": "A value that cannot stand here.",
    "zone-missing": "Times in this format have no zone, and the rule gives none.",
}
"""Every problem that this room finds in files, by its code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRules:
    """The rules of one mapping that could be compiled, and what is wrong with the others."""

    rules: tuple[CompiledRule, ...]
    problems: tuple[Problem, ...]


def compile_rules(
    document: Document[MappingFile],
    entity: Entity,
    units: Callable[[], Units],
    tables: Tables = NO_TABLES,
    rates: Callable[[], Rates] = no_rates,
    contracts: Contracts = MappingProxyType({}),
) -> CompiledRules:
    """Compile every rule of a mapping whose field the entity has; ``contracts`` are those of all others."""
    contracts = {**contracts, str(entity.entity): entity}
    blank = frozenset(document.draft.blank) if document.draft else frozenset[str]()
    problems: list[Problem] = []
    rules: list[CompiledRule] = []
    kinds = entity.types
    unsaid = kinds.keys() - {*document.names("fields"), *(document.draft.fields if document.draft else ())}
    for name, rule in document.draft.fields.items() if document.draft else ():
        if name in kinds:
            here: Path = ("fields", name)

            def report(path: Path, code: str, message: str, offset: int, here: Path = here) -> None:
                if path or here not in document.doubted:
                    problems.append(document.problem((*here, *path), code, message, offset))

            place = f"{document.file}:{document.line(here)}"
            ground = Ground(
                name=name,
                kind=kinds[name],
                units=units,
                rates=rates,
                contracts=contracts,
                unsaid=unsaid,
                report=report,
                tables=tables,
                blank=blank,
            )
            compiled = compile_rule(rule, ground, place)
            if compiled is not None:
                rules.append(compiled)
    return CompiledRules(rules=tuple(rules), problems=tuple(problems))


def check_entity(
    document: Document[Entity], *, units: Callable[[], Units], entities: Collection[str] | None = None
) -> list[Problem]:
    """Hold a contract against the units, and its references against the ``entities`` that exist."""
    problems: list[Problem] = []
    for name, kind in document.draft.types.items() if document.draft else ():
        path: Path = ("fields", name)
        if isinstance(kind, Ref) and entities is not None and kind.entity not in entities:
            said = f"there is no entity {str(kind.entity)!r}{near(kind.entity, entities)}"
            problems.append(document.problem((*path, "entity"), "entity-missing", said))
        unit = kind.unit if isinstance(kind, Quantity) else kind.per if isinstance(kind, Money) else None
        if unit is None:
            continue
        key = "unit" if isinstance(kind, Quantity) else "per"
        try:
            found = units().unit(unit)
        except UnitProblem as problem:
            problems.append(document.problem((*path, key), problem.code, str(problem), problem.offset))
            continue
        if key == "per" and [base for base, _ in found.dimension] not in (["[time]"], ["[work_time]"]):
            said = f"{unit!r} is {found.dimension_text}, not a time: write work_year, work_hour or day"
            problems.append(document.problem((*path, key), "wrong-dimension", said))
    named = document.draft.misnamed(document.names("fields")) if document.draft else ()
    problems += (document.problem(at, code, said) for at, code, said in named)
    return [*problems, *_condition_problems(document)]


def _condition_problems(document: Document[Entity]) -> Iterable[Problem]:
    contract = document.draft
    if contract is None:
        return
    unread = document.names("fields") - contract.types.keys()
    conditions = [
        ((*each.at, "that"), each.of_record, "wrong-constraint")
        for each in contract.constraints
        if each.of_record
    ]
    conditions += [
        ((*each.at, "unless"), each.unless, "wrong-unless")
        for each in contract.identity
        if each.unless is not None
    ]
    for at, condition, kind in conditions:
        for code, message, word in condition_faults(condition, contract.types, unread, code=kind):
            offset = max(condition.text.find(word), 0)
            yield document.problem(at, code, message, offset)


def check_codes(document: Document[UnitCodes], *, units: Callable[[], Units]) -> list[Problem]:
    """Hold the units that codes stand for against the registry."""
    draft = document.draft
    problems: list[Problem] = []
    for key, table in (("rec20", draft.rec20), ("ucum", draft.ucum)) if draft else ():
        for code, unit in table.items():
            try:
                units().product(unit)
            except UnitProblem as problem:
                problems.append(document.problem((key, code), problem.code, str(problem), problem.offset))
    return problems


def check_mapping(
    document: Document[MappingFile],
    entity: Document[Entity] | None,
    *,
    units: Callable[[], Units],
    tables: Tables = NO_TABLES,
    rates: Callable[[], Rates] = no_rates,
    entities: Collection[str] = (),
    contracts: Contracts = MappingProxyType({}),
    streams: Collection[str] | None = None,
    fed: Mapping[str, Mapping[str, Collection[KeyTexts]]] | None = None,
) -> list[Problem]:
    """
    Hold a mapping against its entity, the units, the tables and the other files.

    ``entity`` is the one that ``to`` names, None where there is none; ``contracts`` are all of them;
    ``streams`` are all ``connector.stream``, ``fed`` those that feed each entity, with the parts of the keys
    that they feed it by; None where they are not known.
    """
    draft = document.draft
    if draft is None:
        return []
    problems: list[Problem] = []
    if streams is not None and draft.from_ not in streams:
        said = f"there is no stream {draft.from_!r}{near(draft.from_, streams)}"
        problems.append(document.problem(("from",), "unknown-stream", said))
    if entity is None:
        said = f"there is no entity {str(draft.to)!r}{near(draft.to, entities)}"
        return [*problems, document.problem(("to",), "entity-missing", said)]
    contract = entity.draft
    if contract is None:
        return problems
    kinds = contract.types
    known = entity.names("fields")
    unknown = document.names("fields") - known
    for name in unknown:
        said = f"{name!r} is not a field of entity {str(contract.entity)!r}{near(name, known)}"
        problems.append(document.key_problem(("fields", name), "unknown-field", said))
    said_or_meant = {*draft.fields, *document.names("fields"), *(closest(name, known) for name in unknown)}
    for name, kind in kinds.items():
        if kind.required and name not in said_or_meant:
            said = f"{name!r} is required in entity {str(contract.entity)!r}, and no rule says it"
            problems.append(document.key_problem(("fields",), "required-unmapped", said))
    for name, rule in draft.fields.items():
        target = kinds.get(name)
        told = isinstance(target, Ref) and bool(entities) and target.entity not in entities
        if isinstance(target, Ref):
            problems += ref_problems(document, name, rule, target, streams, None if told else fed)
    # a contract's own unit is said where the contract is checked
    found = compile_rules(document, contract, units, tables, rates, contracts).problems
    return [*problems, *(problem for problem in found if problem.code != "wrong-contract")]
