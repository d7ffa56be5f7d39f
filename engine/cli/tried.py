"""How does a page that was tried look to a person?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from rich.table import Table

from engine.cli.texts import inline, plural, safe, size
from engine.cli.tried_records import record, summary
from engine.expression.json_text import write_json

if TYPE_CHECKING:
    from engine.cli.terminal import Terminal
    from engine.flow.asking import Sample
    from engine.flow.attempt import Attempt

_DEEP = 3
"""Levels of a body that its outline shows."""
_HEAD = 400
"""Bytes of a body that is no JSON."""
_HEADERS = frozenset(
    {"user-agent", "accept-encoding", "date", "server", "content-length", "content-encoding"}
)
"""What is the same for every request, or says nothing to who writes a connector."""


def tell(terminal: Terminal, found: Attempt, *, limit: int, reveal: bool) -> None:
    """Print what came of trying a stream."""
    asked = found.asked
    terminal.print(f"[bold reverse] {safe(str(asked.stream))} [/bold reverse]{_which(asked)}", "")
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(style="bold", no_wrap=True, min_width=8)
    rows.add_column(overflow="fold")
    for label, text in [*_parents(asked), *_exchange(found), *_onwards(found)]:
        rows.add_row(label, text)
    terminal.print(rows)
    if found.page is not None:
        for index in range(min(limit, len(found.page.decoded.records))):
            record(terminal, found, index, reveal=reveal)
        if found.page.decoded.records:
            summary(terminal, found, limit=limit, reveal=reveal)
    if asked.error is not None:
        terminal.print(
            "", f"[red]✗ {inline(str(asked.error), 400)}[/red] [dim]{safe(f'[{asked.error.code}]')}[/dim]"
        )
        terminal.print(*(f"  [yellow]→[/yellow] {inline(each, 600)}" for each in found.advice))
    terminal.note("nothing was stored")


def _which(asked: Sample) -> str:
    """Of what the page is: partition and window."""
    said = [f"{inline(name)} = {inline(str(value))}" for name, value in asked.partition.items()]
    if asked.bounds is not None:
        start, end = asked.bounds.get("start"), asked.bounds.get("end")
        said.append(
            f"from {inline(str(start or 'the beginning'))}" + (f" to {inline(str(end))}" if end else " on")
        )
    return "  [dim]" + "   ".join(said) + "[/dim]" if said else ""


def _parents(asked: Sample) -> Iterator[tuple[str, str]]:
    for each in asked.parents:
        came = sum(len(one.decoded.records) for one in each.pages)
        first = each.pages[0].step.answer.request if each.pages else each.unanswered
        said = f"GET {inline(str(first['url']))}" if first else ""
        yield "PARENT", f"[dim]{said}  {plural(came, 'record')}, to know what to ask for[/dim]"
    if asked.passed:
        tried = ", ".join(inline(" ".join(map(str, each.values()))) for each in asked.passed)
        yield "PASSED", f"[dim]{tried}: nothing there[/dim]"
    if asked.skipped:
        began = inline(str(asked.skipped[0].get("start") or "the beginning"))
        yield "PASSED", f"[dim]{plural(len(asked.skipped), 'window')} from {began}: nothing there[/dim]"


def _exchange(found: Attempt) -> Iterator[tuple[str, str]]:
    """Request and response."""
    request = found.asked.unanswered or (found.page.step.answer.request if found.page else None)
    if request is not None:
        yield "REQUEST", _line(request)
        for name, text in request["headers"].items():
            if name.lower() not in _HEADERS:
                yield "", f"[dim]{inline(name)}: {inline(text)}[/dim]"
        if request.get("body") is not None:
            yield "", inline(write_json(request["body"]), 600)
    if found.page is None or found.asked.unanswered is not None:
        return
    step = found.page.step
    answer = step.answer
    colour = "green" if 200 <= answer.status < 300 else "yellow" if step.then == "skipped" else "red"
    tries = f", {plural(step.attempts, 'try', 'tries')}" if step.attempts > 1 else ""
    masked = ", a secret in it is masked" if answer.altered == 1 else ""
    yield "", ""
    yield "RESPONSE", f"[{colour}]{answer.status}[/{colour}]  {size(len(answer.body))}{tries}{masked}"
    for name, text in found.page.decoded.response.headers.items():
        if name not in _HEADERS:
            yield "", f"[dim]{inline(name)}: {inline(text)}[/dim]"
    if found.document is None:
        yield "", f"[dim]{inline(answer.body[:_HEAD].decode('utf-8', 'replace'))}[/dim]"
        return
    for path, what in _outline(found.document, ""):
        yield "", f"{inline(path)}  [dim]{inline(what, 84 - len(path))}[/dim]"


def _line(request: Mapping[str, Any]) -> str:
    """Method and URL; what is encoded in the query is shown as it is meant."""
    url, mark, query = str(request["url"]).partition("?")
    said = inline(f"{request['method']} {url}", 300)
    if not mark:
        return said
    said_pairs = []
    for index, each in enumerate(query.split("&")):
        name, _, value = each.partition("=")
        sign = "&" if index else "?"
        said_pairs.append(
            f"\n  [dim]{sign}[/dim]{inline(unquote(name))}=[cyan]{inline(unquote(value))}[/cyan]"
        )
    return said + "".join(said_pairs)


def _outline(document: Any, path: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """What a body is made of: lists by their length, objects by their keys, the rest as it is."""
    if isinstance(document, dict) and document and depth < _DEEP:
        for key, value in document.items():
            yield from _outline(value, f"{path}.{key}" if path else key, depth + 1)
    elif isinstance(document, list):
        first = document[0] if document else None
        keys = (
            f" of {', '.join(list(first)[:12])}{', …' if len(first) > 12 else ''}"
            if isinstance(first, dict)
            else ""
        )
        yield path or "@", f"{plural(len(document), 'element')}{keys}"
    elif document is not None or path:
        yield path or "@", write_json(document)


def _onwards(found: Attempt) -> Iterator[tuple[str, str]]:
    """Why the walk goes on, or ends here."""
    asked, page = found.asked, found.page
    if page is None or asked.unanswered is not None or page.step.then == "failed":
        return
    yield "", ""
    for index, each in enumerate(found.paging):
        said = f"{each.key}: {inline(each.expression)} = [cyan]{inline(write_json(each.value), 48)}[/cyan]"
        yield "PAGING" if not index else "", said
    if asked.following is not None:
        yield "NEXT", _line(asked.following)
        return
    match page.step.then:
        case "skipped":
            said = "an error rule says that there is nothing here: skip"
        case "split" | "resync":
            said = f"an error rule says: {page.step.then}"
        case _:
            said = f"no further page ({safe(found.kind)})"
    yield "END", said
    if asked.further is not None:
        start, end = asked.further.get("start"), asked.further.get("end")
        yield "", f"then the next window: --window {inline(str(start))}..{inline(str(end or ''))}"
