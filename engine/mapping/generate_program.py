"""
The generated code of a program: every rule of a mapping in one function, down to the COPY line.

Two forms. ``batch`` runs over the records of a response and writes lines; ``row`` takes one element
that ``each`` opened and gives its columns. Both raise for whatever is not usual, and then the exact
road maps that record: it alone decides what is filtered, refused or strange.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.expression import FUNCTIONS
from engine.expression.allowlist import build
from engine.expression.generate import Generator
from engine.mapping.identity import Identifier
from engine.mapping.links import CompiledLink, linked
from engine.mapping.plan import Plan
from engine.mapping.quick import QUICK
from engine.mapping.readings import Reading
from engine.mapping.tails import Column, Tails

_METHODS: Final = {
    FUNCTIONS["lower"].call: "lower",
    FUNCTIONS["upper"].call: "upper",
    FUNCTIONS["trim"].call: "strip",
}
_INPUTS: Final = (
    *("indices", "records", "keys", "versions", "places", "hashes", "fates", "faults"),
    *("partition", "body", "position", "raw", "founded", "lines", "done", "owns", "exact"),
)
_NAMES: Final = (*_INPUTS, *("i", "key", "line", "n", "own", "parent", "r", "record", "s"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """The function of a plan, and its source for whoever wants to see it."""

    source: str
    run: Callable[..., Any]
    said: int
    """Bits of all fields; those that a row lacks are taken away."""


def generate(plan: Plan) -> Generated:
    """Write, check and compile the code of a plan."""
    body = _Body(plan)
    body.write_rules()
    lines = _row(body) if plan.each else _batch(body)
    source = "\n".join([*lines, ""])
    names = [name for name in _NAMES if name not in body.generator.namespace]
    function = "row" if plan.each else "batch"
    run = build(source, body.generator.namespace, function, names=names)
    return Generated(source=source, run=run, said=body.said)


class _Body:
    """The statements between a record and its row."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.generator = Generator(indent=1 if plan.each else 3)
        self.generator.namespace.update(QUICK)
        self.generator.objects.add("r")
        roots = {None: "r", "record": "r", "parent": "r", "partition": "partition", "body": "body"}
        if plan.each:
            roots |= {"record": "record", "parent": "parent"}
        self.tails = Tails(self.generator, roots)
        self.identity: list[str] = []
        self.links: list[str] = []
        self.said = sum(1 << shape.bit for shape in plan.shape.fields)

    def write_rules(self) -> None:
        """Every field of the entity, its identity values, links, constraints."""
        plan, write = self.plan, self.generator.write
        if "partition" in plan.roots:
            write("if type(partition) is not dict: raise Surprise")
        if not plan.each:
            self._write_head()
        start = len(self.generator.lines)
        made: dict[str, list[Column]] = {}
        for index in plan.order:
            shape, rule = plan.shape.fields[index], plan.rules[index]
            columns = shape.columns[:1] if shape.refers_to else shape.columns
            first = len(self.tails.columns)
            if rule is not None:
                kinds = ["text"] if shape.refers_to else [sql for _, sql in columns]
                beside = made[rule.beside][0].name if rule.beside is not None else None
                self.tails.rule(rule, 1 << shape.bit, kinds, beside)
            else:
                self.tails.nothing(1 << shape.bit, len(columns))
                if shape.name in plan.required:
                    write("raise Surprise")
            made[shape.name] = self.tails.columns[first:]
        self.tails.columns = [each for shape in plan.shape.fields for each in made[shape.name]]
        self.generator.lines.insert(start, "    " * self.generator.depth + f"n = {self.tails.nulls}")
        said = dict(enumerate(self._identity(each) for each in plan.identifiers))
        for link in plan.links:
            self.links.append(self._link(link))
            said |= {} if link.kind is None else {link.kind: self.links[-1]}
        if plan.own is not None and not plan.each:
            said[plan.own] = "own" if plan.key else "key"
        self.identity = [said.get(kind, "None") for kind in plan.shape.kinds]
        for each in plan.checks:
            texts = ", ".join(self.tails.columns[index].name for index in each.that.columns)
            write(f"if not {self.generator.constant(each.holds)}({texts}): raise Surprise")

    def _write_head(self) -> None:
        """The record and its key; what does not pass ``when`` is left to the exact road."""
        write = self.generator.write
        write("r = records[i]")
        write("key = keys[i]")
        write("if type(r) is not dict or key is None or fates[i] or i in faults: raise Surprise")
        if self.plan.when is not None:
            name = self.generator.value(self.plan.when.tree, "r")
            write(f"if not {self.generator.truth(name)}: raise Surprise")
        if self.plan.key:
            self._write_key(self.plan.key)

    def _write_key(self, parts: Sequence[Reading]) -> None:
        """The key of the thing made, in ``own``."""
        texts = []
        for each in parts:
            value = self.tails.read(each)
            text = self.generator.assign(f"f'{{{value}}}' if type({value}) is int else {value}")
            self.generator.write(f"if type({text}) is not str: raise Surprise")
            texts.append(text)
        joined = texts[0] if len(texts) == 1 else _joined(texts)
        self.generator.write(f"own = {joined}")
        self.generator.write("if len(own) > LONGEST: raise Surprise")

    def check(self, *, lines: bool) -> None:
        """Hold what is no plain text against PostgreSQL; ``s`` tells whether COPY must escape."""
        write = self.generator.write
        unclean = [f"{{{each.name}}}" for each in self.tails.columns if not each.clean]
        unclean += [f"{{{name}}}" for name in self.links]
        keys = ["{key}", "{own}"][: 2 if self.plan.key else 1] if lines else []
        write(f"s = f'{''.join([*keys, *unclean])}'")
        write("if '\\x00' in s: raise Surprise")
        write("if not s.isascii(): storable(s)")

    def _link(self, link: CompiledLink) -> str:
        value = self.tails.read(link.reading)
        return self.generator.assign(f"{self.generator.constant(linked)}({value})")

    def _identity(self, identifier: Identifier) -> str:
        write = self.generator
        name = write.assign("None")
        columns = [self.tails.columns[index].name for index in identifier.columns]
        if "None" in columns:
            return name
        held = [write.assign(column) for column in columns]
        with write.block(f"if {' and '.join(f'{each} is not None' for each in held)}"):
            for function in identifier.functions:
                method = _METHODS.get(function)
                for each in held:
                    call = f"{each}.{method}()" if method else f"{write.constant(function)}({each})"
                    write.write(f"{each} = {call}")
                    if not method:
                        write.write(f"if type({each}) is not str: raise Surprise")
            wanted = list(held)
            if identifier.unless is not None:
                texts = ", ".join(self.tails.columns[index].name for index in identifier.unless.columns)
                wanted.append(f"not {write.constant(identifier.excepts)}({texts})")
            with write.block(f"if {' and '.join(wanted)}"):
                write.write(f"{name} = {held[0] if len(held) == 1 else _joined(held)}")
                write.write(f"if len({name}) > LONGEST: raise Surprise")
        return name


