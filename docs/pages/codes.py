"""The page of codes: everything that can go wrong has one, and one sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import engine
from engine import errors
from engine.errors import SynclineError
from engine.expression import judge
from engine.fetch import answers
from engine.fetch import codes as fetching
from engine.fetch import doubts as of_connectors
from engine.mapping import doubts as of_mappings
from engine.mapping import lines
from engine.mapping.steps import FAULTS
from engine.spec.codes import all_codes
from engine.spec.reference import cells, markdown
from engine.store import codes as storing
from engine.store import settling

_INTRO = """\
# Codes

Whatever goes wrong has a stable code. A problem in a file is shown as
`file:line:column: message [code]`, all of them at once; a record that does not fit becomes a dead letter
with the codes of everything that is wrong with it; a command that cannot go on says one.
"""

_FETCHING: Mapping[str, str] = {**fetching.CODES, **answers.CODES}

_EXITS = """\
## Exit codes of commands

| code | |
|---|---|
| 0 | Fine. |
| 1 | Findings: failed tests, files to format, approvals to give; with `--strict` letters and warnings. |
| 2 | Wrong use, or wrong files. |
| 3 | Not complete: a source could not be read to its end, or a comparison not be finished. |
| 4 | The database. |
| 130 | Interrupted; the next run goes on from what is durable. |
"""


def warnings() -> dict[str, str]:
    """Codes of what is valid in files and cannot be meant."""
    return {**judge.WARNINGS, **of_connectors.WARNINGS, **of_mappings.WARNINGS}


def in_files() -> dict[str, str]:
    """Codes of problems in files: all that are registered anywhere and belong nowhere else."""
    others = {*_FETCHING, *storing.CODES} - {"duplicate-key", "expression-error", "missing-key"}
    return {code: said for code, said in all_codes(engine).items() if code not in others}


def everything() -> frozenset[str]:
    """Every code that the page explains."""
    return frozenset(
        {
            *all_codes(engine),
            *FAULTS,
            *settling.FAULTS,
            *lines.FAULTS,
            *warnings(),
            *fetching.NOTES,
            *(each.code for each in _named()),
        }
    )


def page() -> str:
    """The whole page."""
    sections = [
        ("In files", "What `syncline validate` reports.", in_files()),
        (
            "Warnings",
            "What is valid in a file and cannot be meant. It stops nothing, unless `--strict` is said.",
            warnings(),
        ),
        (
            "Between a source and a record",
            "Why a run is not complete, or a record is refused before any mapping sees it.",
            _FETCHING,
        ),
        (
            "In records",
            "Why a mapping refuses a record. `postgres-<SQLSTATE>` is a value that only PostgreSQL refused.",
            FAULTS,
        ),
        (
            "Between records",
            "What a run's end finds wrong with records that fit. The letter goes when it is right.",
            {**settling.FAULTS, **lines.FAULTS},
        ),
        (
            "Notes of a run",
            "Nothing failed, and yet not all is certain. They stand in the run, and in `sync --json`.",
            fetching.NOTES,
        ),
        (
            "In the database",
            "Why a command ends with exit code 4, or 3 where another worker is at it.",
            storing.CODES,
        ),
    ]
    text = _INTRO
    for title, said, table in sections:
        text += f"\n## {title}\n\n{said}\n\n{_table(table)}"
    return f"{text}\n{_ends()}\n{_EXITS}"


def _table(codes: Mapping[str, str]) -> str:
    rows = [cells(f"`{code}`", markdown(said)) for code, said in sorted(codes.items())]
    return "\n".join(["| code | |", "|---|---|", *rows]) + "\n"


def _named() -> Iterator[type[SynclineError]]:
    """Classes of errors that have a code of their own."""
    for each in vars(errors).values():
        if isinstance(each, type) and issubclass(each, SynclineError) and "code" in vars(each):
            yield each


def _ends() -> str:
    lines = ["## Other ends of a command", "", "| code | |", "|---|---|"]
    lines += [cells(f"`{each.code}`", markdown(each.__doc__)) for each in _named()]
    return "\n".join(lines) + "\n"
