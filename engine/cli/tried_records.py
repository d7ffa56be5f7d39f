"""How do records look beside what each mapping made of them?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from engine.cli.texts import HIDDEN, alarming, inline, moment, number, plural, safe, table
from engine.expression.json_text import write_json
from engine.flow.attempt import readings
from engine.mapping.reads import pointers_read

if TYPE_CHECKING:
    from engine.cli.terminal import Terminal
    from engine.flow.attempt import Attempt, Mapped
    from engine.flow.outcome import Outcome
    from engine.records.received import Decoded
    from engine.records.shapes import FieldShape

_LOOKED_AT: Final = 20
"""Records of a page whose paths are compared with what rules read."""


def record(terminal: Terminal, found: Attempt, index: int, *, reveal: bool) -> None:
    """One record beside what each mapping made of it."""
    assert found.page is not None  # noqa: S101 # there are records
    decoded = found.page.decoded
    key = decoded.keys[index]
    head = f"[bold]record {index + 1}[/bold] of {len(decoded.records)}  {inline(key or 'without a key')}"
    if not found.mappings:
        terminal.print("", head)
        terminal.print(Text(_pretty(decoded.records[index]), overflow="fold"))
        return
    for mapped in found.mappings:
        outcome = mapped.outcomes[index]
        arrow = f"[dim]{safe(mapped.plan.mapping)} → {safe(mapped.plan.entity)}[/dim]"
        terminal.print("", f"{head}   {arrow}   {_verdict(outcome)}")
        if outcome.made or outcome.refused:
            terminal.print(_fields(mapped, decoded, outcome, reveal=reveal))


def _pretty(value: Any) -> str:
    import json  # needed only here

    return json.dumps(json.loads(write_json(value), parse_float=str), indent=2, ensure_ascii=False)


def _verdict(outcome: Outcome) -> str:
    match outcome.kind:
        case "refused":
            return "[red]dead letter[/red]"
        case "filtered":
            return "[yellow]filtered[/yellow]"
        case "deleted":
            return "[yellow]deleted[/yellow]"
        case "nothing":
            return "[dim]opens nothing[/dim]"
    return f"[green]{len(outcome.made)} made[/green]" if len(outcome.made) > 1 else "[green]✓[/green]"


def _fields(mapped: Mapped, decoded: Decoded, outcome: Outcome, *, reveal: bool) -> Table:
    """What each rule read, and what it made of that."""
    plan = mapped.plan
    read = readings(plan, decoded, outcome)
    wrong = {fault.field: fault for _, faults in outcome.refused for fault in faults}
    made = table(*(["=FIELD", "READ", "MADE", "="] if read else ["=FIELD", "MADE", "="]))
    for element in outcome.made or (None,):
        if plan.each and element is not None:
            made.add_row("[dim]key[/dim]", inline(element.key), "")
        for field, rule in zip(plan.shape.fields, plan.rules, strict=True):
            if rule is None:
                continue
            hide = field.pii and not reveal
            fault = wrong.pop(field.name, None)
            values = {} if element is None else element.values
            cells = [safe(field.name)]
            if read:
                said = [inline(write_json(value), 60) for _, value in read.get(field.name, ())]
                cells.append(HIDDEN if hide and said else " ".join(said) or "[dim]constant[/dim]")
            cells.append(_made(field, values, hide=hide) if fault is None else _blamed(fault, hide=hide))
            made.add_row(*cells, f"[dim]{safe(mapped.about.get(field.name, '') or field.type)}[/dim]")
    for fault in wrong.values():
        made.add_row("[dim]record[/dim]", *[""] * bool(read), _blamed(fault, hide=False), "")
    return made


def _made(field: FieldShape, values: Mapping[str, str | None], *, hide: bool) -> str:
    columns = field.columns[: 1 if field.refers_to else None]
    said = " ".join(
        inline(_meant(sql, text), 60) for name, sql in columns if (text := values.get(name)) is not None
    )
    return "[dim]·[/dim]" if not said else HIDDEN if hide else f"[green]{said}[/green]"


def _meant(sql: str, text: str) -> str:
    """PostgreSQL's text as a person writes it."""
    if sql == "boolean":
        return {"t": "true", "f": "false"}.get(text, text)
    return moment(text) if sql == "timestamptz" else text


