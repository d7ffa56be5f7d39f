"""
The reference under ``docs/reference``, generated from the code: ``python -m docs.generate``.

``--check`` writes nothing and fails where a page is stale, missing or left over. A page is a function of
the code alone: no clock, no machine, no database.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from docs import coverage
from docs.pages import catalogue, codes, commands, expressions, index, language, tables

FOLDER = Path(__file__).parent / "reference"


def pages() -> Mapping[str, str]:
    """Every generated file: path below ``docs/reference`` → text."""
    made = {
        **language.pages(),
        "catalogue.md": catalogue.page(),
        "codes.md": codes.page(),
        "commands.md": commands.page(),
        "functions.md": expressions.page(),
        "not-built.md": coverage.page(),
        "tables.md": tables.page(),
        **{f"schemas/{name}.json": schema for name, schema in language.schemas().items()},
    }
    return {"README.md": index.page(made), **made}


def stale(folder: Path, wanted: Mapping[str, str]) -> list[str]:
    """Files that are not as the code says: stale, missing or left over."""
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return sorted(
        name
        for name in {*there, *wanted}
        if name not in there or name not in wanted or there[name].read_text(encoding="utf-8") != wanted[name]
    )


def write(folder: Path, wanted: Mapping[str, str]) -> list[str]:
    """Write what is not as it should be, remove what is left over; what was done to."""
    changed = stale(folder, wanted)
    for name in changed:
        path = folder / name
        if name not in wanted:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[name], encoding="utf-8")
    return changed


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0 fresh or written, 1 stale."""
    wanted = pages()
    if "--check" in arguments:
        found = stale(FOLDER, wanted)
        sys.stdout.writelines(f"docs/reference/{name} is stale: run `make docs`\n" for name in found)
        return 1 if found else 0
    changed = write(FOLDER, wanted)
    sys.stdout.write(f"{len(wanted)} pages, {len(changed)} changed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
