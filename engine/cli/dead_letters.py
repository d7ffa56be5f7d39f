"""``dead-letters``: records that could not become canonical."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.command import FINDINGS, FINE, Call, command, who_decides
from engine.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from engine.flow.workspace import Workspace
    from engine.store.dead_letters import DeadLetter

Target = Annotated[str | None, typer.Argument(metavar="[SOURCE[.STREAM]]", show_default=False)]
Key = Annotated[str | None, typer.Argument(metavar="[KEY]", show_default=False)]
MappingName = Annotated[str | None, typer.Option("--mapping", help="Only of this mapping, connector/name.")]
Code = Annotated[str | None, typer.Option("--code", help="Only with this code.")]
Everything = Annotated[bool, typer.Option("--all", help="Every letter that stands.")]
Reveal = Annotated[bool, typer.Option("--reveal", help="Show personal data, and all of the record.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(
        help="Records that could not become canonical.", no_args_is_help=True, rich_markup_mode=None
    )
    command(group, "list")(list_)
    command(group, "show")(show)
    command(group, "retry")(retry)
    command(group, "discard")(discard)
    app.add_typer(group, name="dead-letters")


def list_(
    call: Call,
    target: Target = None,
    mapping: MappingName = None,
    code: Code = None,
    discarded: Annotated[bool, typer.Option("--discarded", help="Those too that nobody wants.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 50,
    reveal: Reveal = False,
) -> int:
    """What could not become canonical, and why."""
    from engine.cli.texts import plural, safe, table
    from engine.flow.letters import chosen, count

    which = {"target": target, "mapping": mapping, "code": code}
    with call.workspace() as workspace:
        every = count(workspace.database, **which, discarded=discarded)
        found = chosen(workspace.database, **which, discarded=discarded, limit=limit)
        hidden = personal(workspace)
    made = table("=STREAM", "KEY", "=FIELD", "=CODE", "WHY")
    for letter in found:
        name, key = f"{letter.source}.{letter.stream}", letter.subject
        state = "" if letter.state == "open" else f" [dim]({letter.state})[/dim]"
        for each in letter.problems:
            colour = {"open": "red", "retrying": "yellow"}.get(letter.state, "dim")
            made.add_row(
                safe(name),
                safe(key),
                safe(each["field"] or "-"),
                f"[{colour}]{safe(each['code'])}[/{colour}]",
                safe(why(letter, each, hidden, reveal=reveal)) + state,
            )
            name = key = state = ""
    if found:
        call.terminal.print(made)
    more = f", {every - len(found):,} more with --limit" if every > len(found) else ""
    call.terminal.print(f"\n{plural(every, 'dead letter')}{more}" if found else "no dead letters")
    call.terminal.give(
        {"count": every, "dead_letters": [_json(each, hidden, reveal=reveal) for each in found]}
    )
    return FINE


def personal(workspace: Workspace) -> Mapping[str, Collection[str]]:
    """By mapping: the fields that hold personal data."""
    return {
        name: {each.name for each in program.plan.shape.fields if each.pii}
        for name, program in workspace.programs.items()
    }


def why(
    letter: DeadLetter, problem: Mapping[str, Any], hidden: Mapping[str, Collection[str]], *, reveal: bool
) -> str:
    """What is wrong; a message about personal data quotes it, and is held back."""
    known = hidden.get(letter.mapping)
    if reveal or (known is not None and problem["field"] not in known):
        return str(problem["message"])
    return "(quotes personal data: --reveal)"


def _json(letter: DeadLetter, hidden: Mapping[str, Collection[str]], *, reveal: bool) -> dict[str, Any]:
    return {
        "mapping": letter.mapping,
        "stream": f"{letter.source}.{letter.stream}",
        "subject": letter.subject,
        "key": letter.key,
        "response": letter.raw_id,
        "place": letter.place,
        "stage": letter.stage,
        "state": letter.state,
        "first": letter.first.isoformat(),
        "last": letter.last.isoformat(),
        "attempts": letter.attempts,
        "problems": [
            {**each, "message": why(letter, each, hidden, reveal=reveal)} for each in letter.problems
        ],
    }


def show(
    call: Call,
    target: Annotated[str, typer.Argument(metavar="SOURCE.STREAM")],
    key: Annotated[str, typer.Argument(metavar="KEY")],
    mapping: MappingName = None,
    reveal: Reveal = False,
) -> int:
    """One of them: what is wrong, with the record, what rules read of it, and where it stands in raw."""
    from engine.cli.texts import moment, plural, safe
    from engine.flow.letters import discreet, named, opened

    said = []
    with call.workspace() as workspace:
        hidden = personal(workspace)
        for letter in named(workspace.database, target, key, mapping=mapping):
            found = opened(workspace, letter)
            record = found.record if reveal else discreet(workspace, letter, found.record)
            said.append(
                _json(letter, hidden, reveal=reveal)
                | {"record": record, "pointer": found.pointer, "bytes": found.span}
            )
            call.terminal.print(
                f"[bold]{safe(letter.subject)}[/bold] of {safe(str(found.response.stream))}"
                f" by {safe(letter.mapping)}  [red]{letter.state}[/red]"
            )
            for each in letter.problems:
                field = f"{safe(each['field'])}: " if each["field"] else ""
                text = safe(why(letter, each, hidden, reveal=reveal))
                call.terminal.print(f"  {field}{text} [red]{safe(each['code'])}[/red]")
                if each["rule"]:
                    call.terminal.print(f"  [dim]rule {safe(each['rule'])}[/dim]")
            where = f"bytes {found.span[0]:,} to {found.span[1]:,}" if found.span else "not found in the body"
            call.terminal.print(
                f"  [dim]first seen {moment(letter.first)}, last {moment(letter.last)},"
                f" {plural(letter.attempts, 'attempt')}[/dim]",
                f"  [dim]response {letter.raw_id}, {safe(found.pointer or '-')}, {where}[/dim]",
                safe(json.dumps(record, indent=2, ensure_ascii=False, default=str)),
            )
            if not reveal:
                call.terminal.note("only what rules read is shown, without personal data: --reveal")
    call.terminal.give({"dead_letters": said})
    return FINE


def _several(
    workspace: Workspace,
    target: str | None,
    key: str | None,
    code: str | None,
    mapping: str | None,
    *,
    everything: bool,
) -> list[DeadLetter]:
    from engine.flow.letters import chosen, named

    if target is not None and key is not None:
        return named(workspace.database, target, key, mapping=mapping)
    if not (everything or target or code or mapping):
        raise SettingsError("say which: SOURCE.STREAM [KEY], --code, --mapping, or --all")
    return chosen(workspace.database, target, mapping=mapping, code=code)


def retry(
    call: Call,
    target: Target = None,
    key: Key = None,
    code: Code = None,
    mapping: MappingName = None,
    everything: Everything = False,
) -> int:
    """Try them again, with the mapping as it is now; asks no source."""
    from engine.cli.progress import watching
    from engine.cli.run import counts_json
    from engine.cli.texts import plural
    from engine.flow.letters import retry as verb

    with call.workspace() as workspace:
        letters = _several(workspace, target, key, code, mapping, everything=everything)
        with call.stopping() as stopping, watching(call.terminal) as listen:
            done = verb(workspace, letters, who=who_decides(), stopping=stopping, listen=listen)
    call.terminal.print(f"{plural(done.letters, 'dead letter')} tried again, {done.left:,} left")
    call.terminal.give(
        {"retried": done.letters, "left": done.left, "mappings": counts_json(done.tally.by_mapping)}
    )
    return FINDINGS if done.left else FINE


def discard(
    call: Call,
    target: Target = None,
    key: Key = None,
    code: Code = None,
    mapping: MappingName = None,
    everything: Everything = False,
) -> int:
    """Nobody wants them any more; they stay on record, marked so, until the record says another thing."""
    from engine.cli.texts import plural
    from engine.flow.letters import discard as verb

    with call.workspace() as workspace:
        letters = _several(workspace, target, key, code, mapping, everything=everything)
        count = verb(workspace.database, letters, who=who_decides())
    call.terminal.print(f"{plural(count, 'dead letter')} discarded")
    call.terminal.give({"discarded": count})
    return FINE
