"""How does coverage look to a person? A table an entity, a table a stream, and lines to paste."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.cli.terminal import Terminal
from engine.cli.texts import inline, plural, safe, table

if TYPE_CHECKING:
    from engine.review.coverage import Coverage, EntityCoverage, FieldCoverage, StreamCoverage

SHOWN: Final = 30
"""Paths of one stream that are printed."""
_BAR: Final = 8
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_EXAMPLE: Final = 28
"""Characters of an example."""


def tell_coverage(terminal: Terminal, coverage: Coverage) -> None:
    """What is mapped and what is not; with ``--json`` the whole of it as one document."""
    for entity in coverage.entities:
        _tell_entity(terminal, entity)
    for stream in coverage.streams:
        _tell_stream(terminal, stream)
    _tell_lines(terminal, coverage)
    terminal.give({"coverage": coverage})


def bar(part: int, of: int) -> str:
    """A share as a bar of eight columns, and in percent."""
    share = part / of if of else 0.0
    eighths = min(round(share * _BAR * 8), _BAR * 8 - (part < of)) or int(part > 0)
    full, rest = divmod(eighths, 8)
    drawn = ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(_BAR)
    said = f"{percent(part, of):>3} %"
    return f"[green]{drawn}[/green] {said}" if part else f"[dim]{'·'.ljust(_BAR)} {said}[/dim]"


def percent(part: int, of: int) -> int:
    """A share in percent: not all is never 100, and some is never 0."""
    share = part / of if of else 0.0
    return min(round(share * 100), 100 - (part < of)) or int(part > 0) if of else 0


def _tell_entity(terminal: Terminal, entity: EntityCoverage) -> None:
    unsaid = sum(not each.mappings for each in entity.fields)
    said = f", {plural(unsaid, 'field')} that no mapping says" if unsaid else ""
    terminal.print(f"\n[bold]{safe(entity.entity)}[/bold]  [dim]{plural(entity.rows, 'row')}{said}[/dim]")
    made = table("=FIELD", "=TYPE", "=FILLED", "ALWAYS", "MAPPED BY")
    for each in entity.fields:
        filled = "[dim]no column yet[/dim]" if each.filled is None else bar(each.filled, entity.rows)
        always = (
            inline(each.constant, _EXAMPLE) if each.constant is not None and (each.filled or 0) > 1 else ""
        )
        made.add_row(safe(each.field), safe(each.type), filled, always, _mapped_by(each))
    terminal.print(made)


def _mapped_by(field: FieldCoverage) -> str:
    if not field.mappings:
        return "[yellow]nobody[/yellow]"
    return ", ".join(
        f"{safe(each.mapping)} [dim]{percent(each.filled, each.records)} %[/dim]" for each in field.mappings
    )


def _tell_stream(terminal: Terminal, stream: StreamCoverage) -> None:
    of = "" if stream.records >= stream.of else f" of {stream.of:,}, a sample"
    said = f"{plural(stream.records, 'record')}{of}, {plural(stream.paths, 'path')}"
    read = "all of them read" if not stream.unread else f"{len(stream.unread):,} that no rule reads"
    terminal.print(f"\n[bold]{safe(stream.stream)}[/bold]  [dim]{said}, {read}[/dim]")
    if not stream.unread:
        return
    made = table("UNREAD PATH", "=FILLED", "TYPE", "EXAMPLE")
    for each in stream.unread[:SHOWN]:
        shown = inline(each.example, _EXAMPLE)
        made.add_row(
            safe(each.path),
            bar(each.filled, stream.records),
            safe(", ".join(each.types)),
            f"[dim]{shown}[/dim]" if each.masked else shown,
        )
    terminal.print(made)
    left = len(stream.unread) - SHOWN
    if left > 0:
        terminal.print(f"[dim]and {left:,} more, with --json[/dim]")


def _tell_lines(terminal: Terminal, coverage: Coverage) -> None:
    """Lines to paste, file by file; those of contracts after those of mappings."""
    rules: dict[str, dict[str, str]] = {}
    contracts: dict[str, dict[str, str]] = {}
    for stream in coverage.streams:
        for each in stream.unread[:SHOWN]:
            line = each.suggestion
            if line is None:
                continue
            asks = f"  # {line.asks}" if line.asks else ""
            rules.setdefault(line.file, {})[line.field] = line.line + asks
            if line.contract is not None:
                contracts.setdefault(line.contract_file, {}).setdefault(line.field, line.contract)
    for file, lines in (*rules.items(), *contracts.items()):
        terminal.print(f"\n[bold]{safe(file)}[/bold]  [dim]under fields[/dim]")
        terminal.print(*(f"  {safe(each)}" for each in lines.values()))
