"""``identity``: which records are one entity, where records alone cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.command import FINE, Call, command, who_decides
from engine.errors import SettingsError

if TYPE_CHECKING:
    from engine.flow.deciding import Signed
    from engine.store.decisions import Decided

Entity = Annotated[str, typer.Argument(metavar="ENTITY")]
SomeEntity = Annotated[str | None, typer.Argument(metavar="[ENTITY]", show_default=False)]
One = Annotated[str, typer.Argument(metavar="ID|KEY", help="An id, a record's key, or what identifies it.")]
Other = Annotated[str, typer.Argument(metavar="ID|KEY")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="Kept with the decision.")]
Reveal = Annotated[bool, typer.Option("--reveal", help="Show personal data.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(
        help="Which records are one entity: what was refused, and what people decide.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    command(group, "list")(list_)
    command(group, "show")(show)
    command(group, "merge")(merge)
    command(group, "split")(split)
    command(group, "keep-apart")(keep_apart)
    app.add_typer(group, name="identity")


def list_(
    call: Call,
    entity: SomeEntity = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every merge, refusal and decision so far.")
    ] = False,
    limit: Annotated[
        int, typer.Option(min=1, help="At most so many: the oldest refused joins, the newest of --all.")
    ] = 50,
    reveal: Reveal = False,
) -> int:
    """Joins that were refused and that nobody has decided about."""
    from engine.cli.identities import Keys, decision_json, print_decisions, print_queue, waiting_json
    from engine.cli.texts import plural
    from engine.flow.deciding import decisions, waiting

    with call.workspace() as workspace:
        keys = Keys(workspace, reveal=reveal)
        if everything:
            made = decisions(workspace, entity)
            print_decisions(call.terminal, made[-limit:], keys)
            if len(made) > limit:
                call.terminal.print(f"\n{len(made) - limit:,} older with --limit")
            call.terminal.give(
                {"count": len(made), "decisions": [decision_json(each, keys) for each in made[-limit:]]}
            )
            return FINE
        found = waiting(workspace, entity)
    print_queue(call.terminal, found[:limit], keys)
    more = f", {len(found) - limit:,} more with --limit" if len(found) > limit else ""
    call.terminal.print(
        f"\n{plural(len(found), 'refused join')}{more}: `syncline identity merge` or `keep-apart` settles one"
        if found
        else "nothing waits for a decision"
    )
    call.terminal.give({"count": len(found), "refused": [waiting_json(each, keys) for each in found[:limit]]})
    return FINE


def show(
    call: Call,
    entity: Entity,
    wanted: One,
    of: Annotated[
        str | None, typer.Option("--of", metavar="SOURCE[.STREAM]", help="Whose key it is.")
    ] = None,
    reveal: Reveal = False,
) -> int:
    """Which records an entity is made of, what they say of identity, and what was decided about it."""
    from engine.cli.identities import Keys, decision_json, print_decisions, said_values
    from engine.cli.texts import safe, table
    from engine.flow.deciding import standing

    with call.workspace() as workspace:
        keys = Keys(workspace, reveal=reveal)
        found = standing(workspace, entity, wanted, of=of)
    call.terminal.print(f"[bold]{safe(entity)}[/bold] {found.id}")
    for each in found.former:
        call.terminal.print(f"[dim]was also {each}[/dim]")
    made = table("RECORD", "SAYS")
    for record in found.records:
        said = ", ".join(keys.said(entity, kind, value) for kind, value in said_values(record))
        name = safe(f"{record.stream}:{record.key}")
        made.add_row(name, safe(said) if record.live else "[dim]has ended[/dim]")
    call.terminal.print(made)
    if found.decisions:
        call.terminal.print("")
        print_decisions(call.terminal, found.decisions, keys)
    call.terminal.give(
        {
            "entity": entity,
            "id": str(found.id),
            "former": [str(each) for each in found.former],
            "records": [
                {
                    "stream": str(record.stream),
                    "key": record.key,
                    "live": record.live,
                    "says": {
                        keys.name(entity, kind): keys.value(entity, kind, value)
                        for kind, value in said_values(record)
                    },
                }
                for record in found.records
            ],
            "decisions": [decision_json(each, keys) for each in found.decisions],
        }
    )
    return FINE


def merge(
    call: Call,
    entity: Entity,
    one: One,
    other: Other,
    why: Why,
    overrule: Annotated[
        bool, typer.Option("--overrule", help="Though somebody decided to keep them apart.")
    ] = False,
) -> int:
    """Two entities are one: the older id stays, the other one leads to it."""
    from engine.cli.texts import plural
    from engine.flow.deciding import merge as verb

    with call.workspace() as workspace:
        done = verb(workspace, entity, (one, other), _signed(why), overrule=overrule)
    call.terminal.print(f"{done.other} is {done.stays} now, with {plural(done.records, 'record')}")
    _told(call, done)
    return FINE


def split(
    call: Call,
    entity: Entity,
    wanted: Annotated[str, typer.Argument(metavar="ID", help="The id that went; with --record any.")],
    why: Why,
    record: Annotated[
        list[str] | None,
        typer.Option(
            "--record", metavar="SOURCE.STREAM:KEY", help="A record that joined; it gets an id of its own."
        ),
    ] = None,
) -> int:
    """One entity is two: undoes a merge, or parts single records; both sides are kept apart from then on."""
    from engine.cli.progress import watching
    from engine.cli.texts import plural
    from engine.flow.deciding import split as verb

    with call.workspace() as workspace, call.stopping() as stopping, watching(call.terminal) as listen:
        done = verb(workspace, entity, wanted, record or (), _signed(why), stopping=stopping, listen=listen)
    call.terminal.print(f"{done.other} is parted from {done.stays}, with {plural(done.records, 'record')}")
    _told(call, done)
    return FINE


def keep_apart(call: Call, entity: Entity, one: One, other: Other, why: Why) -> int:
    """Two entities are never one, whatever their records say."""
    from engine.flow.deciding import keep_apart as verb

    with call.workspace() as workspace:
        done = verb(workspace, entity, (one, other), _signed(why))
    call.terminal.print(f"{done.stays} and {done.other} are kept apart")
    _told(call, done)
    return FINE


def _signed(why: str) -> Signed:
    from engine.flow.deciding import Signed

    if not why.strip():
        raise SettingsError("--why is empty: say why, for whoever reads it later")
    return Signed(who=who_decides(), why=why)


def _told(call: Call, done: Decided) -> None:
    call.terminal.print(f"[dim]decision {done.number}[/dim]")
    call.terminal.give(
        {"decision": done.number, "id": str(done.stays), "other": str(done.other), "records": done.records}
    )
