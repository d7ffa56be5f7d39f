"""What does the demo show? A project against three live systems, and what is worth a look in it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.demo.files import write_project
from engine.demo.listener import System
from engine.demo.server import FIXED, DemoSystems, Ports
from engine.errors import SettingsError
from engine.flow.project import FILE
from engine.flow.status import status
from engine.flow.workspace import Workspace
from engine.store.dead_letters import DeadLetter

FOLDER = Path("syncline-demo")

NUMBERS = tuple(f"E-{n:05d}" for n in (2, 9, 21, 25, 38, 52))
"""Workers to look at."""

CHANGED = ("E-00002", "E-00009", "E-00052")
"""Those among them to whom something happens on the next day."""

FIELDS = ("given_name", "family_name", "title", "hired_on", "height", "weight", "salary")
"""What to look at; each from whom the policy prefers."""

PAGES = 5
"""Pages of workers that payroll hands out before it goes down."""

_WORKERS_A_PAGE = 200
"""What the connector asks for."""

_PATIENCE = 10.0
"""Seconds that the story waits for a breaker."""

INVOICE = "INV-2024-0195"
"""What is bought in it is looked at line by line; something is given back."""

_LINES = """
SELECT line.number, line.description, line.quantity, line.amount, line.amount_currency, line.tax_rate,
       round(line.amount * line.tax_rate, 2), center.code
FROM canonical.invoice_line AS line
JOIN canonical.invoice ON invoice.id = line.invoice
LEFT JOIN canonical.cost_center AS center ON center.id = line.cost_center
WHERE invoice.number = %s
ORDER BY line.number
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Dead letters for the same reason."""

    code: str
    count: int
    example: DeadLetter
    problem: Mapping[str, Any]
    """What is wrong with the example."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of an invoice, as SQL sees it."""

    number: int
    description: str
    quantity: Decimal
    amount: Decimal
    currency: str
    tax_rate: Decimal
    tax: Decimal
    cost_center: str | None


def systems() -> DemoSystems:
    """All systems, not started: on their fixed ports, or on others where somebody has those."""
    try:
        return DemoSystems(ports=FIXED)
    except OSError:
        return DemoSystems()


def served() -> DemoSystems:
    """All systems on their fixed ports; raises ``SettingsError`` where somebody has one."""
    try:
        return DemoSystems(ports=FIXED)
    except OSError as error:
        raise SettingsError(
            f"port {FIXED.hr}, {FIXED.payroll} or {FIXED.directory} is taken ({error.strerror}): "
            "does another demo run?"
        ) from None


def write(folder: Path, ports: Ports) -> None:
    """Write the demo's project; raises ``SettingsError`` where another project stands there."""
    file = folder / FILE
    if file.exists() and "project: syncline_demo" not in file.read_text("utf-8", "replace"):
        raise SettingsError(f"{folder} holds another project: nothing was written")
    try:
        write_project(folder, ports=ports)
    except OSError as error:
        raise SettingsError(f"{error.filename or folder} cannot be written: {error.strerror}") from None


def start_over(workspace: Workspace) -> bool:
    """Forget what an earlier demo left; whether there was something."""
    with workspace.database.connect(label="syncline demo") as connection:
        found = connection.execute("SELECT FROM syncline.run LIMIT 1").fetchone()
    if found is None:
        return False
    with workspace.database.connect(label="syncline demo") as connection:
        connection.execute("DROP SCHEMA IF EXISTS canonical CASCADE")
    workspace.database.move("base")
    workspace.database.move("head")
    return True


def causes(letters: Sequence[DeadLetter]) -> list[Cause]:
    """Letters by the code of what is wrong, the most frequent first; one with two problems is in both."""
    found: dict[str, list[tuple[DeadLetter, Mapping[str, Any]]]] = {}
    for letter in letters:
        for each in letter.problems:
            found.setdefault(each["code"], []).append((letter, each))
    return sorted(
        (
            Cause(code=code, count=len(rows), example=example, problem=problem)
            for code, rows in found.items()
            for example, problem in [min(rows, key=lambda row: len(row[0].subject))]
        ),
        key=lambda cause: (-cause.count, cause.code),
    )


def fail(system: System) -> None:
    """Let payroll go down after its first pages, whatever else is asked at the same time."""
    first = PAGES * _WORKERS_A_PAGE
    system.go_down(
        spare=lambda asked: asked.path == "/api/workers" and int(asked.query.get("offset", "0")) < first
    )


def asked(system: System, *places: str) -> list[tuple[str, Sequence[str]]]:
    """
    What a system was asked since its log was emptied, as it saw it itself: a path, and where on it
    requests went on, in order, by the first of ``places`` (numbers in the query) that they have.
    """
    found: dict[str, list[str]] = {}
    for each in system.log:
        name = next((name for name in places if name in each.query), None)
        where = found.setdefault(f"{each.method} {each.path}" + (f"?{name}=" if name else ""), [])
        where += [each.query[name]] if name else []
    return [(path, sorted(where, key=int)) for path, where in found.items()]


def wait(workspace: Workspace) -> None:
    """Until no breaker is open: then a source may be asked again."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and any(each.breaker == "open" for each in status(workspace).streams):
        time.sleep(0.1)


def lines(workspace: Workspace) -> list[Line]:
    """The lines of the invoice to look at, in the order of their numbers."""
    with workspace.database.connect(label="syncline demo") as connection:
        rows = connection.execute(_LINES, (INVOICE,)).fetchall()
    return [
        Line(
            number=number,
            description=text,
            quantity=quantity,
            amount=amount,
            currency=currency,
            tax_rate=rate,
            tax=tax,
            cost_center=code,
        )
        for number, text, quantity, amount, currency, rate, tax, code in rows
    ]


def next_day(systems: DemoSystems) -> list[tuple[str, str, str]]:
    """What people do in the systems meanwhile: source, worker and what happens to them."""
    married = systems.directory.record("E-00002")["name"]
    systems.directory.update("E-00002", name={**married, "familyName": f"{married['familyName']}-Rossi"})
    systems.directory.delete("E-00009")
    systems.hr.update("E-00052", hired_on="2021-02-28")
    return [
        ("directory", "E-00002", "marries, and has a new name"),
        ("directory", "E-00009", "is switched off: what others say of them stays"),
        ("hr", "E-00052", "was hired on 2021-02-28, not on the 30th: the dead letter is mended"),
    ]
