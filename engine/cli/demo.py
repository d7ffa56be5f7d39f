"""``demo``: the whole story, as one would tell it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.command import FINE, INCOMPLETE, INTERRUPTED, Call, command

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.demo.server import DemoSystems
    from engine.flow.view import View
    from engine.flow.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add this command."""
    command(app, "demo")(demo)


def demo(
    call: Call,
    serve: Annotated[
        bool, typer.Option("--serve", help="Only keep the three systems running, on fixed ports.")
    ] = False,
) -> int:
    """The whole story, in ./syncline-demo: three live systems, one table, every value explained."""
    return _serve(call) if serve else _story(call)


def _serve(call: Call) -> int:
    """Keep the systems running until somebody stops them."""
    from engine.cli.scenes import systems as listed
    from engine.flow.story import served

    with call.stopping() as stopping, served() as systems:
        call.terminal.print(
            listed(systems.ports),
            "[dim]2,000 workers in each, until Ctrl-C. In another terminal:[/dim]",
            "  syncline init my-project && cd my-project && syncline sync",
        )
        call.terminal.out.file.flush()
        while not stopping():
            time.sleep(0.2)  # until a signal comes; the systems answer on threads of their own
    return INTERRUPTED if call.terminal.as_json else FINE


def _story(call: Call) -> int:
    from pathlib import Path

    from engine.cli import scenes
    from engine.flow import story
    from engine.flow.workspace import Workspace

    folder = (call.folder or Path.cwd()) / story.FOLDER
    terminal = call.terminal
    with call.stopping() as stopping, story.systems() as systems:
        story.write(folder, systems.ports)
        scenes.title(terminal, "Three live systems, and a project that reads them")
        terminal.print(
            scenes.systems(systems.ports),
            f"  [dim]{story.FOLDER}/   syncline.yaml, policies; its database is an embedded PostgreSQL[/dim]",
        )
        terminal.progress("starting the database")
        with Workspace.open(folder, say=terminal.progress) as workspace:
            story.start_over(workspace)
        with Workspace.open(folder, say=terminal.progress) as workspace:
            told = _Story(call, workspace, systems, stopping)
            told.outage()
        with Workspace.open(folder, say=terminal.progress) as workspace:  # as a process of its own
            told.workspace = workspace
            told.recovery()
            told.tables()
            told.change()
            told.reasons()
            told.nothing()
    scenes.further(terminal)
    return FINE if told.as_planned else INCOMPLETE


class _Story:
    """What happens, scene by scene; ``as_planned`` says whether it did."""

    def __init__(
        self, call: Call, workspace: Workspace, systems: DemoSystems, stopping: Callable[[], bool]
    ) -> None:
        from engine.cli.texts import colours

        self.workspace, self._systems, self._stopping = workspace, systems, stopping
        self._terminal = call.terminal
        self._paint = colours(workspace.sources)
        self.as_planned = True

    def outage(self) -> None:
        """A source goes down in the middle."""
        from engine.flow.story import PAGES, fail

        fail(self._systems.payroll)
        self._title("syncline sync", f"payroll goes down after {PAGES} pages; the others go on")
        self._sync(complete=False)
        self._terminal.print("[dim]exit code[/dim] 3")

    def recovery(self) -> None:
        """What is missing is fetched when the source is back."""
        from engine.cli import scenes
        from engine.cli.status import tell
        from engine.flow.status import status
        from engine.flow.story import asked, wait

        self._title("syncline status", "says the same, to whoever asks later")
        tell(self._terminal, status(self.workspace))
        payroll = self._systems.payroll
        payroll.come_back()
        payroll.forget()
        self._title("syncline sync", "payroll is back: what is missing is fetched, and nothing twice")
        self._terminal.progress("waiting for the breaker")
        wait(self.workspace)
        self._sync(news=True)
        scenes.requests(self._terminal, "payroll was asked", asked(payroll, "offset", "page"))

    def tables(self) -> None:
        """What came of it: a table of people, an invoice, and what was refused."""
        from engine.cli import scenes
        from engine.cli.dead_letters import personal
        from engine.flow import story
        from engine.flow.letters import chosen

        self._title("One table of workers, put together from three sources")
        scenes.people(self._terminal, self._people(story.NUMBERS), self._paint)
        self._title(
            f"Invoice {story.INVOICE}", "a list in a record becomes rows: exact money, tax, references"
        )
        scenes.lines(self._terminal, story.lines(self.workspace))
        self._title(
            "syncline dead-letters list", "what does not fit is refused with its cause, never guessed"
        )
        letters = chosen(self.workspace.database)
        scenes.letters(self._terminal, letters, personal(self.workspace))

    def change(self) -> None:
        """A day goes by in the systems."""
        from engine.cli import scenes
        from engine.flow.letters import count
        from engine.flow.story import CHANGED, next_day

        before = count(self.workspace.database)
        self._title("syncline sync", "the next day: three people, two systems")
        scenes.changes(self._terminal, next_day(self._systems), self._paint)
        self._sync(news=True)
        self._terminal.print("")
        scenes.people(self._terminal, self._people(CHANGED), self._paint)
        self._terminal.print(f"{before} dead letters before, {count(self.workspace.database)} now")

    def reasons(self) -> None:
        """Why two values are what they are."""
        from engine.cli.explained import print_field
        from engine.flow.explain import explain
        from engine.flow.story import CHANGED

        number = CHANGED[0]
        for field, about in (
            ("family_name", "three sources say it, one is right"),
            ("salary", "down to the bytes of the response"),
        ):
            self._title(f"syncline explain worker {number} {field}", about)
            found = explain(self.workspace, "worker", number, field)
            for each in found.fields:
                print_field(self._terminal, each, self._paint, reveal=False)
            self.as_planned &= found.agrees

    def nothing(self) -> None:
        """A sync that finds nothing new."""
        self._title("syncline sync", "once more: nothing changed there, nothing changes here")
        self._sync(news=True)

    def _title(self, title: str, about: str = "") -> None:
        from engine.cli.scenes import title as scene

        scene(self._terminal, title, about)

    def _sync(self, *, complete: bool = True, news: bool = False) -> None:
        from engine.cli.progress import watching
        from engine.cli.run import tell
        from engine.flow.sync import sync

        began = time.monotonic()
        with watching(self._terminal) as listen:
            report = sync(self.workspace, stopping=self._stopping, listen=listen)
        tell(self._terminal, report, time.monotonic() - began, news=news)
        self.as_planned &= report.complete is complete

    def _people(self, numbers: tuple[str, ...]) -> list[View]:
        from engine.flow.view import view

        return [view(self.workspace, "worker", number) for number in numbers]
