"""``show`` and ``explain``: one entity, and where each of its values came from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.command import FINDINGS, FINE, Call, command, time_given

if TYPE_CHECKING:
    from engine.flow.explain import Explained, Part
    from engine.flow.older import Age
    from engine.flow.pinned import Held

Entity = Annotated[str, typer.Argument(metavar="ENTITY")]
Wanted = Annotated[
    str, typer.Argument(metavar="ID|KEY", help="A canonical id, a record's key, or what identifies it.")
]
Of = Annotated[str | None, typer.Option("--of", metavar="SOURCE[.STREAM]", help="Whose key it is.")]
Reveal = Annotated[bool, typer.Option("--reveal", help="Show personal data.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "show")(show)
    command(app, "explain")(explain)


_CAUSES = {
    "response": "when response {number} said otherwise",
    "run": "when run {number} did not find all who spoke for it",
    "decision": "when decision {number} on identity was made",
    "pin": "when pin {number} began or ended",
    "age": "when some of it was not confirmed for too long",
    "confirmation": "when run {number} confirmed it again",
    "reference": "when somebody it refers to came or went",
}
"""Why a former row stands no more."""


def show(
    call: Call,
    entity: Entity,
    wanted: Wanted,
    of: Of = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="TIME", help="As it was then.")] = None,
    reveal: Reveal = False,
) -> int:
    """A canonical row, each value with its source."""
    from engine.cli.texts import colours, field_text, moment, plain, revealed, safe, table
    from engine.flow.view import view

    at = None if as_of is None else time_given("--as-of", as_of)
    with call.workspace() as workspace:
        found = view(workspace, entity, wanted, of=of, at=at)
        paint = colours(workspace.sources)
    call.terminal.print(f"[bold]{safe(entity)}[/bold] {found.id}")
    former = found.former
    if former is not None:
        why = _CAUSES[former.cause].format(number=former.number)
        call.terminal.print(f"[yellow]as it was until {moment(former.until)}[/yellow], {why}")
    if found.withheld:
        call.terminal.print(f"[yellow]is withheld[/yellow]: {safe('; '.join(found.withheld))}")
    elif found.values is None:
        call.terminal.print("[yellow]has ended: no source speaks for it[/yellow]")
    else:
        made = table("FIELD", "VALUE", "FROM")
        for field in found.shape.fields:
            text = field_text(field, found.values, reveal=reveal)
            origin = ", ".join(
                f"[{paint.get(stream.source, 'white')}]{safe(str(stream))}[/]"
                for stream in found.winners.get(field.name, ())
            )
            if field.name in found.pinned:
                origin = "[bold]pin[/bold]"
            made.add_row(
                f"[dim]{field.name}[/dim]" if not text else field.name, safe(text) or "[dim]·[/dim]", origin
            )
        call.terminal.print(made)
        if any(each.pii for each in found.shape.fields) and not reveal:
            call.terminal.note("personal data is hidden: --reveal")
    said = ", ".join(
        f"{each.stream} {each.key}{'' if each.live else ' (ended)'}" for each in found.contributors
    )
    call.terminal.print(f"[dim]records: {safe(said)}[/dim]")
    call.terminal.give(
        {
            "entity": entity,
            "id": str(found.id),
            "ended": found.values is None and not found.withheld,
            "withheld": list(found.withheld),
            "until": None if former is None else plain(former.until),
            "cause": None if former is None else {"what": former.cause, "number": former.number},
            "values": revealed(found.shape, found.values, reveal=reveal),
            "from": {name: ", ".join(map(str, streams)) for name, streams in found.winners.items()}
            | dict.fromkeys(sorted(found.pinned), "pin"),
            "records": [
                {"stream": str(each.stream), "key": each.key, "response": each.raw_id, "live": each.live}
                for each in found.contributors
            ],
        }
    )
    return FINE


def explain(
    call: Call,
    entity: Entity,
    wanted: Wanted,
    field: Annotated[str | None, typer.Argument(metavar="[FIELD]", show_default=False)] = None,
    of: Of = None,
    reveal: Reveal = False,
) -> int:
    """Where each value came from, down to the bytes of the response; proves it by running the rule again."""
    from engine.cli.belonging import ended_json, link_json, print_ended, print_link
    from engine.cli.explained import print_field, print_held
    from engine.cli.texts import colours, safe
    from engine.flow.explain import explain as verb

    with call.workspace() as workspace:
        found = verb(workspace, entity, wanted, field, of=of)
        paint = colours(workspace.sources)
    call.terminal.print(f"[bold]{safe(entity)}[/bold] {found.id}")
    for each in found.fields:
        call.terminal.print("")
        print_field(call.terminal, each, paint, reveal=reveal, brief=field is None)
    for held in found.held:
        call.terminal.print("")
        print_held(call.terminal, held, paint, reveal=reveal)
    for link in found.links:
        call.terminal.print("")
        print_link(call.terminal, link, paint)
    personal = any(one.pii for one in found.shape.fields)
    for gone in found.ended:
        call.terminal.print("")
        print_ended(call.terminal, gone, paint, hide=personal and not reveal)
    proved = sum(each.agrees for each in found.fields)
    colour = "green" if found.agrees else "red"
    pinned = f", {len(found.held)} pinned" if found.held else ""
    call.terminal.print(
        f"\n[{colour}]{proved} of {len(found.fields)} recomputed from the stored bytes and equal{pinned}"
        f"[/{colour}]"
    )
    call.terminal.give(
        {
            "entity": entity,
            "id": str(found.id),
            "agrees": found.agrees,
            "fields": [_json(each, reveal=reveal) for each in found.fields],
            "pinned": [_held_json(each, reveal=reveal) for each in found.held],
            "links": [link_json(each) for each in found.links],
            "ended": [ended_json(each) for each in found.ended],
        }
    )
    return FINE if found.agrees else FINDINGS


def _json(each: Explained, *, reveal: bool) -> dict[str, Any]:
    from engine.cli.texts import HIDDEN

    hide = each.field.pii and not reveal

    def said(text: str | None) -> str | None:
        return HIDDEN if hide and text is not None else text

    return {
        "field": each.field.name,
        "values": {name: said(text) for (name, _), text in zip(each.field.columns, each.values, strict=True)},
        "agrees": each.agrees,
        **_part_json(each, said),
        "beside": [_part_json(one, said) for one in each.beside],
        "because": each.because,
        "over": [
            {
                "stream": str(one.stream),
                "key": one.key,
                "values": [said(text) for text in one.values],
                **_age_json(one.age),
            }
            for one in each.over
        ],
    }


def _age_json(age: Age | None) -> dict[str, Any]:
    """Of a field with a ``max_age``: when the record was confirmed, and against which time that is held."""
    from engine.cli.texts import plain

    if age is None:
        return {}
    said = {"confirmed": plain(age.confirmed), "held_against": plain(age.recorded)}
    return {"age": {**said, "limit": age.limit, "over": age.over}}


def _held_json(each: Held, *, reveal: bool) -> dict[str, Any]:
    from engine.cli.texts import HIDDEN, plain

    hide = each.field.pii and not reveal

    def said(values: Sequence[str | None]) -> list[str | None]:
        return [HIDDEN if hide and text is not None else text for text in values]

    columns = [name for name, _ in each.field.columns]
    return {
        "field": each.field.name,
        "values": dict(zip(columns, said(each.values), strict=True)),
        "agrees": each.agrees,
        "odds": list(each.odds),
        "pin": each.pin.id,
        "why": each.pin.why,
        "who": each.pin.who,
        "at": plain(each.pin.at),
        "until": plain(each.pin.until),
        "over": [
            {"stream": str(one.stream), "key": one.key, "values": said(one.values)} for one in each.over
        ],
    }


def _part_json(each: Part, said: Callable[[str | None], str | None]) -> dict[str, Any]:
    """What one record that won has to do with a value; ``said`` hides what is personal."""
    made = each.trace
    return {
        "why": each.why,
        "stream": str(each.stream),
        "key": each.key,
        "response": each.response.id,
        "url": each.response.request.get("url"),
        "fetched_at": each.response.fetched_at.isoformat(),
        "sha256": each.response.sha256.hex(),
        **_age_json(each.age),
        "place": each.place,
        "mapping": each.mapping,
        "version": each.version,
        "rule": None if made is None else made.rule,
        "expression": None if made is None else made.expression,
        "origins": []
        if made is None
        else [
            {
                "key": one.key,
                "pointer": one.pointer,
                "start": one.start,
                "end": one.end,
                "text": said(one.text),
            }
            for one in made.origins
        ],
        "steps": []
        if made is None
        else [{"key": one.key, "says": said(one.says), "result": said(one.result)} for one in made.steps],
    }
