"""
Pictures of a terminal: what commands print, in colour, at 100 columns: ``python -m docs.screens [NAME…]``.

The demo's systems are started and a project that reads them is synced; then each command is typed in a
terminal of its own. What differs from run to run (ports, times, ids) is written as if it did not, in as many
characters, so that a picture changes only with what its command prints.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from engine.demo.files import write_project
from engine.demo.server import FIXED, DemoSystems, Ports

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "pictures"
COLUMNS = 100


def _nothing(project: Path) -> None:
    """Take the project as it is."""
    del project


def _write(project: Path, name: str, text: str) -> None:
    """A mapping of payroll in the project."""
    mapping = project / "mappings" / "payroll" / f"{name}.yaml"
    mapping.parent.mkdir(exist_ok=True)
    mapping.write_text(text)


def _broken(project: Path) -> None:
    """A mapping with mistakes of several kinds."""
    _write(
        project,
        "workers",
        "from: payroll.workers\n"
        "to: worker\n"
        "fields:\n"
        "  employee_number: null_if(trim(number), [''])\n"
        "  given_nmae: forename\n"
        "  weight: {value: weight_lb, unit: hour, min: 30, max: 250}\n"
        "  bonus: {value: bonus.amount, curency: {value: bonus.currency}}\n"
        '  hired_on: {value: start, format: "%d/%m/%Q"}\n'
        "  family_name: concat(' ', [surname, \n",
    )


def _untidy(project: Path) -> None:
    """A mapping as somebody in a hurry writes it."""
    _write(
        project,
        "invoices",
        "to: invoice\n"
        "from: payroll.invoices    # one a document\n"
        "fields:\n"
        "  number: {value: number}\n"
        '  issued_on: {format: "%d/%m/%Y", value: issued}   # day first\n'
        "  currency:\n"
        "    value: currency\n"
        "  total: {currency: {value: currency}, value: total}\n",
    )


def _changed(project: Path) -> None:
    """A recording, and a mapping that makes something else of it."""
    key = project / ".syncline" / "mask.key"
    key.parent.mkdir()
    key.write_text("5e" * 32, encoding="ascii")
    _run(["record", "payroll.workers", "--pages", "1"], project)
    text = (ROOT / "mappings/payroll/workers.yaml").read_text(encoding="utf-8")
    _write(project, "workers", text.replace("max: 250", "max: 110").replace("forename", "upper(forename)"))


def _pinned(project: Path) -> None:
    """A worker whose weight is held to what a person measured."""
    _run(["sync"], project)
    why = ["--why", "the scale at payroll is broken"]
    _run(["pin", "worker", "E-00002", "weight", "71.5", *why], project)


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One picture."""

    command: str
    """As it is typed."""
    before: Callable[[Path], None] = _nothing
    """What is done to the project, in its folder."""


SCREENS: Mapping[str, Screen] = {
    "try": Screen(command="syncline try payroll.workers --mapping workers --limit 1"),
    "validate": Screen(command="syncline validate", before=_broken),
    "fmt": Screen(command="syncline fmt --check", before=_untidy),
    "record": Screen(command="syncline record hr.workers"),
    "test": Screen(command="syncline test specs", before=_changed),
    "status": Screen(command="syncline status"),
    "explain": Screen(command="syncline explain worker E-00002 salary"),
    "pinned": Screen(command="syncline explain worker E-00002 weight", before=_pinned),
    "show": Screen(command="syncline show worker E-00002"),
    "dead-letters": Screen(command="syncline dead-letters list payroll"),
    "dead-letter": Screen(command="syncline dead-letters show payroll.workers P000075"),
    "demo": Screen(command="syncline demo"),
}

_STEADY = (
    (re.compile(r"20(?:2[6-9]|[3-9]\d)-\d\d-\d\d \d\d:\d\d:\d\dZ"), "2026-11-23 20:00:00Z"),
    (re.compile(r"20(?:2[6-9]|[3-9]\d)-\d\d-\d\d \d\d:\d\dZ"), "2026-11-23 20:00Z"),
    (re.compile(r"\d+\.\d(?= s\))"), "0.9"),
    (re.compile(r"\d+\.\d(?= s\b)"), "9.9"),
    (re.compile(r"(?<=  )\d\d s(?=  )"), "30 s"),
)
_ID = re.compile(r"\b01[0-9a-f]{6}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
"""A canonical id: it begins with the time when its entity was made."""


def main(names: list[str]) -> None:
    """Draw pictures: those named, or all."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, DemoSystems() as systems:
        Path(folder).chmod(0o711)  # where we are root, the database's account passes through
        synced = Path(folder) / "project"
        write_project(synced, ports=systems.ports)
        _run(["sync"], synced)
        try:
            for name, screen in SCREENS.items():
                if names and name not in names:
                    continue
                place = synced
                if screen.before is not _nothing:
                    place = Path(folder) / name
                    write_project(place, ports=systems.ports)
                    screen.before(place)
                elif name == "demo":
                    place = Path(folder)
                drawn = picture(name, screen.command, steady(typed(screen.command, place), systems.ports))
                (FOLDER / f"{name}.svg").write_text(drawn, encoding="utf-8")
                if place not in (synced, Path(folder)) and (place / ".syncline/users").exists():
                    _run(["database", "stop"], place)
                sys.stdout.write(f"docs/pictures/{name}.svg\n")
        finally:
            for each in (synced, Path(folder) / "syncline-demo"):
                if each.exists():
                    _run(["database", "stop"], each)
            shutil.rmtree(synced / ".syncline", ignore_errors=True)


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    wide = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "COLUMNS": str(COLUMNS), "LOGNAME": "ada"}
    return kept | wide | {"PYTHONPATH": str(ROOT)}


def _run(words: list[str], folder: Path) -> None:
    subprocess.run(  # noqa: S603 # a command of ours
        [sys.executable, "-m", "engine", *words],
        cwd=folder,
        env=_environment(),
        check=True,
        capture_output=True,
    )


def typed(command: str, folder: Path) -> str:
    """What a command prints to a terminal of 100 columns, colours included; its notes are left out."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 200, COLUMNS, 0, 0))
    process = subprocess.Popen(  # noqa: S603 # the commands stand above
        [sys.executable, "-m", "engine", *command.split()[1:]],
        cwd=folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    said = io.BytesIO()
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the terminal closes with its last writer
            break
        if not piece:
            break
        said.write(piece)
    os.close(ours)
    process.wait()
    return said.getvalue().decode("utf-8").replace("\r\n", "\n").strip("\n")


def steady(text: str, ports: Ports) -> str:
    """The same without what differs from run to run, in as many characters."""
    for mine, fixed in zip(astuple(ports), astuple(FIXED), strict=True):
        text = text.replace(f":{mine:05d}", f":{fixed}")
    for pattern, instead in _STEADY:
        text = pattern.sub(instead, text)
    for number, each in enumerate(dict.fromkeys(_ID.findall(text)), start=1):
        text = text.replace(each, f"01935b8e-6f2a-8132-9d30-5e8a4b7c2f{number:02x}")
    return text


def picture(name: str, command: str, text: str) -> str:
    """An SVG of a terminal."""
    console = Console(
        width=COLUMNS, record=True, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(Text.from_ansi(text), soft_wrap=False)
    drawn = console.export_svg(title=command, unique_id=f"syncline-{name}")
    # Pages load nothing from elsewhere: whoever looks has a font of fixed width.
    drawn = re.sub(r"\s*@font-face \{.*?\n    \}", "", drawn, flags=re.DOTALL)
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


if __name__ == "__main__":
    main(sys.argv[1:])
