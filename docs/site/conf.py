"""
Sphinx's settings: ``make site`` builds ``docs/`` into ``build/site``, and any warning fails it.

The pages are plain Markdown that reads well where there is no site. What a site needs beside them is added
here while they are read: the order of the pages, and text in place of links that lead out of ``docs/``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pygments.lexers.special import TextLexer  # type: ignore[import-untyped]  # it has none

DOCS = Path(__file__).resolve().parents[1]

project = "Syncline"
author = "the Syncline authors"
copyright = "the Syncline authors, Apache-2.0"  # noqa: A001 - the name that Sphinx reads
html_title = "Syncline"

extensions = ["myst_parser"]
root_doc = "README"
exclude_patterns = ["site"]
suppress_warnings = ["myst.header"]  # pages of the reference may begin below a title of their own

myst_heading_anchors = 4
myst_links_external_new_tab = False
highlight_language = "none"
smartquotes = False  # "--json" stays as one types it

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_use_index = False  # nothing in the pages is marked for one
html_show_sphinx = False
html_show_sourcelink = False
pygments_style = "tango"
pygments_dark_style = "monokai"

PLAIN = ("csv",)
"""Languages of blocks that nobody colours."""

SECTIONS = {
    "Learn": ("tutorial",),
    "Get something done": (
        "howto/connector",
        "howto/mapping",
        "howto/join",
        "howto/identity",
        "howto/lists",
        "howto/units-and-money",
        "howto/*",
    ),
    "Look up": ("reference/README",),
    "Understand": ("explanation/README", "decisions/README"),
}
"""What stands in the margin; an index opens the pages of its folder below it."""

FIRST = {"explanation": ("expressions", "reliability", "data-model"), "reference": ("project", "connector")}
"""What to read first in a folder; the rest follows by name."""

_LINK = re.compile(r"(?<!!)\[(?P<text>[^\[\]]*)\]\((?P<to>[^)\s#]+)(?P<anchor>#[^)\s]*)?\)")


def inside(text: str, page: Path) -> str:
    """A page without links out of ``docs/``: their text stays."""

    def keep(found: re.Match[str]) -> str:
        if "://" in found["to"] or (page.parent / found["to"]).resolve().is_relative_to(DOCS):
            return found[0]
        return found["text"]

    return _LINK.sub(keep, text)


def contents(name: str) -> str:
    """The order of the pages below an index; nothing below any other page."""
    if name == "README":
        trees = [_tree(*places, caption=caption) for caption, places in SECTIONS.items()]
        return "\n\n".join(trees)
    if name.endswith("/README"):
        folder = Path(name).parent.as_posix()
        return _tree(*(f"{folder}/{each}" for each in FIRST.get(folder, ())), f"{folder}/*")
    return ""


def _tree(*places: str, caption: str = "") -> str:
    pages = dict.fromkeys(
        path.relative_to(DOCS).with_suffix("").as_posix()
        for place in places
        for path in sorted(DOCS.glob(f"{place}.md"), key=lambda path: path.stem)
        if path.stem != "README" or place.endswith("README")
    )
    lines = [":hidden:", *([f":caption: {caption}"] if caption else []), "", *(f"/{page}" for page in pages)]
    return "\n".join(["```{toctree}", *lines, "```"])


def _read(_app: Any, name: str, source: list[str]) -> None:
    """Sphinx has read a page."""
    text = inside(source[0], DOCS / f"{name}.md")
    source[0] = f"{text}\n\n{contents(name)}\n"


def _first(app: Any, fault: Exception | None) -> None:
    """Everything is written: the front page is what a server shows for the folder, too."""
    if fault is None and app.builder.name == "html":
        (Path(app.outdir) / "index.html").write_bytes((Path(app.outdir) / f"{root_doc}.html").read_bytes())


def setup(app: Any) -> dict[str, bool]:
    """Sphinx asks what there is to add."""
    for kind in PLAIN:
        app.add_lexer(kind, TextLexer)
    app.connect("source-read", _read)
    app.connect("build-finished", _first)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
