"""What do the tables say that stand in units/lookups? One file a table, one column the key of another."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.errors import Problem
from engine.spec.say import near

CODES: Final = {
    "table-key-twice": "A column that is looked up holds one value twice.",
    "unknown-column": "The table has no such column.",
    "unknown-table": "There is no such table in units/lookups.",
    "wrong-table": "A file is no table: CSV in UTF-8, a line of column names, as many cells in every line.",
}


class LookupProblem(ValueError):
    """A table that cannot be read as a rule says; ``key`` is the key of ``lookup`` to blame."""

    def __init__(self, key: str, code: str, message: str) -> None:
        super().__init__(message)
        self.key = key
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One file of units/lookups: comma-separated, quotes doubled inside quotes, names in the first line."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    """(line, cells); as many cells as columns."""
    problems: tuple[Problem, ...]

    @classmethod
    def read(cls, file: str, text: str) -> Table:
        """Read a file; rows that cannot be used are left out and said."""
        problems: list[Problem] = []

        def report(line: int, message: str) -> None:
            problems.append(Problem(file, line, 1, "wrong-table", message))

        lines = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
        columns: tuple[str, ...] = ()
        rows: list[tuple[int, tuple[str, ...]]] = []
        if "\ufffd" in text:
            report(text[: text.index("\ufffd")].count("\n") + 1, "this line is not UTF-8")
        start = 1
        try:
            columns = tuple(next(lines, ()))
            _check_columns(columns, report)
            start = lines.line_num + 1
            for cells in lines:
                if cells and len(cells) != len(columns):
                    report(start, f"{len(cells)} cells, where the first line names {len(columns)} columns")
                elif cells:
                    rows.append((start, tuple(cells)))
                start = lines.line_num + 1
        except csv.Error as error:
            report(start, f"this line is not CSV: {error}")
        return cls(file=file, columns=columns, rows=tuple(rows), problems=tuple(problems))

    def column(self, key: str, name: str) -> int:
        """Where a column stands; raises ``LookupProblem``."""
        if name not in self.columns:
            said = f"{self.file} has no column {name!r}{near(name, self.columns)}"
            raise LookupProblem(key, "unknown-column", said)
        return self.columns.index(name)

    def pairs(self, source: str, target: str) -> Mapping[str, str]:
        """
        What column ``target`` says of each value of column ``source``.

        An empty cell says nothing, on either side. Raises ``LookupProblem`` for a column that is not
        there, and for one whose values do not tell its rows apart.
        """
        at, to = self.column("from", source), self.column("to", target)
        lines: dict[str, int] = {}
        found: dict[str, str] = {}
        for line, cells in self.rows:
            value = cells[at]
            if not value:
                continue
            if value in lines:
                both = f"in lines {lines[value]} and {line}"
                said = f"{self.file} has {value!r} twice in column {source!r}: {both}"
                raise LookupProblem("from", "table-key-twice", said)
            lines[value] = line
            if cells[to]:
                found[value] = cells[to]
        return found


def _check_columns(columns: Sequence[str], report: Callable[[int, str], None]) -> None:
    for name, count in Counter(columns).items():
        if not name:
            report(1, "a column has no name")
        elif count > 1:
            report(1, f"{count} columns are called {name!r}")
    if not columns:
        report(1, "the first line names the columns, and there is none")


class Tables:
    """The tables of a project and those of the catalogue, read when they are asked for."""

    def __init__(self, files: Sequence[tuple[str, str, str]] = ()) -> None:
        """``files`` are (name, file as problems show it, text); a later one of a name stands for it."""
        self._files = {name: (file, text) for name, file, text in files}
        self._read: dict[str, Table] = {}

    def __iter__(self) -> Iterator[str]:
        """Names, in order."""
        return iter(sorted(self._files))

    def file(self, name: str) -> str:
        """The file of a table that is there."""
        return self._files[name][0]

    def table(self, name: str) -> Table:
        """A table by its name; raises ``LookupProblem``."""
        if name not in self._files:
            said = f"there is no table units/lookups/{name}.csv{near(name, self._files)}"
            raise LookupProblem("table", "unknown-table", said)
        if name not in self._read:
            self._read[name] = Table.read(*self._files[name])
        return self._read[name]


NO_TABLES: Final = Tables()