def _joined(texts: Sequence[str]) -> str:
    parts = "/".join(f"{{escaped({text}) if '/' in {text} or '~' in {text} else {text}}}" for text in texts)
    return f'f"{parts}"'


def _batch(body: _Body) -> list[str]:
    plan, write = body.plan, body.generator
    own = "own" if plan.key else "key"
    body.check(lines=True)
    write.write("if '\\\\' in s or '\\t' in s or '\\n' in s or '\\r' in s:")
    write.write(f"    line = {_line(body, own, escape=True)}")
    write.write("else:")
    write.write(f"    line = {_line(body, own, escape=False)}")
    write.write("lines.append(line)")
    write.write("done.append(i)")
    if plan.key:
        write.write("owns.append(own)")
    return [
        f"def batch({', '.join(_INPUTS)}):",
        "    for i in indices:",
        "        try:",
        *write.lines,
        "        except Exception:",
        "            exact(i)",
    ]


def _line(body: _Body, own: str, *, escape: bool) -> str:
    """The line as one f-string: ``stage_columns`` with tabs between."""

    def text(name: str, *, clean: bool) -> str:
        if name == "None":
            return "\\\\N"
        return f"{{copy_text({name})}}" if escape and not clean else f"{{NULL if {name} is None else {name}}}"

    head = [
        f"{{copy_text({own})}}" if escape else f"{{{own}}}",
        "\\\\N",
        "0",
        "{versions[i]}",
        "{position}",
        "{raw}",
    ]
    head += ["{places[i]}", "{hashes[i]}", "{founded}", f"{{{body.said} ^ n}}"]
    tail = [text(name, clean=False) for name in body.identity]
    tail += [
        f"{{{each.written}}}" if each.written else text(each.name, clean=each.clean)
        for each in body.tails.columns
    ]
    return "f'" + "\\t".join([*head, *tail]) + "'"


def _row(body: _Body) -> list[str]:
    columns = "".join(f"{each.name}, " for each in body.tails.columns)
    body.check(lines=False)
    return [
        "def row(r, record, parent, partition, body):",
        "    if type(r) is not dict: raise Surprise",
        *body.generator.lines,
        f"    return ({columns}), {body.said} ^ n, ({''.join(f'{name}, ' for name in body.identity)})",
    ]