def _blamed(fault: Any, *, hide: bool) -> str:
    message = "(quotes personal data: --reveal)" if hide else inline(fault.message)
    return f"[red]✗ {message} {safe(fault.code)}[/red]"


def summary(terminal: Terminal, found: Attempt, *, limit: int, reveal: bool) -> None:
    """What became of all records of the page, and every dead letter."""
    assert found.page is not None  # noqa: S101 # there are records
    decoded = found.page.decoded
    if not found.mappings:
        more = len(decoded.records) - min(limit, len(decoded.records))
        terminal.print(
            "", f"{plural(len(decoded.records), 'record')}, {more:,} not shown; no mapping reads them"
        )
        return
    made = table("MAPPING", "ENTITY", ">RECORDS", ">MADE", ">FILTERED", ">DELETED", ">DEAD")
    letters = table("KEY", "=FIELD", "=CODE", "WHY", "=RULE")
    for each in found.mappings:
        kinds = [one.kind for one in each.outcomes]
        made.add_row(
            safe(each.plan.mapping),
            safe(each.plan.entity),
            number(len(kinds)),
            number(sum(len(one.made) for one in each.outcomes)),
            number(kinds.count("filtered")),
            number(kinds.count("deleted")),
            alarming(kinds.count("refused")),
        )
        for row in _letters(each, reveal=reveal):
            letters.add_row(*row)
    terminal.print("", made)
    if letters.row_count:
        terminal.print("", letters)
    unread = _unread(found)
    if unread:
        terminal.print("", f"[dim]read by no rule: {inline(', '.join(unread), 400)}[/dim]")


def _letters(mapped: Mapped, *, reveal: bool) -> Iterator[Sequence[str]]:
    hidden = {each.name for each in mapped.plan.shape.fields if each.pii}
    for outcome in mapped.outcomes:
        for key, faults in outcome.refused:
            name = inline(key or outcome.key or "·")
            for fault in faults:
                hide = fault.field in hidden and not reveal
                why = "(quotes personal data: --reveal)" if hide else inline(fault.message)
                rule = (fault.rule or "").rpartition("/")[2]
                yield (
                    name,
                    safe(fault.field or "·"),
                    f"[red]{safe(fault.code)}[/red]",
                    why,
                    f"[dim]{safe(rule)}[/dim]",
                )
                name = ""


def _unread(found: Attempt) -> list[str]:
    """Paths of the page's first records that no rule reads; nothing where a mapping opens lists in them."""
    assert found.page is not None  # noqa: S101 # there are records
    decoded = found.page.decoded
    if any(each.plan.each for each in found.mappings):
        return []
    left: dict[str, None] = {}
    read: set[str] = set()
    for index, record in enumerate(decoded.records[:_LOOKED_AT]):
        for mapped in found.mappings:
            for said in readings(mapped.plan, decoded, mapped.outcomes[index]).values():
                read |= {_dotted(pointer) for pointer, _ in said if pointer}
        for expression in found.expressions:
            read |= {_dotted(pointer) for pointer in pointers_read(expression, record)}
        left |= dict.fromkeys(_leaves(record, ""))
    return [
        each
        for each in left
        if not any(each == one or each.startswith(f"{one}.") or one.startswith(f"{each}.") for one in read)
    ]


def _dotted(pointer: Sequence[str | int]) -> str:
    return ".".join(each for each in pointer if isinstance(each, str))


def _leaves(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, f"{path}.{key}" if path else key)
    elif path:
        yield path
