"""The entity, its four streams and a policy drawn by lot: compiled, and as the brute force reads it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from engine.fetch.reading import Reader
from engine.mapping.entity import Entity
from engine.mapping.plan import plan_of
from engine.mapping.policy import Policy as PolicyFile
from engine.mapping.program import Program, compile_program
from engine.mapping.rules import MappingFile
from engine.mapping.shape import entity_shape
from engine.mapping.units import units_of
from engine.records.received import StreamName
from engine.records.shapes import EntityShape, Feed
from engine.spec.load import load
from tests.machine.brute import BOSSES
from tests.machine.hearing import FIELDS, LINK, PATCHES
from tests.machine.rows import GROUP, UNIQUE, Policy
from tests.unit.fetch.streams import stream_of

T = TypeVar("T")
STREAMS = tuple(BOSSES)
ENTITY = """
entity: person
fields:
  site: string
  number: string
  email: string
  born: date
  name: string
  nick: string
  level: integer
  tags: {type: list, of: string}
  boss: {type: ref, entity: person}
  mentor: {type: ref, entity: person}
identity:
  - {name: number, on: [site, number], normalise: [trim, upper]}
  - {name: email, on: [email], normalise: [trim, lower], unless: "starts_with(email, 'all@')"}
"""
RULES = """
from: %(stream)s
to: person
when: state != 'draft'
blank: [""]
fields:
  site: site
  number: number
  email: email
  born: born
  name: name
  nick: nick
  level: level
  tags: tags
  boss: {value: boss, ref: %(boss)s}
  mentor: {value: mentor, ref: {entity: person, by: email}}
"""
LINKED = f"links: [{{to: {LINK[1]}, value: link}}]\n"
SCOPES: Sequence[Mapping[str, str]] = (
    {},
    {"hr": "us", "pay": "us", "crm": "de"},
    {},
    {"hr": "us", "pay": "de", "crm": "de"},
)
"""Source → scope of its numbers."""
MARKED = "deletes: {type: marker, when: gone == `true`}\n"
READS = {
    "hr.employees": "version: {value: at, type: integer}\n" + MARKED,
    "hr.pool": "",
    "pay.people": "version: {value: at, type: integer}\n",
    "crm.changes": "version: {value: at, type: integer}\npartial: true\n" + MARKED,
}
PLACES = ("hr", "pay", "crm", *STREAMS)


@dataclass(frozen=True, kw_only=True)
class Contract:
    """All that the engine is given, and what the brute force knows of it."""

    policy: Policy
    text: str
    """The policy's file."""
    shape: EntityShape
    programs: Mapping[str, Program]
    readers: Mapping[str, Reader]


def _turn(options: Sequence[T], number: int, what: str) -> T:
    """One of the options; as many numbers as there are options take each of them once."""
    order = list(range(len(options)))
    random.Random(f"{what} {number // len(order)}").shuffle(order)
    return options[order[number % len(order)]]


def drawn(number: int) -> tuple[Policy, str]:
    """A policy, and its file; policies that follow one another differ in as much as they can."""
    dice = random.Random(f"policy {number}")
    plan: dict[str, tuple[str, tuple[str, ...], str | None]] = {}
    grouped = _turn((True, True, False), number, "grouped")
    for name in FIELDS:
        ways = ["prefer", "latest", "earliest"]
        ways += ["max", "min"] if name == "level" else ["union"] if name == "tags" else []
        way = _turn(ways, number, name)
        prefer = tuple(dice.sample(PLACES, dice.randint(1, 3))) if way == "prefer" else ()
        ties: list[str | None] = [None, *(["latest", "earliest"] if way in {"prefer", "max", "min"} else [])]
        ties += ["max", "min"] if name == "level" and way in {"prefer", "latest", "earliest"} else []
        plan[name] = plan["name"] if grouped and name == "nick" else (way, prefer, dice.choice(ties))
    ends = frozenset(_turn(((), (), ("hr",), ("pay", "crm")), number, "ends"))
    policy = Policy(
        plan=plan,
        grouped=grouped,
        guarded=_turn((True, False), number, "guarded"),
        history=_turn((True, True, True, False), number, "history"),
        ends=ends,
        keeps=frozenset(_turn(((), ("hr",), ("crm",), ("hr", "pay", "crm")), number, "keeps")) - ends,
        unique=_turn((False, True, False), number, "unique"),
        scopes=_turn(SCOPES, number, "scopes"),
    )
    lines = ["policy: person", "fields:"]
    for name, (way, prefer, then) in plan.items():
        said = f"prefer: [{', '.join(prefer)}]" if way == "prefer" else f"{way}: true"
        lines.append(f"  {name}: {{{said}{f', then: {then}' if then else ''}}}")
    lines += [f"groups: {{called: [{', '.join(GROUP)}]}}"] if grouped else []
    lines += ["guards: [{differ: born}]"] if policy.guarded else []
    groups = {scope: [who for who, its in policy.scopes.items() if its == scope] for scope in ("us", "de")}
    told = ", ".join(f"{scope}: [{', '.join(sources)}]" for scope, sources in groups.items())
    lines += [f"scopes: {{number: {{{told}}}}}"] if policy.scopes else []
    effects = [f"{each}: end_entity" for each in sorted(policy.ends)]
    effects += [f"{each}: keep_until_replaced" for each in sorted(policy.keeps)]
    lines += [f"on_source_delete: {{{', '.join(effects)}}}"] if effects else []
    return policy, "\n".join(lines) + "\n"


def _rules(stream: str) -> str:
    return RULES % {"stream": stream, "boss": BOSSES[stream]} + (LINKED if stream == LINK[0] else "")


def contract_of(number: int) -> Contract:
    """The contract of a number."""
    policy, text = drawn(number)
    unique = f"constraints: [{{name: one, unique: [{', '.join(UNIQUE)}]}}]\n" if policy.unique else ""
    told = f"{ENTITY}history: {str(policy.history).lower()}\n{unique}"
    entity = load(Entity, "person.yaml", told)
    names = {each: StreamName(source=each.split(".")[0], stream=each.split(".")[1]) for each in STREAMS}
    feeds = [
        Feed(
            mapping=name.replace(".", "/"),
            stream=stream,
            entity="person",
            refs={"boss": names[BOSSES[name]]},
            by_identity={"mentor": ("person", 1)},
            partial=name == PATCHES,
            links={LINK[1]: names[LINK[1]]} if name == LINK[0] else {},
        )
        for name, stream in names.items()
    ]
    shape = entity_shape(
        entity.need(), load(PolicyFile, "policy.yaml", text).need(), feeds, list(names.values())
    )
    programs = {
        name: compile_program(
            plan_of(
                name.replace(".", "/"),
                load(MappingFile, "m.yaml", _rules(name)),
                entity,
                shape,
                lambda: units_of(()),
                contracts={"person": entity.need()},
            )
        )
        for name in STREAMS
    }
    head = 'path: /things\nrecords: "@"\nkey: id\n'
    readers = {name: Reader(stream_of(head + READS[name])) for name in STREAMS}
    return Contract(policy=policy, text=text, shape=shape, programs=programs, readers=readers)
