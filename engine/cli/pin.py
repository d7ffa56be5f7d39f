"""``pin``: a field of one entity held to a value, above all that records say."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli.command import FINE, Call, command, time_given, who_decides
from engine.errors import SettingsError

Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, for whoever meets it.")]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="TIME", help="The first run after it lifts the pin; left out: never."),
]
Lift = Annotated[bool, typer.Option("--lift", help="Instead of a value: records say the field again.")]
Null = Annotated[
    bool, typer.Option("--null", help="Instead of a value: hold it to nothing, whatever records say.")
]
Of = Annotated[
    str | None, typer.Option("--of", metavar="SOURCE[.STREAM]", help="Whose key it is, if it is one.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "pin")(pin)


def pin(
    call: Call,
    entity: Annotated[str, typer.Argument(metavar="ENTITY")],
    wanted: Annotated[str, typer.Argument(metavar="ID|KEY")],
    field: Annotated[str, typer.Argument(metavar="FIELD")],
    why: Why,
    value: Annotated[
        str | None,
        typer.Argument(
            metavar="[VALUE]",
            show_default=False,
            help="Of a reference: an id, a record's key, or what identifies whom it is to lead to.",
        ),
    ] = None,
    null: Null = False,
    lift: Lift = False,
    until: Until = None,
    of: Of = None,
) -> int:
    """Hold a field of one entity to a value, whatever records say, until it is lifted or its time is over."""
    from engine.cli.texts import plural, safe
    from engine.flow.pins import lift as lifted
    from engine.flow.pins import pin as pinned

    if lift and until is not None:
        raise SettingsError("--until is when a pin ends by itself: --lift ends it now")
    if (value is not None) + null + lift != 1:
        raise SettingsError("say one of these: the VALUE to hold it to, --null, or --lift")
    end = None if until is None else time_given("--until", until)
    with call.workspace() as workspace:
        if lift:
            done = lifted(workspace, entity, wanted, field, why=why, who=who_decides(), of=of)
        else:
            done = pinned(
                workspace, entity, wanted, field, value, why=why, who=who_decides(), until=end, of=of
            )
    does = "is what records say again" if lift else "is pinned"
    call.terminal.print(f"{safe(field)} of [bold]{safe(entity)}[/bold] {done.id} {does}")
    if done.letters:
        call.terminal.note(
            f"{plural(done.letters, 'new dead letter')} by it: `syncline dead-letters list` has what does not"
            " hold now"
        )
    call.terminal.give(
        {
            "entity": entity,
            "id": str(done.id),
            "field": field,
            "pinned": not lift,
            "letters": done.letters,
        }
    )
    return FINE
