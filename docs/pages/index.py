"""The page that leads to the others."""

from __future__ import annotations

from collections.abc import Mapping

from docs.pages.language import FAMILIES, FILES


def page(made: Mapping[str, str]) -> str:
    """The index of everything that was made."""
    lines = [
        "# Reference",
        "",
        "Generated from the code by `make docs`; a page that is stale fails the build. Do not edit it.",
        "",
        "| files | |",
        "|---|---|",
        *(f"| [{_title(made, name)}]({name}.md) | [JSON Schema](schemas/{name}.json) |" for name in FILES),
        "",
        "An editor that knows JSON Schema completes and checks while one types: [how](../howto/editor.md).",
        "",
        "| components and values | |",
        "|---|---|",
        *(f"| [{_title(made, name)}]({name}.md) | {_about(made, name)} |" for name in FAMILIES),
        f"| [{_title(made, 'values')}](values.md) | {_about(made, 'values')} |",
        f"| [{_title(made, 'functions')}](functions.md) | What an expression may call. |",
        "",
        "| the catalogue | |",
        "|---|---|",
        f"| [{_title(made, 'catalogue')}](catalogue.md) | Which system fills which entity, and what joins. |",
        "",
        "| the engine | |",
        "|---|---|",
        f"| [{_title(made, 'commands')}](commands.md) | What one can type. |",
        f"| [{_title(made, 'codes')}](codes.md) | What can go wrong, each with one sentence. |",
        f"| [{_title(made, 'tables')}](tables.md) | What is kept in PostgreSQL. |",
        f"| [{_title(made, 'not-built')}](not-built.md) | What the language has and this version not. |",
        "",
    ]
    return "\n".join(lines)


def _title(made: Mapping[str, str], name: str) -> str:
    return made[f"{name}.md"].partition("\n")[0].removeprefix("# ")


def _about(made: Mapping[str, str], name: str) -> str:
    """The first sentence below the title."""
    return made[f"{name}.md"].split("\n\n")[1].replace("\n", " ").partition(". ")[0].rstrip(".") + "."
